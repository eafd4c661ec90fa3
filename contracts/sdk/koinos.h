/* What every contract needs: system calls, protobuf, objects of the state, and the end of a run.
 *
 * A contract is one C file that defines SYSTEM_SPACES, includes this header and has a function
 * `_start`. It runs once for each call, on fresh memory: whatever it allocates lives until it ends,
 * and need not be freed. There is no libc and no floating point, which the chain refuses.
 *
 * SYSTEM_SPACES is 1 for system contracts, which keep their objects in system spaces of their own
 * zone, and 0 for all others.
 */

#ifndef KOINOS_H
#define KOINOS_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;

/* Bytes that belong to somebody else. */
typedef struct {
  const u8 *data;
  u32 size;
} bytes;

/* A message that is being written. */
typedef struct {
  u8 *data;
  u32 size, capacity;
} buffer;

#define TEXT(text) ((bytes){(const u8 *)(text), sizeof(text) - 1})
#define NOTHING ((bytes){0, 0})

/* Numbers of koinos.chain.system_call_id. */
enum {
  GET_HEAD_INFO = 1,
  CHECK_SYSTEM_AUTHORITY = 110,
  PUT_OBJECT = 301,
  REMOVE_OBJECT = 302,
  GET_OBJECT = 303,
  GET_NEXT_OBJECT = 304,
  GET_PREV_OBJECT = 305,
  LOG = 401,
  EVENT = 402,
  HASH = 501,
  RECOVER_PUBLIC_KEY = 502,
  VERIFY_SIGNATURE = 504,
  VERIFY_VRF_PROOF = 505,
  CALL = 601,
  EXIT = 602,
  GET_ARGUMENTS = 603,
  GET_CONTRACT_ID = 604,
  GET_CALLER = 605,
  CHECK_AUTHORITY = 606,
  GET_CONTRACT_ADDRESS = 10001,
};

/* Numbers of koinos.chain.error_code. */
enum { REVERSION = 1, FAILURE = -1, AUTHORIZATION_FAILURE = -200 };

/* Room for an answer that is a few numbers, or the text of an error. */
enum { SMALL = 512 };
/* Room for arguments and for objects. */
enum { LARGE = 8192 };

__attribute__((import_module("env"), import_name("invoke_system_call"))) i32
invoke_system_call(u32 id, u8 *answer, u32 capacity, const u8 *arguments, u32 size, u32 *written);

/* The compiler may call these for copies of structures. */
void *memcpy(void *to, const void *from, unsigned long size) {
  u8 *out = to;
  const u8 *in = from;
  for (unsigned long i = 0; i < size; i++) out[i] = in[i];
  return to;
}
void *memset(void *to, int value, unsigned long size) {
  u8 *out = to;
  for (unsigned long i = 0; i < size; i++) out[i] = (u8)value;
  return to;
}

/* --- Memory ------------------------------------------------------------------------------------ */

static u8 arena[96 * 1024];
static u32 arena_used;

static _Noreturn void fail(i32 code, bytes text);

static buffer allocate(u32 capacity) {
  if (capacity > sizeof(arena) - arena_used) fail(REVERSION, TEXT("out of memory"));
  buffer made = {arena + arena_used, 0, capacity};
  arena_used += capacity;
  return made;
}

static bytes view(buffer written) { return (bytes){written.data, written.size}; }

static int equal(bytes a, bytes b) {
  if (a.size != b.size) return 0;
  for (u32 i = 0; i < a.size; i++)
    if (a.data[i] != b.data[i]) return 0;
  return 1;
}

/* --- Writing protobuf: proto3, so defaults are left out ---------------------------------------- */

static void append(buffer *out, bytes data) {
  if (data.size > out->capacity - out->size) fail(REVERSION, TEXT("a message is too large"));
  for (u32 i = 0; i < data.size; i++) out->data[out->size++] = data.data[i];
}

static void append_varint(buffer *out, u64 value) {
  u8 encoded[10];
  u32 size = 0;
  for (; value > 127; value >>= 7) encoded[size++] = (u8)(value | 128);
  encoded[size++] = (u8)value;
  append(out, (bytes){encoded, size});
}

static void put_uint(buffer *out, u32 number, u64 value) {
  if (!value) return;
  append_varint(out, (u64)number << 3);
  append_varint(out, value);
}

/* A message, or bytes that are written even when there are none. */
static void put_message(buffer *out, u32 number, bytes content) {
  append_varint(out, (u64)number << 3 | 2);
  append_varint(out, content.size);
  append(out, content);
}

static void put_bytes(buffer *out, u32 number, bytes content) {
  if (content.size) put_message(out, number, content);
}

/* --- Reading protobuf -------------------------------------------------------------------------- */

typedef struct {
  u32 number;
  u64 value;  /* of varints and fixed-size numbers */
  bytes data; /* of bytes and messages */
} field;

static _Noreturn void malformed(void) { fail(REVERSION, TEXT("a message is malformed")); }

static u8 take_byte(bytes *rest) {
  if (!rest->size) malformed();
  rest->size--;
  return *rest->data++;
}

static u64 take_varint(bytes *rest) {
  u64 value = 0;
  for (u32 shift = 0; shift < 70; shift += 7) {
    u8 byte = take_byte(rest);
    value |= (u64)(byte & 127) << shift;
    if (byte < 128) return value;
  }
  malformed();
}

static bytes take_bytes(bytes *rest, u64 size) {
  if (size > rest->size) malformed();
  bytes taken = {rest->data, (u32)size};
  rest->data += size;
  rest->size -= (u32)size;
  return taken;
}

/* Takes the next field off a message; 0 at its end. */
static int next_field(bytes *rest, field *found) {
  if (!rest->size) return 0;
  u64 tag = take_varint(rest);
  *found = (field){(u32)(tag >> 3), 0, NOTHING};
  switch (tag & 7) {
    case 0: found->value = take_varint(rest); break;
    case 1: take_bytes(rest, 8); break;
    case 2: found->data = take_bytes(rest, take_varint(rest)); break;
    case 5: take_bytes(rest, 4); break;
    default: malformed();
  }
  return 1;
}

static u64 get_uint(bytes message, u32 number) {
  u64 value = 0;
  for (field found; next_field(&message, &found);)
    if (found.number == number) value = found.value;
  return value;
}

static bytes get_bytes(bytes message, u32 number) {
  bytes data = NOTHING;
  for (field found; next_field(&message, &found);)
    if (found.number == number) data = found.data;
  return data;
}

/* --- The end of a run -------------------------------------------------------------------------- */

static _Noreturn void end(i32 code, u32 kind, bytes content) {
  static u8 room[LARGE + 64];
  static u8 inner_room[LARGE + 16];
  buffer out = {room, 0, sizeof(room)}, inner = {inner_room, 0, sizeof(inner_room)};
  u32 written;
  put_message(&inner, kind, content);
  put_uint(&out, 1, (u64)(i64)code);
  put_message(&out, 2, view(inner));
  invoke_system_call(EXIT, 0, 0, out.data, out.size, &written);
  __builtin_trap();
}

/* Ends with a serialised result. */
static _Noreturn void succeed(bytes result) { end(0, 1, result); }

/* Ends with an error; everything the contract did is undone. */
static _Noreturn void fail(i32 code, bytes text) {
  static u8 room[SMALL];
  buffer error = {room, 0, sizeof(room)};
  put_bytes(&error, 1, text);
  end(code, 2, view(error));
}

#define REQUIRE(condition, code, text) \
  do {                                 \
    if (!(condition)) fail((code), TEXT(text)); \
  } while (0)

/* Ends with a result of one number. */
static _Noreturn void succeed_uint(u64 value) {
  buffer result = allocate(16);
  put_uint(&result, 1, value);
  succeed(view(result));
}

/* Ends with a result of one text, bytes or message. */
static _Noreturn void succeed_bytes(bytes value) {
  buffer result = allocate(value.size + 16);
  put_bytes(&result, 1, value);
  succeed(view(result));
}

/* --- System calls ------------------------------------------------------------------------------ */

/* The answer to a system call. An error ends the contract with the same error. */
static bytes system_call(u32 id, buffer arguments, u32 capacity) {
  buffer answer = allocate(capacity);
  i32 code =
      invoke_system_call(id, answer.data, capacity, arguments.data, arguments.size, &answer.size);
  if (code) end(code, 2, view(answer));
  return view(answer);
}

/* What the contract was called with: the entry point, and its arguments. */
static u32 get_arguments(bytes *arguments) {
  bytes call = get_bytes(system_call(GET_ARGUMENTS, allocate(0), LARGE), 1);
  *arguments = get_bytes(call, 2);
  return (u32)get_uint(call, 1);
}

static bytes contract_id(void) {
  static u8 room[SMALL];
  static buffer id;
  if (!id.data) {
    id = (buffer){room, 0, sizeof(room)};
    append(&id, get_bytes(system_call(GET_CONTRACT_ID, allocate(0), SMALL), 1));
  }
  return view(id);
}

/* koinos.chain.caller_data: the calling contract, if any, and whether it runs in user mode. */
static bytes get_caller(void) {
  return get_bytes(system_call(GET_CALLER, allocate(0), SMALL), 1);
}
static bytes caller_id(bytes caller) { return get_bytes(caller, 1); }
static int is_kernel(bytes caller) { return get_uint(caller, 2) == 0; }

/* Whether an account agrees: by its signature, or by what its contract says. */
static int has_authority(bytes account) {
  buffer arguments = allocate(account.size + 8);
  put_bytes(&arguments, 2, account);
  return get_uint(system_call(CHECK_AUTHORITY, arguments, SMALL), 1) != 0;
}

/* Whether the transaction may change the system. */
static int has_system_authority(void) {
  return get_uint(system_call(CHECK_SYSTEM_AUTHORITY, allocate(0), SMALL), 1) != 0;
}

/* koinos.chain.head_info of the block that is being applied, outside of blocks of the head. */
static bytes get_head_info(void) {
  return get_bytes(system_call(GET_HEAD_INFO, allocate(0), SMALL), 1);
}
static u64 head_time(bytes head) { return get_uint(head, 2); }
static u64 head_height(bytes head) { return get_uint(get_bytes(head, 1), 2); }

/* Adds a line to the logs. */
static inline void log_line(bytes text) {
  buffer arguments = allocate(text.size + 8);
  put_bytes(&arguments, 1, text);
  system_call(LOG, arguments, SMALL);
}

/* Raises an event that concerns one or two accounts. */
static void raise_event(bytes name, bytes data, bytes first, bytes second) {
  buffer arguments = allocate(name.size + data.size + first.size + second.size + 32);
  put_bytes(&arguments, 1, name);
  put_bytes(&arguments, 2, data);
  put_bytes(&arguments, 3, first);
  put_bytes(&arguments, 3, second);
  system_call(EVENT, arguments, SMALL);
}

/* The answer of another contract. */
static inline bytes call_contract(bytes contract, u32 entry_point, bytes arguments) {
  buffer call = allocate(contract.size + arguments.size + 32);
  put_bytes(&call, 1, contract);
  put_uint(&call, 2, entry_point);
  put_bytes(&call, 3, arguments);
  return get_bytes(system_call(CALL, call, SMALL), 1);
}

/* The contract behind a name of the system. */
static inline bytes contract_address(bytes name) {
  buffer arguments = allocate(name.size + 8);
  put_bytes(&arguments, 1, name);
  return get_bytes(get_bytes(system_call(GET_CONTRACT_ADDRESS, arguments, SMALL), 1), 1);
}

/* --- Objects of the state, in a space of the contract's own zone ------------------------------- */

static buffer object_arguments(u32 space, bytes key, u32 more) {
  buffer inner = allocate(SMALL), arguments = allocate(SMALL + key.size + more);
  put_uint(&inner, 1, SYSTEM_SPACES);
  put_bytes(&inner, 2, contract_id());
  put_uint(&inner, 3, space);
  put_message(&arguments, 1, view(inner));
  put_bytes(&arguments, 2, key);
  return arguments;
}

/* The value of an object; when there is none, 0 and an empty value. */
static int get_object(u32 space, bytes key, bytes *value) {
  bytes found = get_bytes(system_call(GET_OBJECT, object_arguments(space, key, 0), LARGE / 4), 1);
  *value = get_bytes(found, 2);
  return get_uint(found, 1) != 0;
}

static void put_object(u32 space, bytes key, bytes value) {
  buffer arguments = object_arguments(space, key, value.size + 8);
  put_bytes(&arguments, 3, value);
  system_call(PUT_OBJECT, arguments, SMALL);
}

static inline void remove_object(u32 space, bytes key) {
  system_call(REMOVE_OBJECT, object_arguments(space, key, 0), SMALL);
}

#endif
