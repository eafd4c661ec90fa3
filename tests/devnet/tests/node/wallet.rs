//! Accounts, and what their wallets do with them.

use bytes::Bytes;
use koinos_codec::Multihash;
use koinos_codec::json::Mapping;
use koinos_codec::text::{from_base64url, to_base64url, to_hex};
use koinos_contracts::entry_point;
use koinos_crypto::{Address, SecretKey, sign};
use koinos_proto::contracts::token::{BalanceOfArguments, BalanceOfResult, TransferArguments};
use koinos_wallet::transaction::{Draft, call_contract, nonce_value};
use prost::Message;
use serde_json::{Value, json};

use crate::client::{Client, Failure, PAUSE, text};
use crate::node::LIMIT;

/// What a transfer may cost; mana is as much as the balance.
const RC_LIMIT: u64 = 20_000_000;
/// The nonce is not the next one (`koinos.chain.error_code.invalid_nonce`).
pub const INVALID_NONCE: i64 = -201;

/// The payer's mana does not suffice for all that is pending
/// (`koinos.chain.error_code.insufficient_rc`).
pub const INSUFFICIENT_RC: i64 = 104;

/// An account with its key.
#[derive(Clone)]
pub struct Account {
    key: SecretKey,
    pub address: Address,
}

impl Account {
    /// `count` accounts.
    pub fn some(count: usize) -> Vec<Self> {
        let account = |number| {
            let key = SecretKey::from_seed(&format!("account {number}")).unwrap();
            Self { address: key.public_key().address(), key }
        };
        (0..count).map(account).collect()
    }

    /// Signs the id of a transaction.
    pub fn sign(&self, id: &[u8]) -> Vec<u8> {
        let digest = Multihash::decode(id).unwrap().digest;
        sign(&digest[..].try_into().unwrap(), &self.key).unwrap().to_vec()
    }

    /// The last nonce pending, if any, and the last one in the chain.
    pub async fn nonces(&self, client: &mut Client) -> (Option<u64>, u64) {
        // In this order nothing is missed: what is not pending any more is in the chain by then.
        let pending = self.pending_nonce(client).await;
        (pending, self.nonce(client).await)
    }

    /// The last nonce pending, if any.
    pub async fn pending_nonce(&self, client: &mut Client) -> Option<u64> {
        let params = json!({ "payee": self.address.to_string() });
        read_nonce(&client.call("mempool.get_pending_nonce", params).await)
    }

    /// The last nonce in the chain.
    pub async fn nonce(&self, client: &mut Client) -> u64 {
        let params = json!({ "account": self.address.to_string() });
        read_nonce(&client.call("chain.get_account_nonce", params).await).unwrap_or(0)
    }

    /// The balance, as the contract tells it.
    pub async fn balance(&self, client: &mut Client, koin: Address) -> u64 {
        let arguments = BalanceOfArguments { owner: bytes(self.address) }.encode_to_vec();
        let params = json!({
            "contract_id": koin.to_string(),
            "entry_point": entry_point("balance_of"),
            "args": to_base64url(&arguments),
        });
        let reply = client.call("chain.read_contract", params).await;
        let result = from_base64url(&text(&reply["result"])).unwrap();
        BalanceOfResult::decode(&result[..]).unwrap().value
    }
}

fn read_nonce(reply: &Value) -> Option<u64> {
    nonce_value(&from_base64url(&text(&reply["nonce"])).unwrap())
}

fn bytes(address: Address) -> Bytes {
    Bytes::copy_from_slice(address.as_bytes())
}

/// What transfers of a network have in common.
#[derive(Clone)]
pub struct Token {
    chain_id: Bytes,
    koin: Address,
}

/// A signed transaction, ready to be submitted.
pub struct Signed {
    /// Its id, hexadecimal behind `0x`.
    pub id: String,
    /// The parameters of `chain.submit_transaction`.
    params: Value,
}

impl Token {
    pub async fn new(client: &mut Client, koin: Address) -> Self {
        let reply = client.call("chain.get_chain_id", json!({})).await;
        Self { chain_id: from_base64url(&text(&reply["chain_id"])).unwrap().into(), koin }
    }

    /// A transfer, signed by its sender.
    pub fn transfer(&self, from: &Account, to: &Account, value: u64, nonce: u64) -> Signed {
        let draft = self.draft(from, to, value, nonce);
        Signed::new(draft, &[&from.key])
    }

    /// A transfer that `payer` pays, with the nonce of its sender and signed by both.
    pub fn sponsored_transfer(
        &self,
        payer: &Account,
        from: &Account,
        to: &Account,
        value: u64,
        nonce: u64,
        rc_limit: u64,
    ) -> Signed {
        let mut draft = self.draft(from, to, value, nonce);
        draft.payee = std::mem::replace(&mut draft.payer, bytes(payer.address));
        draft.rc_limit = rc_limit;
        Signed::new(draft, &[&payer.key, &from.key])
    }

    fn draft(&self, from: &Account, to: &Account, value: u64, nonce: u64) -> Draft {
        let (sender, receiver) = (bytes(from.address), bytes(to.address));
        let arguments = TransferArguments { from: sender.clone(), to: receiver, value };
        let arguments = arguments.encode_to_vec().into();
        Draft {
            chain_id: self.chain_id.clone(),
            nonce,
            rc_limit: RC_LIMIT,
            payer: sender,
            operations: vec![call_contract(bytes(self.koin), entry_point("transfer"), arguments)],
            ..Default::default()
        }
    }
}

impl Signed {
    fn new(draft: Draft, keys: &[&SecretKey]) -> Self {
        let transaction = draft.sign(keys).unwrap();
        let name = "koinos.protocol.transaction";
        let json = Mapping::koinos().decode(name, &transaction.encode_to_vec()).unwrap();
        let params = json!({ "transaction": json, "broadcast": true });
        Self { id: to_hex(&transaction.id), params }
    }

    /// Submits it once.
    pub async fn submit(&self, client: &mut Client) -> Result<(), Failure> {
        client.try_call("chain.submit_transaction", &self.params).await.map(drop)
    }

    /// Submits it until somebody answers.
    pub async fn submit_until_answered(&self, client: &mut Client) -> Result<(), Failure> {
        let answered = async {
            loop {
                match self.submit(client).await {
                    Err(Failure::Unreachable(_)) => tokio::time::sleep(PAUSE).await,
                    answer => return answer,
                }
            }
        };
        tokio::time::timeout(LIMIT, answered).await.expect("an answer")
    }
}

/// Makes a payment and waits until a block made from now on holds it.
pub async fn pay(client: &mut Client, token: &Token, from: &Account, to: &Account) {
    let (before, _) = client.head().await;
    let (pending, stored) = from.nonces(client).await;
    let nonce = pending.unwrap_or(stored) + 1;
    let signed = token.transfer(from, to, 1, nonce);
    let paying = async {
        loop {
            match signed.submit_until_answered(client).await {
                Ok(()) => {}
                // An attempt whose outcome was not known has succeeded.
                Err(Failure::Refused { code: Some(INVALID_NONCE), .. }) => {}
                Err(refusal) => panic!("{refusal:?}"),
            }
            // Its place in the pool is lost when the mempool is.
            let (pending, stored) = from.nonces(client).await;
            if stored >= nonce {
                return;
            }
            if pending.is_some() {
                let (height, _) = client.head().await;
                client.wait_for_height(height + 1).await;
            }
        }
    };
    tokio::time::timeout(LIMIT, paying).await.expect("the payment gets into a block");
    client.wait_for_height(before + 1).await;
}
