/* Proof of burn: who may produce a block, and how hard that is.
 *
 * The contract serves the system call process_block_signature. A producer registers the public key
 * that signs its blocks. For each quantum of time the verifiable random function of that key gives
 * a number; the producer may make a block for the quantum if the number, divided by its effective
 * VHP, lies below a target. The difficulty follows the time between blocks.
 *
 * Parameters and the first metadata are objects of the genesis: the contract has none built in.
 */

#define SYSTEM_SPACES 1

#include "../sdk/koinos.h"
#include "../sdk/u128.h"

enum { REGISTRATION_SPACE = 0, METADATA_SPACE = 1 };
/* Keys in the metadata space. */
#define METADATA NOTHING
#define PARAMETERS ((bytes){(const u8 *)"\0", 1})

#define KEY_DELAY_BLOCKS 20
#define MILLISECONDS_PER_YEAR 31536000000ULL
/* Rates are in millionths. */
#define WHOLE 1000000
#define DIFFICULTY_SIZE 16
#define DIFFICULTY_STEPS 2048
#define SHA2_256 0x12
#define MULTIHASH_SIZE 34
#define PUBLIC_KEY_SIZE 33

#define TOKEN_TOTAL_SUPPLY 0xb0da3934
#define TOKEN_MINT 0xdc6f17bb
#define TOKEN_BURN 0x859facc5
#define VHP_EFFECTIVE_BALANCE_OF 0x629f31e6

/* koinos.contracts.pob.consensus_parameters, and the object itself. */
typedef struct {
  u64 inflation, burn, block_interval, quantum;
  bytes object;
} parameters;

static parameters read_parameters(bytes object) {
  return (parameters){(u32)get_uint(object, 1), (u32)get_uint(object, 2), (u32)get_uint(object, 3),
                      (u32)get_uint(object, 4), object};
}

static parameters load_parameters(void) {
  bytes object;
  REQUIRE(get_object(METADATA_SPACE, PARAMETERS, &object), FAILURE, "there are no parameters");
  return read_parameters(object);
}

static _Noreturn void update_parameters(bytes arguments) {
  parameters changed = read_parameters(get_bytes(arguments, 1));
  REQUIRE(has_system_authority(), AUTHORIZATION_FAILURE, "only the system may change parameters");
  REQUIRE(changed.quantum && changed.block_interval >= 10, FAILURE,
          "the quantum has to be positive, and the block interval 10 ms at least");
  put_object(METADATA_SPACE, PARAMETERS, changed.object);
  succeed(NOTHING);
}

/* koinos.contracts.pob.metadata */
static bytes load_metadata(void) {
  bytes object;
  REQUIRE(get_object(METADATA_SPACE, METADATA, &object), FAILURE, "there is no metadata");
  return object;
}

static u128 metadata_difficulty(bytes metadata) {
  bytes difficulty = get_bytes(metadata, 2);
  REQUIRE(difficulty.size == DIFFICULTY_SIZE, FAILURE, "the difficulty is malformed");
  return read_u128(difficulty.data);
}

static _Noreturn void register_public_key(bytes arguments) {
  bytes producer = get_bytes(arguments, 1), public_key = get_bytes(arguments, 2);
  REQUIRE(producer.size, FAILURE, "a registration needs a producer");
  REQUIRE(has_authority(producer), AUTHORIZATION_FAILURE,
          "the producer has not authorized the registration");
  if (public_key.size) {
    REQUIRE(public_key.size == PUBLIC_KEY_SIZE, FAILURE, "a public key has 33 bytes");
    buffer record = allocate(PUBLIC_KEY_SIZE + 16);
    put_bytes(&record, 1, public_key);
    put_uint(&record, 2, head_height(get_head_info()));
    put_object(REGISTRATION_SPACE, producer, view(record));
  } else {
    remove_object(REGISTRATION_SPACE, producer);
  }
  raise_event(TEXT("koinos.contracts.pob.register_public_key_event"), arguments, producer, NOTHING);
  succeed(NOTHING);
}

static bytes load_registration(bytes producer) {
  bytes record;
  REQUIRE(get_object(REGISTRATION_SPACE, producer, &record), FAILURE,
          "the producer has no registered public key");
  return record;
}

static void token_change(bytes token, u32 entry_point, bytes account, u64 value) {
  buffer arguments = allocate(account.size + 16);
  put_bytes(&arguments, 1, account);
  put_uint(&arguments, 2, value);
  call_contract(token, entry_point, view(arguments));
}

static u64 total_supply(bytes token) {
  return get_uint(call_contract(token, TOKEN_TOTAL_SUPPLY, NOTHING), 1);
}

/* Turns KOIN into VHP. */
static _Noreturn void burn(bytes arguments) {
  u64 amount = get_uint(arguments, 1);
  token_change(contract_address(TEXT("koin")), TOKEN_BURN, get_bytes(arguments, 2), amount);
  token_change(contract_address(TEXT("vhp")), TOKEN_MINT, get_bytes(arguments, 3), amount);
  succeed(NOTHING);
}

static int answers_yes(u32 system_call_id, buffer arguments) {
  return get_uint(system_call(system_call_id, arguments, SMALL), 1) != 0;
}

static int is_proven(bytes public_key, bytes seed, u64 time, bytes proof, bytes hash) {
  buffer payload = allocate(seed.size + 16);
  put_bytes(&payload, 1, seed);
  put_uint(&payload, 2, time);
  buffer arguments = allocate(public_key.size + proof.size + hash.size + payload.size + 32);
  put_bytes(&arguments, 2, public_key);
  put_bytes(&arguments, 3, proof);
  put_bytes(&arguments, 4, hash);
  put_bytes(&arguments, 5, view(payload));
  return answers_yes(VERIFY_VRF_PROOF, arguments);
}

static int is_signed(bytes public_key, bytes signature, bytes digest) {
  buffer arguments = allocate(public_key.size + signature.size + digest.size + 32);
  put_bytes(&arguments, 2, public_key);
  put_bytes(&arguments, 3, signature);
  put_bytes(&arguments, 4, digest);
  put_uint(&arguments, 5, 1);
  return answers_yes(VERIFY_SIGNATURE, arguments);
}

/* Whether the random number, its first 128 bits, is small enough for the producer's VHP. */
static int wins(bytes hash, bytes vhp, bytes producer, u128 difficulty) {
  buffer arguments = allocate(producer.size + 8);
  put_bytes(&arguments, 1, producer);
  u64 balance = get_uint(call_contract(vhp, VHP_EFFECTIVE_BALANCE_OF, view(arguments)), 1);
  REQUIRE(balance, FAILURE, "the producer has no effective VHP");
  REQUIRE(difficulty.high | difficulty.low, FAILURE, "the difficulty is zero");
  u128 target = divide((u128){~0ULL, ~0ULL}, difficulty);
  u128 number = read_u128(hash.data + MULTIHASH_SIZE - 32);
  return less(divide(number, wide(balance)), target);
}

/* A block turns some of its producer's VHP back into KOIN, and adds what inflation gives. */
static void reward(bytes producer, bytes koin, bytes vhp, const parameters *rates) {
  u64 blocks_per_year = MILLISECONDS_PER_YEAR / rates->block_interval;
  u128 supply = add(wide(total_supply(koin)), wide(total_supply(vhp)));
  u64 yearly = divide(multiply(supply, rates->inflation), wide(WHOLE)).low;
  u64 burned = divide(multiply(supply, rates->burn), multiply_words(blocks_per_year, WHOLE)).low;
  token_change(vhp, TOKEN_BURN, producer, burned);
  token_change(koin, TOKEN_MINT, producer, yearly / blocks_per_year + burned);
}

/* Up by a step for a block that came early, down by one or more, at most 99, for one that was late. */
static u128 next_difficulty(u128 difficulty, u64 passed, u64 block_interval) {
  u64 late = passed / (10000 * block_interval / 14000);
  u128 step = divide(difficulty, wide(DIFFICULTY_STEPS));
  if (late == 0) return add(difficulty, step);
  return subtract(difficulty, multiply(step, late > 100 ? 99 : late - 1));
}

static void store_metadata(bytes hash, u128 difficulty, u64 time) {
  u8 encoded[DIFFICULTY_SIZE];
  buffer arguments = allocate(MULTIHASH_SIZE + 16), metadata = allocate(128);
  put_uint(&arguments, 1, SHA2_256);
  put_bytes(&arguments, 2, hash);
  write_u128(encoded, difficulty);
  put_bytes(&metadata, 1, get_bytes(system_call(HASH, arguments, SMALL), 1));
  put_bytes(&metadata, 2, (bytes){encoded, sizeof(encoded)});
  put_uint(&metadata, 3, time);
  put_object(METADATA_SPACE, METADATA, view(metadata));
}

static _Noreturn void process_block_signature(bytes arguments) {
  bytes digest = get_bytes(arguments, 1), header = get_bytes(arguments, 2);
  bytes signature = get_bytes(arguments, 3), signer = get_bytes(header, 6);
  bytes proof = get_bytes(signature, 1), hash = get_bytes(signature, 2);
  u64 height = get_uint(header, 2), time = get_uint(header, 3);
  REQUIRE(is_kernel(get_caller()), FAILURE, "only the system has blocks to process");

  parameters rates = load_parameters();
  REQUIRE(time % rates.quantum == 0, FAILURE, "the block's time is not a multiple of the quantum");

  bytes registration = load_registration(signer), public_key = get_bytes(registration, 1);
  u64 oldest = height > KEY_DELAY_BLOCKS ? height - KEY_DELAY_BLOCKS : 0;
  REQUIRE(get_uint(registration, 2) <= oldest, FAILURE, "the public key is registered too recently");

  bytes metadata = load_metadata();
  REQUIRE(hash.size == MULTIHASH_SIZE && hash.data[0] == SHA2_256 && hash.data[1] == 32, FAILURE,
          "the random number is not a sha2-256 multihash");
  REQUIRE(is_proven(public_key, get_bytes(metadata, 1), time, proof, hash), FAILURE,
          "the proof does not prove the random number");

  bytes koin = contract_address(TEXT("koin")), vhp = contract_address(TEXT("vhp"));
  u128 difficulty = metadata_difficulty(metadata);
  REQUIRE(wins(hash, vhp, signer, difficulty), FAILURE, "the random number misses the target");
  REQUIRE(is_signed(public_key, get_bytes(signature, 3), digest), FAILURE,
          "the block is not signed with the registered key");

  reward(signer, koin, vhp, &rates);
  u64 last = get_uint(metadata, 3), passed = time > last ? time - last : 0;
  store_metadata(hash, next_difficulty(difficulty, passed, rates.block_interval), time);
  succeed_uint(1);
}

void _start(void) {
  bytes arguments;
  switch (get_arguments(&arguments)) {
    case 0xe0adbeab: process_block_signature(arguments);
    case 0xfcf7a68f: succeed_bytes(load_metadata());
    case 0x5fd7ac0f: succeed_bytes(load_parameters().object);
    case 0x96634f68:
      succeed_bytes(get_bytes(load_registration(get_bytes(arguments, 1)), 1));
    case 0x53192be1: register_public_key(arguments);
    case 0x859facc5: burn(arguments);
    case 0x793e7c30: update_parameters(arguments);
  }
  fail(REVERSION, TEXT("unknown entry point"));
}
