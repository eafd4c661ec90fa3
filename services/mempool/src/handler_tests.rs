use super::*;
use crate::{Block, Limits};
use koinos_fork_choice::{BlockInfo, ForkRule};
use koinos_proto::mempool::PendingTransaction;
use koinos_proto::protocol;
use koinos_proto::rpc::mempool::{
    CheckAccountNonceRequest, CheckPendingAccountResourcesRequest, GetPendingNonceRequest,
    GetPendingTransactionCountRequest, GetPendingTransactionsByIdRequest,
    GetPendingTransactionsRequest, GetReservedAccountRcRequest, MempoolResponse,
};
use std::time::Duration;

fn pending(number: u64) -> PendingTransaction {
    let id = Bytes::from(format!("t{number}"));
    let transaction = Some(protocol::Transaction { id, ..Default::default() });
    PendingTransaction { transaction, disk_storage_used: number, ..Default::default() }
}

/// Three transactions after block `1`.
fn mempool() -> RwLock<Mempool> {
    let limits = Limits { expiration: Duration::from_secs(120), bytes: 1 << 20 };
    let mut mempool = Mempool::new(ForkRule::Fifo, limits);
    let info = BlockInfo { height: 1, id: Bytes::from_static(b"1"), ..BlockInfo::genesis() };
    mempool.take_block(Block { info, transactions: Vec::new() });
    for number in 1..=3 {
        let pending = pending(number);
        let transaction = Transaction {
            id: pending.transaction.as_ref().unwrap().id.clone(),
            payer: Bytes::from_static(b"payer"),
            account: Bytes::from_static(b"payee"),
            nonce: number,
            rc_limit: 10,
            pending: pending.encode_to_vec().into(),
        };
        mempool.add(transaction, 100, Duration::ZERO).unwrap();
    }
    RwLock::new(mempool)
}

fn ask(request: Request) -> Response {
    ask_bytes(Service::request(request).encode_to_vec().into())
}

fn ask_bytes(request: Bytes) -> Response {
    let reply = answer(&mempool(), request).unwrap_or_else(|error| refusal(&error));
    MempoolResponse::decode(reply).unwrap().response.unwrap()
}

fn error(reply: Response) -> String {
    match reply {
        Response::Error(error) => error.message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn transactions_come_back_byte_for_byte() {
    let request = GetPendingTransactionsRequest { limit: 2, block_id: None };
    match ask(Request::GetPendingTransactions(request)) {
        Response::GetPendingTransactions(reply) => {
            assert_eq!(reply.pending_transactions, [pending(1), pending(2)]);
        }
        other => panic!("{other:?}"),
    }
    let request = GetPendingTransactionsByIdRequest {
        transaction_ids: ["t3", "unknown", "t1"].map(Bytes::from).to_vec(),
        block_id: Some(Bytes::from_static(b"1")),
    };
    match ask(Request::GetPendingTransactionsById(request)) {
        Response::GetPendingTransactionsById(reply) => {
            assert_eq!(reply.pending_transactions, [pending(3), pending(1)]);
        }
        other => panic!("{other:?}"),
    }
    let nothing = GetPendingTransactionsRequest::default();
    assert_eq!(
        ask(Request::GetPendingTransactions(nothing)),
        Response::GetPendingTransactions(Default::default())
    );
}

#[test]
fn accounts_are_answered_for() {
    let check = |rc_limit| {
        let request = CheckPendingAccountResourcesRequest {
            payer: Bytes::from_static(b"payer"),
            max_payer_rc: 100,
            rc_limit,
            block_id: None,
        };
        match ask(Request::CheckPendingAccountResources(request)) {
            Response::CheckPendingAccountResources(reply) => reply.success,
            other => panic!("{other:?}"),
        }
    };
    assert!(check(70) && !check(71));
    let free = |nonce| {
        let payee = Bytes::from_static(b"payee");
        let request = CheckAccountNonceRequest { payee, nonce: nonce_bytes(nonce), block_id: None };
        match ask(Request::CheckAccountNonce(request)) {
            Response::CheckAccountNonce(reply) => reply.success,
            other => panic!("{other:?}"),
        }
    };
    assert!(free(4) && !free(3));
    let nonce = |payee| {
        let request = GetPendingNonceRequest { payee: Bytes::from_static(payee), block_id: None };
        match ask(Request::GetPendingNonce(request)) {
            Response::GetPendingNonce(reply) => reply.nonce,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((nonce(b"payee"), nonce(b"payer")), (nonce_bytes(3), Bytes::new()));
    let payee = Bytes::from_static(b"payee");
    let count = GetPendingTransactionCountRequest { payee, block_id: None };
    assert_eq!(
        ask(Request::GetPendingTransactionCount(count)),
        Response::GetPendingTransactionCount(GetPendingTransactionCountResponse { count: 3 })
    );
    let account = Bytes::from_static(b"payer");
    assert_eq!(
        ask(Request::GetReservedAccountRc(GetReservedAccountRcRequest { account })),
        Response::GetReservedAccountRc(GetReservedAccountRcResponse { rc: 30 })
    );
    assert_eq!(ask(Request::Reserved(ReservedRpc {})), Response::Reserved(ReservedRpc {}));
}

#[test]
fn errors_have_their_texts() {
    let block_id = Some(Bytes::from_static(b"unknown"));
    let id = block_id.clone();
    for (request, text) in [
        (
            Request::GetPendingTransactions(GetPendingTransactionsRequest {
                limit: 2_001,
                block_id: None,
            }),
            "requested too many pending transactions. max: 2000",
        ),
        (
            Request::GetPendingTransactionsById(GetPendingTransactionsByIdRequest {
                transaction_ids: vec![Bytes::new(); 2_001],
                block_id: None,
            }),
            "requested too many pending transactions. max: 2000",
        ),
        (
            Request::GetPendingTransactions(GetPendingTransactionsRequest { limit: 1, block_id }),
            "cannot retrieve pending transactions from an unknown block",
        ),
        (
            Request::GetPendingTransactionsById(GetPendingTransactionsByIdRequest {
                block_id: id.clone(),
                ..Default::default()
            }),
            "cannot retrieve pending transactions from an unknown block",
        ),
        (
            Request::CheckPendingAccountResources(CheckPendingAccountResourcesRequest {
                block_id: id.clone(),
                ..Default::default()
            }),
            "cannot check pending account resources from an unknown block",
        ),
        (
            Request::CheckAccountNonce(CheckAccountNonceRequest {
                block_id: id.clone(),
                ..Default::default()
            }),
            "cannot check pending account resources from an unknown block",
        ),
        (
            Request::GetPendingNonce(GetPendingNonceRequest {
                block_id: id.clone(),
                ..Default::default()
            }),
            "cannot check pending nonce from an unknown block",
        ),
        (
            Request::GetPendingTransactionCount(GetPendingTransactionCountRequest {
                block_id: id,
                ..Default::default()
            }),
            "cannot check pending nonce from an unknown block",
        ),
    ] {
        assert_eq!(error(ask(request)), text);
    }
    // Nothing, an unknown kind, and what is no message.
    for (bytes, text) in [
        (&b""[..], "Error: attempted to call unknown rpc"),
        (&[0xa2, 0x06, 0x00], "Error: attempted to call unknown rpc"),
        (&[0x0a], "Received bad message"),
    ] {
        assert_eq!(error(ask_bytes(Bytes::copy_from_slice(bytes))), text);
    }
}
