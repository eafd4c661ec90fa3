//! The daemons as children, and the client's side of the bus.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use koinos_codec::wire;
use koinos_mq::{Bus, Config};
use koinos_proto::rpc::chain::chain_request::Request;
use koinos_proto::rpc::chain::chain_response::Response;
use koinos_proto::rpc::chain::{ChainResponse, GetHeadInfoRequest, GetHeadInfoResponse};
use koinos_rpc::{CallOptions, Chain, Contract, Transport, call};
use koinos_testkit::Daemon;
use prost::Message;
use tokio::task::block_in_place;

/// Far more than a start or a stop takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);
/// Fields of `chain_request` and `submit_block_request`.
const SUBMIT_BLOCK: u32 = 2;
const BLOCK: u32 = 1;

/// A daemon and what it is called.
pub(crate) struct Running {
    pub(crate) name: &'static str,
    daemon: Daemon,
}

impl Running {
    /// Starts the daemon of that name, which lies beside this program.
    pub(crate) fn start(
        name: &'static str,
        directory: &Path,
        url: &str,
        options: &[&str],
    ) -> Result<Self> {
        let program = beside(name)?;
        let directory = directory.to_str().context("the path is not UTF-8")?;
        let common = ["--basedir", directory, "--amqp", url, "--log-datetime=false"];
        let daemon = Daemon::start(program, common.iter().chain(options))?;
        Ok(Self { name, daemon })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// Waits until it serves.
    pub(crate) fn ready(&self) -> Result<()> {
        block_in_place(|| self.daemon.wait_for("Ready", LIMIT))?;
        Ok(())
    }

    /// Tells it to stop and waits for the end.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.daemon.terminate();
        let status = block_in_place(|| self.daemon.wait(LIMIT))?;
        anyhow::ensure!(status.success(), "{} ended with {status}", self.name);
        Ok(())
    }

    /// The line of its log with `text`, without what stands before it.
    pub(crate) fn said(&self, text: &str) -> Option<String> {
        let output = self.daemon.output();
        let line = output.lines().find(|line| line.contains(text))?;
        line.find(text).map(|start| line[start..].to_owned())
    }

    /// The end of its log.
    pub(crate) fn tail(&self) -> String {
        let output = self.daemon.output();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.daemon.terminate();
        // One that does not heed is killed next.
        let _ = self.daemon.wait(Duration::from_secs(10));
    }
}

fn beside(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    anyhow::ensure!(
        program.is_file(),
        "{} is missing; build the whole workspace with `make build`",
        program.display()
    );
    Ok(program)
}

/// A client of the chain.
pub(crate) struct Client(Bus);

impl Client {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let bus = Bus::start(Config::new(url, "demo", "client"))?;
        tokio::time::timeout(LIMIT, bus.connected()).await.context("the broker is out of reach")?;
        Ok(Self(bus))
    }

    /// Submits a serialised block as it is: decoding would lose unknown fields. Returns the state
    /// merkle root after it.
    pub(crate) async fn submit(&self, block: &[u8]) -> Result<Bytes> {
        let (mut submit, mut request) = (Vec::new(), Vec::new());
        wire::put_message_field(&mut submit, BLOCK, block);
        wire::put_message_field(&mut request, SUBMIT_BLOCK, &submit);
        let options = CallOptions::once(LIMIT);
        let reply = self.0.call_raw(Chain::NAME, request.into(), options).await?;
        match Chain::reply(ChainResponse::decode(reply)?) {
            Ok(Some(Response::SubmitBlock(reply))) => {
                Ok(reply.receipt.context("the block is known already")?.state_merkle_root)
            }
            Ok(_) => bail!("chain sent an unexpected kind of reply"),
            Err(error) => bail!("chain refuses the block: {}", error.message),
        }
    }

    pub(crate) async fn head(&self) -> Result<GetHeadInfoResponse> {
        let request = Request::GetHeadInfo(GetHeadInfoRequest {});
        match call::<Chain>(&self.0, request, CallOptions::once(LIMIT)).await? {
            Response::GetHeadInfo(head) => Ok(head),
            _ => bail!("chain sent an unexpected kind of reply"),
        }
    }
}
