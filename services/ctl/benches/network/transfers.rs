//! Transfers of KOIN: submitted as fast as the network takes them, and looked for in blocks.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use koinos_codec::json::Mapping;
use koinos_codec::text::from_base64url;
use koinos_contracts::{Contract, entry_point};
use koinos_crypto::SecretKey;
use koinos_proto::protocol::{Block, Operation, Transaction};
use koinos_proto::standards::kcs4::TransferArguments;
use koinos_testkit::{Caller, Figures};
use koinos_wallet::transaction::{Draft, call_contract, upload_contract};
use prost::Message;

use crate::client::{Client, Request};
use crate::devnet::{Devnet, accounts, koin};

/// Far more than a transfer uses.
const RC_LIMIT: u64 = 100_000_000;
/// Far more than an upload uses.
const UPLOAD_RC_LIMIT: u64 = 100 * RC_LIMIT;
/// Refusals that pass: an account's eleventh pending transaction has to wait for a block, and a large
/// block keeps the mempool busy for longer than the chain waits for its answer.
const PASSING: [&str; 2] = ["pending transaction limit exceeded", "mempool did not answer"];
const RETRY_EVERY: Duration = Duration::from_millis(50);

/// Makes transfers, each account's with one nonce after another.
pub struct Transfers {
    chain_id: Bytes,
    koin: Bytes,
    accounts: Vec<(SecretKey, u64)>,
}

/// Submits transactions over one connection.
struct Submitting {
    client: Client,
    requests: std::vec::IntoIter<Request>,
}

impl Caller for Submitting {
    async fn call(&mut self) -> Result<()> {
        let request = self.requests.next().context("no transaction is left")?;
        while let Err(error) = self.client.ask(&request).await {
            let reason = error.to_string();
            if !PASSING.iter().any(|passing| reason.contains(passing)) {
                return Err(error);
            }
            tokio::time::sleep(RETRY_EVERY).await;
        }
        Ok(())
    }
}

/// What became of transactions.
pub struct Inclusion {
    /// Their submissions.
    pub accepted: Figures,
    /// When a block with some of them came, and how many.
    blocks: Vec<(Instant, usize)>,
    /// From the first submission until the last was in a block.
    whole: Duration,
}

impl Transfers {
    pub fn new(devnet: &Devnet) -> Result<Self> {
        Ok(Self {
            chain_id: from_base64url(devnet.chain_id()?)?.into(),
            koin: Bytes::copy_from_slice(koin()?.as_bytes()),
            accounts: accounts()?.into_iter().map(|key| (key, 0)).collect(),
        })
    }

    /// The next transfer of an account.
    fn next(&mut self, account: usize) -> Result<Transaction> {
        let (from, to) = (self.address(account), self.koin.clone());
        let args = TransferArguments { from, to, value: 1, memo: None }.encode_to_vec().into();
        let call = call_contract(self.koin.clone(), entry_point("transfer"), args);
        self.transaction(account, RC_LIMIT, call)
    }

    /// The address of an account.
    pub fn address(&self, account: usize) -> Bytes {
        Bytes::copy_from_slice(self.accounts[account].0.public_key().address().as_bytes())
    }

    /// The next transaction of an account.
    fn transaction(
        &mut self,
        account: usize,
        rc_limit: u64,
        operation: Operation,
    ) -> Result<Transaction> {
        let payer = self.address(account);
        let (key, nonce) = &mut self.accounts[account];
        *nonce += 1;
        let draft = Draft {
            chain_id: self.chain_id.clone(),
            nonce: *nonce,
            rc_limit,
            payer,
            payee: Bytes::new(),
            operations: vec![operation],
        };
        Ok(draft.sign(&[key])?)
    }

    /// Uploads a contract with its ABI as an account's own. The block that holds it, and the
    /// transaction's id.
    pub async fn upload(
        &mut self,
        devnet: &mut Devnet,
        account: usize,
        contract: &Contract,
    ) -> Result<(Block, Bytes)> {
        let address = self.address(account);
        let upload = upload_contract(address, contract.bytecode()?, contract.abi.to_owned());
        let transaction = self.transaction(account, UPLOAD_RC_LIMIT, upload)?;
        Client::connect(&devnet.address).await?.ask(&submission(&transaction)?).await?;
        loop {
            let (_, block) = devnet.next_block().await?;
            if block.transactions.iter().any(|one| one.id == transaction.id) {
                return Ok((block, transaction.id));
            }
        }
    }

    /// Submits `count` transfers over `connections` at once, each of which serves some accounts, and
    /// waits until every one is in a block.
    pub async fn include(
        &mut self,
        devnet: &mut Devnet,
        connections: usize,
        count: usize,
    ) -> Result<Inclusion> {
        let mut waiting = HashSet::new();
        let mut callers = Vec::new();
        for connection in 0..connections {
            let accounts = (connection..self.accounts.len()).step_by(connections);
            let mut requests = Vec::new();
            for account in accounts.cycle().take(count / connections) {
                let transaction = self.next(account)?;
                requests.push(submission(&transaction)?);
                waiting.insert(transaction.id);
            }
            let client = Client::connect(&devnet.address).await?;
            callers.push(Submitting { client, requests: requests.into_iter() });
        }
        let began = Instant::now();
        let submitting = Figures::measure(callers, count / connections * connections);
        let including = async {
            let mut blocks = Vec::new();
            while !waiting.is_empty() {
                let (came, block) = devnet.next_block().await?;
                let transactions = block.transactions;
                let ours = transactions.iter().filter(|one| waiting.remove(&one.id)).count();
                ensure!(ours == transactions.len(), "a transaction that is not ours, or twice");
                if ours > 0 {
                    blocks.push((came, ours));
                }
            }
            Ok(blocks)
        };
        let (accepted, blocks) = tokio::try_join!(submitting, including)?;
        let whole = blocks.last().map_or(Duration::ZERO, |(came, _)| *came - began);
        Ok(Inclusion { accepted, blocks, whole })
    }
}

fn submission(transaction: &Transaction) -> Result<Request> {
    let json =
        Mapping::koinos().decode("koinos.protocol.transaction", &transaction.encode_to_vec())?;
    let params = format!(r#"{{"transaction":{json},"broadcast":true}}"#);
    Ok(Request::new("chain.submit_transaction", &params))
}

impl Inclusion {
    /// The rate of inclusion from the first block that holds some to the last.
    pub fn summary(&self) -> String {
        let count: usize = self.blocks.iter().map(|(_, count)| count).sum();
        let most = self.blocks.iter().map(|(_, count)| *count).max().unwrap_or_default();
        let rate = match self.blocks[..] {
            [(first, early), .., (last, _)] => {
                (count - early) as f64 / (last - first).as_secs_f64()
            }
            _ => f64::NAN,
        };
        format!(
            "{count} transactions in {} blocks after {:.1} s, {rate:.0}/s from the first to the last of \
             them, {most} at most in a block",
            self.blocks.len(),
            self.whole.as_secs_f64()
        )
    }
}
