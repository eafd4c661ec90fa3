//! The steps of the demonstration.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use koinos_codec::text::to_hex;
use koinos_testkit::Broker;
use tempfile::TempDir;

use crate::node::{Client, Running};
use crate::recording::{Recorded, Recording};
use crate::screen::Screen;

/// Progress is told this often.
const LINES: usize = 10;

/// What is running. Fields are dropped in this order.
pub(crate) struct Demo {
    screen: Screen,
    client: Option<Client>,
    chain: Option<Running>,
    block_store: Option<Running>,
    broker: Option<Broker>,
    directory: Option<TempDir>,
    url: String,
}

impl Demo {
    pub(crate) fn new(screen: Screen) -> Self {
        Self {
            screen,
            client: None,
            chain: None,
            block_store: None,
            broker: None,
            directory: None,
            url: String::new(),
        }
    }

    /// Starts broker and daemons.
    pub(crate) async fn start(&mut self, recording: &Recording) -> Result<()> {
        let directory = tempfile::Builder::new().prefix("koinos-demo-").tempdir()?;
        self.screen.say(&format!("everything is below {}", directory.path().display()));
        let genesis = directory.path().join("chain");
        std::fs::create_dir(&genesis)?;
        std::fs::copy(&recording.genesis, genesis.join("genesis_data.json"))?;
        self.directory = Some(directory);

        let broker = tokio::task::spawn_blocking(Broker::start).await??;
        self.url = broker.vhost()?.url;
        self.screen.good(&format!("RabbitMQ listens at {}", self.url));
        self.broker = Some(broker);

        self.block_store = Some(self.launch("koinos-block-store", &[])?);
        self.chain = Some(self.launch("koinos-chain", &[])?);
        self.client = Some(Client::connect(&self.url).await?);
        Ok(())
    }

    fn launch(&self, name: &'static str, options: &[&str]) -> Result<Running> {
        let directory = self.directory.as_ref().context("nothing was started")?;
        let running = Running::start(name, directory.path(), &self.url, options)?;
        running.ready().with_context(|| format!("{name} does not get ready"))?;
        self.screen.good(&format!("{name} is ready (pid {})", running.pid()));
        Ok(running)
    }

    /// Submits all blocks and compares each root.
    pub(crate) async fn submit(&self, recording: &Recording) -> Result<()> {
        let client = self.client.as_ref().context("nothing was started")?;
        let count = recording.all().count();
        self.screen.say(&format!("submitting {count} recorded blocks"));
        let began = Instant::now();
        let step = count.div_ceil(LINES);
        for (done, recorded) in (1..).zip(recording.all()) {
            let Recorded { height, block, root, .. } = recorded;
            let found =
                client.submit(block).await.with_context(|| format!("at height {height}"))?;
            anyhow::ensure!(
                found == *root,
                "root at height {height}: recorded {}, found {}",
                to_hex(root),
                to_hex(&found)
            );
            if done % step == 0 || done == count {
                let rate = done as f64 / began.elapsed().as_secs_f64();
                let root = to_hex(&found);
                self.screen.say(&format!("height {height}, {rate:.0} blocks/s, root {root}"));
            }
        }
        self.screen.good(&format!("all {count} roots are as recorded"));
        Ok(())
    }

    /// Compares the head with the last recorded block.
    pub(crate) async fn check_head(&self, recording: &Recording, what: &str) -> Result<()> {
        let client = self.client.as_ref().context("nothing was started")?;
        let head = client.head().await?;
        let (place, Recorded { height, id, root, .. }) =
            (head.head_topology.unwrap_or_default(), &recording.last);
        let same = (place.height, &place.id, &head.head_state_merkle_root) == (*height, id, root);
        anyhow::ensure!(
            same,
            "{what}: recorded {height} {} with root {}, found {} {} with root {}",
            to_hex(id),
            to_hex(root),
            place.height,
            to_hex(&place.id),
            to_hex(&head.head_state_merkle_root)
        );
        let (id, root) = (to_hex(id), to_hex(root));
        self.screen.good(&format!("{what} is as recorded: height {height}, id {id}, root {root}"));
        Ok(())
    }

    /// Stops the chain, starts it again, and compares the head.
    pub(crate) async fn restart(
        &mut self,
        recording: &Recording,
        options: &[&str],
        what: &str,
    ) -> Result<()> {
        let chain = self.chain.as_mut().context("nothing was started")?;
        self.screen.say(&format!("stopping {} (pid {})", chain.name, chain.pid()));
        chain.stop()?;
        let chain = self.launch("koinos-chain", options)?;
        for text in ["Opened database at block", "Finished indexing"] {
            if let Some(line) = chain.said(text) {
                self.screen.say(&format!("{}: {line}", chain.name));
            }
        }
        self.chain = Some(chain);
        self.check_head(recording, what).await
    }

    /// Keeps everything running until the future is dropped.
    pub(crate) async fn stay(&self) {
        self.screen.say(&format!("the node keeps running at {}; Ctrl-C ends it", self.url));
        std::future::pending().await
    }

    /// Shows the ends of the daemons' logs.
    pub(crate) fn show_logs(&self) {
        for running in [&self.block_store, &self.chain].into_iter().flatten() {
            println!("--- log of {} ---\n{}", running.name, running.tail());
        }
    }

    /// Ends what was started.
    pub(crate) fn end(self, status: u8) -> ExitCode {
        let screen = self.screen;
        drop(self);
        screen.say("everything that was started has ended");
        status.into()
    }
}
