/* KOIN: the token whose owners have mana, which pays for resources.
 *
 * Mana grows back to the balance within five days, linearly, and moves with the tokens. The
 * contract serves the system calls get_account_rc and consume_account_rc.
 */

#define SYSTEM_SPACES 1
#define TOKEN_NAME "Koin"
#define TOKEN_SYMBOL "KOIN"
#define TOKEN_DECIMALS 8

#include "../sdk/koinos.h"
#include "../sdk/u128.h"

/* koinos.contracts.koin.mana_balance_object */
typedef struct {
  u64 balance, mana, updated;
} account;

#include "../sdk/token.h"

#define REGENERATION_MS 432000000ULL

/* With the mana that has grown back since the account was stored. */
static account load_account(bytes owner) {
  bytes object;
  get_object(BALANCE_SPACE, owner, &object);
  account loaded = {get_uint(object, 1), get_uint(object, 2), get_uint(object, 3)};
  u64 now = head_time(get_head_info());
  u64 passed = now > loaded.updated ? now - loaded.updated : 0;
  if (passed > REGENERATION_MS) passed = REGENERATION_MS;
  u64 grown = divide(multiply_words(passed, loaded.balance), wide(REGENERATION_MS)).low;
  u64 missing = loaded.balance - loaded.mana;
  loaded.mana += grown < missing ? grown : missing;
  loaded.updated = now;
  return loaded;
}

static void store_account(bytes owner, const account *of) {
  buffer object = allocate(48);
  put_uint(&object, 1, of->balance);
  put_uint(&object, 2, of->mana);
  put_uint(&object, 3, of->updated);
  put_object(BALANCE_SPACE, owner, view(object));
}

static u64 account_balance(const account *of) { return of->balance; }

static void credit(account *to, u64 value) {
  to->balance += value;
  to->mana += value;
}

static void debit(account *from, u64 value) {
  REQUIRE(from->balance >= value, FAILURE, "the balance is insufficient");
  REQUIRE(from->mana >= value, FAILURE, "the mana is insufficient: tokens move with their mana");
  from->balance -= value;
  from->mana -= value;
}

static int may_burn(bytes caller) {
  (void)caller;
  return 0;
}

static _Noreturn void consume_account_rc(bytes arguments) {
  bytes owner = get_bytes(arguments, 1);
  u64 value = get_uint(arguments, 2);
  if (!is_kernel(get_caller())) succeed(NOTHING);
  account payer = load_account(owner);
  if (payer.mana < value) succeed(NOTHING);
  payer.mana -= value;
  store_account(owner, &payer);
  succeed_uint(1);
}

void _start(void) {
  bytes arguments;
  u32 entry_point = get_arguments(&arguments);
  serve_token(entry_point, arguments);
  switch (entry_point) {
    case 0x2d464aab: {
      account owner = load_account(get_bytes(arguments, 1));
      succeed_uint(owner.mana);
    }
    case 0x80e3f5c9: consume_account_rc(arguments);
  }
  fail(REVERSION, TEXT("unknown entry point"));
}
