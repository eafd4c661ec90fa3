/* VHP, virtual hash power: burned KOIN, which gives the right to produce blocks.
 *
 * What an account receives counts for production after 20 blocks, what it gives away at once. So an
 * account keeps the balances it had after each of the last 20 blocks, and one from before them.
 */

#define SYSTEM_SPACES 1
#define TOKEN_NAME "Virtual Hash Power"
#define TOKEN_SYMBOL "VHP"
#define TOKEN_DECIMALS 8

#include "../sdk/koinos.h"

#define DELAY_BLOCKS 20
/* One for each block of the delay, the one before them, and the one that is added. */
#define ENTRIES (DELAY_BLOCKS + 4)

/* koinos.contracts.vhp.effective_balance_object */
typedef struct {
  u64 balance;
  u64 height; /* of the block for which it was loaded */
  u32 entries;
  u64 entry_heights[ENTRIES], entry_balances[ENTRIES];
} account;

#include "../sdk/token.h"

/* Drops entries that are older than the delay, all but the youngest of them. */
static void trim(account *of) {
  u64 limit = of->height > DELAY_BLOCKS ? of->height - DELAY_BLOCKS : 0;
  u32 drop = 0;
  while (drop + 1 < of->entries && of->entry_heights[drop + 1] <= limit) drop++;
  of->entries -= drop;
  for (u32 i = 0; i < of->entries; i++) {
    of->entry_heights[i] = of->entry_heights[i + drop];
    of->entry_balances[i] = of->entry_balances[i + drop];
  }
}

static account load_account(bytes owner) {
  bytes object;
  account loaded;
  loaded.balance = 0;
  loaded.entries = 0;
  loaded.height = head_height(get_head_info());
  get_object(BALANCE_SPACE, owner, &object);
  for (field found; next_field(&object, &found);) {
    if (found.number == 1) loaded.balance = found.value;
    if (found.number != 2) continue;
    REQUIRE(loaded.entries < ENTRIES, FAILURE, "an account has too many entries");
    loaded.entry_heights[loaded.entries] = get_uint(found.data, 1);
    loaded.entry_balances[loaded.entries++] = get_uint(found.data, 2);
  }
  trim(&loaded);
  return loaded;
}

static void store_account(bytes owner, const account *of) {
  buffer object = allocate(ENTRIES * 32 + 16);
  put_uint(&object, 1, of->balance);
  for (u32 i = 0; i < of->entries; i++) {
    u8 room[32];
    buffer entry = {room, 0, sizeof(room)};
    put_uint(&entry, 1, of->entry_heights[i]);
    put_uint(&entry, 2, of->entry_balances[i]);
    put_message(&object, 2, view(entry));
  }
  put_object(BALANCE_SPACE, owner, view(object));
}

static u64 account_balance(const account *of) { return of->balance; }

static u64 effective_balance(const account *of) {
  return of->entries ? of->entry_balances[0] : of->balance;
}

static void add_entry(account *to, u64 height, u64 balance) {
  if (!to->entries || to->entry_heights[to->entries - 1] != height) {
    REQUIRE(to->entries < ENTRIES, FAILURE, "an account has too many entries");
    to->entry_heights[to->entries++] = height;
  }
  to->entry_balances[to->entries - 1] = balance;
}

static void credit(account *to, u64 value) {
  if (!to->entries) add_entry(to, to->height ? to->height - 1 : 0, to->balance);
  to->balance += value;
  add_entry(to, to->height, to->balance);
}

static void debit(account *from, u64 value) {
  REQUIRE(from->balance >= value, FAILURE, "the balance is insufficient");
  from->balance -= value;
  for (u32 i = 0; i < from->entries; i++) {
    u64 *entry = &from->entry_balances[i];
    *entry -= *entry < value ? *entry : value;
  }
}

/* Producing a block costs VHP; the contract of proof of burn takes it. */
static int may_burn(bytes caller) {
  bytes spender = caller_id(caller);
  return spender.size && is_kernel(caller) && equal(spender, contract_address(TEXT("pob")));
}

void _start(void) {
  bytes arguments;
  u32 entry_point = get_arguments(&arguments);
  serve_token(entry_point, arguments);
  if (entry_point == 0x629f31e6) {
    account owner = load_account(get_bytes(arguments, 1));
    succeed_uint(effective_balance(&owner));
  }
  fail(REVERSION, TEXT("unknown entry point"));
}
