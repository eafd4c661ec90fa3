/* A token after the standard KCS-4, whose accounts the contract keeps in its own way.
 *
 * Before it includes this header, the contract defines TOKEN_NAME, TOKEN_SYMBOL, TOKEN_DECIMALS, the
 * type `account`, and these functions:
 */

#ifndef TOKEN_H
#define TOKEN_H

#include "koinos.h"

/* An owner's account as it is now; an empty one for a stranger. */
static account load_account(bytes owner);
static void store_account(bytes owner, const account *of);
static u64 account_balance(const account *of);
static void credit(account *to, u64 value);
/* Takes what the balance covers, or ends the contract. */
static void debit(account *from, u64 value);
/* Whether the caller may burn without the owner's consent. */
static int may_burn(bytes caller);

enum { SUPPLY_SPACE = 0, BALANCE_SPACE = 1, ALLOWANCE_SPACE = 2 };
enum { ADDRESS_SIZE = 25 };

static u64 load_number(u32 space, bytes key) {
  bytes object;
  return get_object(space, key, &object) ? get_uint(object, 1) : 0;
}

static void store_number(u32 space, bytes key, u64 value) {
  buffer object = allocate(16);
  put_uint(&object, 1, value);
  put_object(space, key, view(object));
}

static bytes allowance_key(bytes owner, bytes spender) {
  buffer key = allocate(2 * ADDRESS_SIZE);
  REQUIRE(owner.size == ADDRESS_SIZE && spender.size == ADDRESS_SIZE, FAILURE,
          "owner and spender have to be addresses");
  append(&key, owner);
  append(&key, spender);
  return view(key);
}

static void set_allowance(bytes key, u64 value) {
  if (value)
    store_number(ALLOWANCE_SPACE, key, value);
  else
    remove_object(ALLOWANCE_SPACE, key);
}

/* A calling contract may spend what it was allowed to; else the owner has to agree. */
static int may_spend(bytes caller, bytes owner, u64 value) {
  bytes spender = caller_id(caller);
  if (value && spender.size == ADDRESS_SIZE && owner.size == ADDRESS_SIZE) {
    bytes key = allowance_key(owner, spender);
    u64 allowed = load_number(ALLOWANCE_SPACE, key);
    if (allowed >= value) {
      set_allowance(key, allowed - value);
      return 1;
    }
  }
  return has_authority(owner);
}

static _Noreturn void transfer(bytes arguments) {
  bytes from = get_bytes(arguments, 1), to = get_bytes(arguments, 2);
  u64 value = get_uint(arguments, 3);
  REQUIRE(from.size && to.size, FAILURE, "a transfer needs from and to");
  REQUIRE(!equal(from, to), FAILURE, "from and to are the same account");
  REQUIRE(may_spend(get_caller(), from, value), AUTHORIZATION_FAILURE,
          "from has not authorized the transfer");
  account sender = load_account(from), receiver = load_account(to);
  debit(&sender, value);
  credit(&receiver, value);
  store_account(from, &sender);
  store_account(to, &receiver);
  raise_event(TEXT("koinos.contracts.token.transfer_event"), arguments, to, from);
  succeed(NOTHING);
}

static _Noreturn void mint(bytes arguments) {
  bytes to = get_bytes(arguments, 1);
  u64 value = get_uint(arguments, 2), supply = load_number(SUPPLY_SPACE, NOTHING);
  REQUIRE(to.size, FAILURE, "a mint needs to");
  REQUIRE(is_kernel(get_caller()) || has_system_authority() || has_authority(contract_id()),
          AUTHORIZATION_FAILURE, "only the system and the contract's own key may mint");
  REQUIRE(value <= ~supply, FAILURE, "the supply would overflow");
  account receiver = load_account(to);
  credit(&receiver, value);
  store_account(to, &receiver);
  store_number(SUPPLY_SPACE, NOTHING, supply + value);
  raise_event(TEXT("koinos.contracts.token.mint_event"), arguments, to, NOTHING);
  succeed(NOTHING);
}

static _Noreturn void burn(bytes arguments) {
  bytes from = get_bytes(arguments, 1), caller = get_caller();
  u64 value = get_uint(arguments, 2), supply = load_number(SUPPLY_SPACE, NOTHING);
  REQUIRE(from.size, FAILURE, "a burn needs from");
  REQUIRE(may_burn(caller) || may_spend(caller, from, value), AUTHORIZATION_FAILURE,
          "from has not authorized the burn");
  account owner = load_account(from);
  debit(&owner, value);
  REQUIRE(value <= supply, FAILURE, "the supply is less than that");
  store_account(from, &owner);
  store_number(SUPPLY_SPACE, NOTHING, supply - value);
  raise_event(TEXT("koinos.contracts.token.burn_event"), arguments, from, NOTHING);
  succeed(NOTHING);
}

static _Noreturn void approve(bytes arguments) {
  bytes owner = get_bytes(arguments, 1), spender = get_bytes(arguments, 2);
  bytes key = allowance_key(owner, spender);
  REQUIRE(has_authority(owner), AUTHORIZATION_FAILURE, "the owner has not authorized the approval");
  set_allowance(key, get_uint(arguments, 3));
  raise_event(TEXT("koinos.contracts.token.approve_event"), arguments, owner, spender);
  succeed(NOTHING);
}

static _Noreturn void get_allowances(bytes arguments) {
  bytes owner = get_bytes(arguments, 1), start = get_bytes(arguments, 2);
  i32 limit = (i32)get_uint(arguments, 3);
  u32 call = get_uint(arguments, 4) ? GET_PREV_OBJECT : GET_NEXT_OBJECT;
  buffer result = allocate(LARGE - 16), key = allocate(2 * ADDRESS_SIZE);
  REQUIRE(owner.size == ADDRESS_SIZE && start.size <= ADDRESS_SIZE, FAILURE,
          "owner and start have to be addresses");
  put_bytes(&result, 1, owner);
  append(&key, owner);
  append(&key, start);
  /* Keys are ordered by their length first: a shorter start is filled up with zeros. */
  while (key.size < key.capacity) key.data[key.size++] = 0;
  /* A long list needs the memory of each round again. */
  for (u32 mark = arena_used; limit > 0; limit--, arena_used = mark) {
    bytes found =
        get_bytes(system_call(call, object_arguments(ALLOWANCE_SPACE, view(key), 0), SMALL), 1);
    bytes next = get_bytes(found, 3), spender = {next.data + ADDRESS_SIZE, ADDRESS_SIZE};
    if (next.size != key.capacity || !equal((bytes){next.data, ADDRESS_SIZE}, owner)) break;
    buffer entry = allocate(ADDRESS_SIZE + 16);
    put_bytes(&entry, 1, spender);
    put_uint(&entry, 2, get_uint(get_bytes(found, 2), 1));
    put_message(&result, 2, view(entry));
    key.size = 0;
    append(&key, next);
  }
  succeed(view(result));
}

static _Noreturn void get_info(void) {
  buffer result = allocate(SMALL);
  put_bytes(&result, 1, TEXT(TOKEN_NAME));
  put_bytes(&result, 2, TEXT(TOKEN_SYMBOL));
  put_uint(&result, 3, TOKEN_DECIMALS);
  succeed(view(result));
}

/* Serves the entry points of the standard; returns for any other. */
static void serve_token(u32 entry_point, bytes arguments) {
  switch (entry_point) {
    case 0x82a3537f: succeed_bytes(TEXT(TOKEN_NAME));
    case 0xb76a7ca1: succeed_bytes(TEXT(TOKEN_SYMBOL));
    case 0xee80fd2f: succeed_uint(TOKEN_DECIMALS);
    case 0xbd7f6850: get_info();
    case 0xb0da3934: succeed_uint(load_number(SUPPLY_SPACE, NOTHING));
    case 0x5c721497: {
      account owner = load_account(get_bytes(arguments, 1));
      succeed_uint(account_balance(&owner));
    }
    case 0x32f09fa1: {
      bytes key = allowance_key(get_bytes(arguments, 1), get_bytes(arguments, 2));
      succeed_uint(load_number(ALLOWANCE_SPACE, key));
    }
    case 0x8fa16456: get_allowances(arguments);
    case 0x27f576ca: transfer(arguments);
    case 0xdc6f17bb: mint(arguments);
    case 0x859facc5: burn(arguments);
    case 0x74e21680: approve(arguments);
  }
}

#endif
