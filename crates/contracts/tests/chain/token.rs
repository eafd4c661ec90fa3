//! Both tokens: what they have of the standard, and KOIN's mana.

use koinos_contracts::Federated;
use koinos_proto::chain::ConsumeAccountRcArguments;
use koinos_proto::standards::kcs4;

use crate::support::{
    Applied, COIN, Chain, RC_LIMIT, address, addresses, call, raw, system, transfer,
};

const DAY_MS: u64 = 86_400_000;

fn chain() -> Chain {
    Chain::new(&Federated(system()).genesis().unwrap().build())
}

fn koin() -> koinos_crypto::Address {
    addresses().koin
}

fn mint(to: &str, value: u64) -> koinos_proto::protocol::Operation {
    let to = raw(&address(to));
    call(koin(), "mint", &kcs4::MintArguments { to, value, memo: None })
}

fn burn(from: &str, value: u64) -> koinos_proto::protocol::Operation {
    let from = raw(&address(from));
    call(koin(), "burn", &kcs4::BurnArguments { from, value, memo: None })
}

#[test]
fn it_says_what_it_is() {
    let chain = chain();
    let name: kcs4::NameResult = chain.read(koin(), "name", &kcs4::NameArguments {});
    let symbol: kcs4::SymbolResult = chain.read(koin(), "symbol", &kcs4::SymbolArguments {});
    let decimals: kcs4::DecimalsResult =
        chain.read(koin(), "decimals", &kcs4::DecimalsArguments {});
    assert_eq!((&*name.value, &*symbol.value, decimals.value), ("Koin", "KOIN", 8));
    let info: kcs4::GetInfoResult = chain.read(koin(), "get_info", &kcs4::GetInfoArguments {});
    assert_eq!((info.name, info.symbol, info.decimals), (name.value, symbol.value, 8));
    assert_eq!(chain.supply(koin()), 3000 * COIN);
    assert_eq!(chain.balance(koin(), "alice"), 1000 * COIN);
    assert_eq!(chain.balance(koin(), "stranger"), 0);
    let fault = chain.try_read(koin(), "no such method", &kcs4::NameArguments {}).unwrap_err();
    assert_eq!((fault.message(), fault.code()), (&b"unknown entry point"[..], 1));
}

#[test]
fn a_transfer_moves_tokens_and_tells() {
    let mut chain = chain();
    let arguments = kcs4::TransferArguments {
        from: raw(&address("alice")),
        to: raw(&address("stranger")),
        value: 7 * COIN,
        memo: Some("for the bread".to_owned()),
    };
    let applied = chain.apply("alice", vec![call(koin(), "transfer", &arguments)]);
    let applied = applied.expect_success();
    let (event, impacted) =
        applied.event::<kcs4::TransferEvent>("koinos.contracts.token.transfer_event");
    assert_eq!((event.from, event.to), (arguments.from.clone(), arguments.to.clone()));
    assert_eq!((event.value, event.memo), (7 * COIN, arguments.memo));
    assert_eq!(impacted, [arguments.to, arguments.from]);
    assert_eq!(chain.balance(koin(), "alice"), 993 * COIN);
    assert_eq!(chain.balance(koin(), "stranger"), 7 * COIN);
    assert_eq!(chain.mana("stranger"), 7 * COIN);
    assert_eq!(chain.supply(koin()), 3000 * COIN);
}

#[test]
fn transfers_that_fail_change_nothing() {
    let mut chain = chain();
    let too_much = transfer(koin(), "alice", "bob", 1000 * COIN + 1);
    chain.apply("alice", vec![too_much]).expect_reverted("the balance is insufficient");
    let to_self = transfer(koin(), "alice", "alice", 1);
    chain.apply("alice", vec![to_self]).expect_reverted("from and to are the same account");
    let of_another = transfer(koin(), "bob", "alice", 1);
    let reason = "from has not authorized the transfer";
    chain.apply("alice", vec![of_another.clone()]).expect_reverted(reason);
    let to_nobody = call(koin(), "transfer", &kcs4::TransferArguments::default());
    chain.apply("alice", vec![to_nobody]).expect_reverted("a transfer needs from and to");
    assert_eq!(chain.balance(koin(), "alice"), 1000 * COIN);
    assert_eq!(chain.balance(koin(), "bob"), 1000 * COIN);

    let signed = chain.signed_transaction("alice", &["alice", "bob"], 0, vec![of_another]);
    chain.apply_transaction(signed).expect_success();
    assert_eq!(chain.balance(koin(), "bob"), 1000 * COIN - 1);
}

#[test]
fn resources_are_paid_in_mana_which_grows_back() {
    let mut chain = chain();
    let full = 1000 * COIN;
    assert_eq!(chain.mana("alice"), full);
    let applied = chain.apply("alice", vec![transfer(koin(), "alice", "bob", 500 * COIN)]);
    let Applied { transaction, .. } = applied.expect_success();
    assert_eq!(transaction.max_payer_rc, full);
    let used = transaction.rc_used;
    assert!(used > 0 && used < RC_LIMIT, "{used}");
    let balance = 500 * COIN;
    let left = balance - used;
    assert_eq!(chain.mana("alice"), left);
    assert_eq!(chain.mana("bob"), 1500 * COIN);
    // Who signs the block pays for what no transaction does.
    assert!(chain.mana("genesis") < full);

    chain.apply("alice", vec![transfer(koin(), "alice", "bob", 400 * COIN)]).expect_success();
    chain.time += 5 * DAY_MS;
    chain.block(vec![]);
    assert_eq!(chain.mana("alice"), 100 * COIN);
}

#[test]
fn mana_grows_in_proportion() {
    let mut chain = chain();
    let balance = COIN;
    chain.apply("alice", vec![transfer(koin(), "alice", "poor", balance)]).expect_success();
    let nothing = |chain: &Chain, after| chain.transaction("poor", after, vec![]);
    let transactions = (0..20).map(|after| nothing(&chain, after)).collect();
    chain.block(transactions);
    // Five days for the whole balance: in an hour a part of 120.
    let left = chain.mana("poor");
    assert!(left < balance - balance / 50, "{left}");
    chain.time += DAY_MS / 24 - 3000;
    chain.block(vec![]);
    assert_eq!(chain.mana("poor"), left + balance / 120);
}

#[test]
fn users_cannot_take_mana() {
    let mut chain = chain();
    let before = chain.mana("bob");
    let arguments = ConsumeAccountRcArguments { account: raw(&address("bob")), value: COIN };
    let consume = call(koin(), "consume_account_rc", &arguments);
    chain.apply("alice", vec![consume]).expect_success();
    assert_eq!(chain.mana("bob"), before);
}

#[test]
fn who_lacks_the_mana_cannot_pay() {
    let mut chain = chain();
    // Nothing is left for the transaction itself.
    let everything = transfer(koin(), "alice", "bob", 1000 * COIN);
    let transaction = chain.transaction("alice", 0, vec![everything]);
    let (reason, code) = chain.refused(&transaction);
    assert_eq!(code, -1, "{reason}");
    let nobody = chain.transaction("stranger", 0, vec![]);
    let (reason, code) = chain.refused(&nobody);
    let expected = "payer does not have the rc to cover transaction rc limit";
    assert_eq!((&*reason, code), (expected, -1));
    // Mana that was spent is missing for a transfer, though the balance is there.
    let leave = RC_LIMIT + COIN;
    let most = transfer(koin(), "alice", "bob", 1000 * COIN - leave);
    chain.apply("alice", vec![most]).expect_success();
    let rest = transfer(koin(), "alice", "bob", leave);
    let reason = "the mana is insufficient: tokens move with their mana";
    chain.apply("alice", vec![rest]).expect_reverted(reason);
}

#[test]
fn the_system_and_the_own_key_mint() {
    let mut chain = chain();
    let reason = "only the system and the contract's own key may mint";
    chain.apply("alice", vec![mint("alice", 1)]).expect_reverted(reason);
    let applied = chain.apply("genesis", vec![mint("stranger", 5 * COIN)]).expect_success();
    let (event, impacted) = applied.event::<kcs4::MintEvent>("koinos.contracts.token.mint_event");
    assert_eq!((event.value, impacted), (5 * COIN, vec![raw(&address("stranger"))]));
    let own = chain.signed_transaction("alice", &["alice", "test koin"], 0, vec![mint("bob", 1)]);
    chain.apply_transaction(own).expect_success();
    assert_eq!(chain.supply(koin()), 3005 * COIN + 1);
    let flood = mint("bob", u64::MAX - 3005 * COIN);
    chain.apply("genesis", vec![flood]).expect_reverted("the supply would overflow");
}

#[test]
fn owners_burn() {
    let mut chain = chain();
    let reason = "from has not authorized the burn";
    chain.apply("alice", vec![burn("bob", 1)]).expect_reverted(reason);
    let applied = chain.apply("alice", vec![burn("alice", 400 * COIN)]).expect_success();
    let (event, impacted) = applied.event::<kcs4::BurnEvent>("koinos.contracts.token.burn_event");
    assert_eq!((event.value, impacted), (400 * COIN, vec![raw(&address("alice"))]));
    assert_eq!(chain.supply(koin()), 2600 * COIN);
    assert_eq!(chain.balance(koin(), "alice"), 600 * COIN);
}

#[test]
fn allowances_are_kept_and_listed() {
    let mut chain = chain();
    let owner = raw(&address("alice"));
    let approve = |spender: &str, value| {
        let spender = raw(&address(spender));
        let owner = owner.clone();
        call(koin(), "approve", &kcs4::ApproveArguments { owner, spender, value, memo: None })
    };
    let reason = "the owner has not authorized the approval";
    chain.apply("bob", vec![approve("bob", 1)]).expect_reverted(reason);
    let mut spenders = ["x", "y", "z"].map(|name| (raw(&address(name)), name));
    spenders.sort();
    for (value, (_, name)) in (1u64..).zip(&spenders) {
        let applied = chain.apply("alice", vec![approve(name, value)]).expect_success();
        applied.event::<kcs4::ApproveEvent>("koinos.contracts.token.approve_event");
    }
    let allowance = |chain: &Chain, spender: usize| {
        let spender = spenders[spender].0.clone();
        let arguments = kcs4::AllowanceArguments { owner: owner.clone(), spender };
        chain.read::<kcs4::AllowanceResult>(koin(), "allowance", &arguments).value
    };
    assert_eq!([0, 1, 2].map(|spender| allowance(&chain, spender)), [1, 2, 3]);

    let list = |chain: &Chain, start: &[u8], limit, descending| {
        let start = bytes::Bytes::copy_from_slice(start);
        let arguments =
            kcs4::GetAllowancesArguments { owner: owner.clone(), start, limit, descending };
        let result: kcs4::GetAllowancesResult = chain.read(koin(), "get_allowances", &arguments);
        result.allowances.iter().map(|entry| entry.value).collect::<Vec<_>>()
    };
    assert_eq!(list(&chain, b"", 10, false), [1, 2, 3]);
    assert_eq!(list(&chain, b"", 2, false), [1, 2]);
    assert_eq!(list(&chain, &spenders[0].0, 10, false), [2, 3]);
    assert_eq!(list(&chain, &spenders[2].0, 10, true), [2, 1]);

    chain.apply("alice", vec![approve(spenders[1].1, 0)]).expect_success();
    assert_eq!(list(&chain, b"", 10, false), [1, 3]);
}
