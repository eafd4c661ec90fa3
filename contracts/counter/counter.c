/* A number that anybody may read and add to: the first contract to try a client with.
 *
 * It has what a client has to cope with: a read, a write with an event and a log line, and a call
 * that fails as it is told to. The messages are in counter.proto.
 */

#define SYSTEM_SPACES 0

#include "../sdk/koinos.h"

static u64 load(void) {
  bytes object;
  return get_object(0, NOTHING, &object) ? get_uint(object, 1) : 0;
}

static void log_number(u64 number) {
  bytes start = TEXT("the counter is at ");
  u8 digits[20];
  u32 first = sizeof(digits);
  buffer line = allocate(64);
  do digits[--first] = (u8)('0' + number % 10);
  while (number /= 10);
  append(&line, start);
  append(&line, (bytes){digits + first, sizeof(digits) - first});
  log_line(view(line));
}

static _Noreturn void add(bytes arguments) {
  bytes account = get_bytes(arguments, 2);
  u64 value = get_uint(arguments, 1), number = load();
  REQUIRE(value, FAILURE, "there is nothing to add");
  REQUIRE(value <= ~number, FAILURE, "the counter would overflow");
  REQUIRE(!account.size || has_authority(account), AUTHORIZATION_FAILURE,
          "the account has not authorized the call");
  number += value;
  buffer object = allocate(16), event = allocate(account.size + 48);
  put_uint(&object, 1, number);
  put_object(0, NOTHING, view(object));
  put_uint(&event, 1, value);
  put_bytes(&event, 2, account);
  put_uint(&event, 3, number);
  raise_event(TEXT("counter.added_event"), view(event), account, NOTHING);
  log_number(number);
  succeed(view(object));
}

void _start(void) {
  bytes arguments;
  switch (get_arguments(&arguments)) {
    case 0x2998b323: succeed_uint(load());
    case 0x7e9e5ac3: add(arguments);
    case 0x51280dab: {
      i32 code = (i32)get_uint(arguments, 1);
      log_line(TEXT("about to fail"));
      fail(code ? code : REVERSION, get_bytes(arguments, 2));
    }
  }
  fail(REVERSION, TEXT("unknown entry point"));
}
