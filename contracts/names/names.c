/* Names of system contracts. The contract serves the system calls get_contract_name and
 * get_contract_address. A name has one address and an address one name.
 */

#define SYSTEM_SPACES 1

#include "../sdk/koinos.h"

/* Objects are the message that the getters answer: field 1 is the address, or the name. */
enum { ADDRESS_SPACE = 0, NAME_SPACE = 1 };

static void store(u32 space, bytes key, bytes value) {
  buffer record = allocate(value.size + 8);
  put_bytes(&record, 1, value);
  put_object(space, key, view(record));
}

static _Noreturn void set_record(bytes arguments) {
  bytes name = get_bytes(arguments, 1), address = get_bytes(arguments, 2), old = NOTHING, record;
  REQUIRE(has_system_authority(), AUTHORIZATION_FAILURE, "only the system may name contracts");
  REQUIRE(name.size && address.size, FAILURE, "a record needs name and address");
  if (get_object(ADDRESS_SPACE, name, &record)) {
    old = get_bytes(record, 1);
    remove_object(NAME_SPACE, old);
    if (equal(old, address)) old = NOTHING;
  }
  if (get_object(NAME_SPACE, address, &record)) remove_object(ADDRESS_SPACE, get_bytes(record, 1));
  store(ADDRESS_SPACE, name, address);
  store(NAME_SPACE, address, name);
  raise_event(TEXT("koinos.contracts.record_update_event"), arguments, address, old);
  succeed(NOTHING);
}

void _start(void) {
  bytes arguments, record;
  switch (get_arguments(&arguments)) {
    case 0xa61ae5e8:
      if (get_object(ADDRESS_SPACE, get_bytes(arguments, 1), &record)) succeed_bytes(record);
      fail(FAILURE, TEXT("no contract has this name"));
    case 0xe5070a16:
      if (get_object(NAME_SPACE, get_bytes(arguments, 1), &record)) succeed_bytes(record);
      fail(FAILURE, TEXT("the address has no name"));
    case 0xe248c73a: set_record(arguments);
  }
  fail(REVERSION, TEXT("unknown entry point"));
}
