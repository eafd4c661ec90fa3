/* Proof of work: anybody may produce a block who finds a nonce for it, and how hard that is.
 *
 * The contract serves the system call process_block_signature. The SHA2-256 digest of the nonce and
 * the block's id is a number that must not exceed the target, which is all numbers divided by the
 * difficulty. The difficulty follows the time between blocks. Blocks have no reward.
 *
 * The first difficulty and the block interval are an object of the genesis: the contract has none
 * built in.
 */

#define SYSTEM_SPACES 1

#include "../sdk/koinos.h"
#include "../sdk/u128.h"

enum { METADATA_SPACE = 0 };
/* The key in it. */
#define METADATA NOTHING

enum { SHA2_256 = 0x12, RIPEMD_160 = 0x1053 };
#define NUMBER_SIZE 32
#define DIFFICULTY_SIZE 16
#define MULTIHASH_SIZE 34
#define SIGNATURE_SIZE 65
#define RIPEMD_SIZE 20
#define ADDRESS_SIZE 25

/* The part of the difficulty by which it changes, and how many of them down at most. With so large
 * parts a network finds its difficulty within some dozens of blocks. */
#define DIFFICULTY_STEPS 32
#define STEPS_DOWN 7

/* The last `size` bytes of a hash are its digest. */
static bytes digest(u32 code, bytes object, u32 size) {
  buffer arguments = allocate(object.size + 16);
  put_uint(&arguments, 1, code);
  put_bytes(&arguments, 2, object);
  bytes hash = get_bytes(system_call(HASH, arguments, SMALL), 1);
  REQUIRE(hash.size > size, FAILURE, "a hash is too short");
  return (bytes){hash.data + hash.size - size, size};
}

static int exceeds(bytes number, bytes target) {
  for (u32 i = 0; i < NUMBER_SIZE; i++)
    if (number.data[i] != target.data[i]) return number.data[i] > target.data[i];
  return 0;
}

/* (2^256 - 1) / difficulty, big endian. */
static void write_target(u8 *target, u128 difficulty) {
  u128 rest = {0, 0};
  for (u32 bit = 0; bit < 8 * NUMBER_SIZE; bit++) {
    u64 carry = rest.high >> 63;
    rest = (u128){rest.high << 1 | rest.low >> 63, rest.low << 1 | 1};
    u8 one = carry || !less(rest, difficulty);
    if (one) rest = subtract(rest, difficulty);
    target[bit / 8] = (u8)(target[bit / 8] << 1 | one);
  }
}

/* Up by a step for a block that came early, down by one or more for one that was late. */
static u128 next_difficulty(u128 difficulty, u64 passed, u64 block_interval) {
  u64 late = passed / (10000 * block_interval / 14000);
  u128 step = divide(difficulty, wide(DIFFICULTY_STEPS));
  if (!(step.high | step.low)) step = wide(1);
  if (late == 0) return difficulty.high >> 63 ? difficulty : add(difficulty, step);
  u128 down = multiply(step, late > STEPS_DOWN ? STEPS_DOWN : late - 1);
  return less(down, difficulty) ? subtract(difficulty, down) : wide(1);
}

/* koinos.contracts.pow.difficulty_metadata */
static bytes load_metadata(void) {
  bytes object;
  REQUIRE(get_object(METADATA_SPACE, METADATA, &object), FAILURE, "there is no metadata");
  return object;
}

static void store_metadata(u128 difficulty, u64 time, u64 block_interval) {
  u8 target[NUMBER_SIZE] = {0}, encoded[DIFFICULTY_SIZE];
  buffer metadata = allocate(128);
  write_target(target, difficulty);
  write_u128(encoded, difficulty);
  put_bytes(&metadata, 1, (bytes){target, sizeof(target)});
  put_uint(&metadata, 2, time);
  put_bytes(&metadata, 3, (bytes){encoded, sizeof(encoded)});
  put_uint(&metadata, 4, block_interval);
  put_object(METADATA_SPACE, METADATA, view(metadata));
}

/* The address of the key that made a signature: version 0, the hash of the key, a checksum. */
static bytes signer_of(bytes signature, bytes id) {
  buffer arguments = allocate(signature.size + id.size + 16), address = allocate(ADDRESS_SIZE);
  put_bytes(&arguments, 2, signature);
  put_bytes(&arguments, 3, id);
  put_uint(&arguments, 4, 1);
  bytes key = get_bytes(system_call(RECOVER_PUBLIC_KEY, arguments, SMALL), 1);
  append(&address, (bytes){(const u8 *)"\0", 1});
  append(&address, digest(RIPEMD_160, digest(SHA2_256, key, NUMBER_SIZE), RIPEMD_SIZE));
  bytes once = digest(SHA2_256, view(address), NUMBER_SIZE);
  append(&address, (bytes){digest(SHA2_256, once, NUMBER_SIZE).data, 4});
  return view(address);
}

static _Noreturn void process_block_signature(bytes arguments) {
  bytes id = get_bytes(arguments, 1), header = get_bytes(arguments, 2);
  bytes proof = get_bytes(arguments, 3);
  bytes nonce = get_bytes(proof, 1), signature = get_bytes(proof, 2);
  u64 time = get_uint(header, 3);
  REQUIRE(is_kernel(get_caller()), FAILURE, "only the system has blocks to process");
  REQUIRE(id.size == MULTIHASH_SIZE, FAILURE, "the block's id is not a sha2-256 multihash");
  REQUIRE(nonce.size == NUMBER_SIZE, FAILURE, "a nonce has 32 bytes");
  REQUIRE(signature.size == SIGNATURE_SIZE, FAILURE, "a signature has 65 bytes");

  bytes metadata = load_metadata(), target = get_bytes(metadata, 1), encoded = get_bytes(metadata, 3);
  REQUIRE(target.size == NUMBER_SIZE && encoded.size == DIFFICULTY_SIZE, FAILURE,
          "the metadata is malformed");
  buffer worked = allocate(NUMBER_SIZE + MULTIHASH_SIZE);
  append(&worked, nonce);
  append(&worked, id);
  REQUIRE(!exceeds(digest(SHA2_256, view(worked), NUMBER_SIZE), target), FAILURE,
          "the proof of work misses the target");
  REQUIRE(equal(signer_of(signature, id), get_bytes(header, 6)), FAILURE,
          "the block is not signed by its signer");

  u64 last = get_uint(metadata, 2), passed = time > last ? time - last : 0;
  u64 block_interval = get_uint(metadata, 4);
  store_metadata(next_difficulty(read_u128(encoded.data), passed, block_interval), time,
                 block_interval);
  succeed_uint(1);
}

void _start(void) {
  bytes arguments;
  switch (get_arguments(&arguments)) {
    case 0xe0adbeab: process_block_signature(arguments);
    case 0x2e40cb65: succeed_bytes(load_metadata());
  }
  fail(REVERSION, TEXT("unknown entry point"));
}
