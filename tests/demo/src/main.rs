//! `make run`: the node at work on this machine.
//!
//! Starts a private broker, `koinos-block-store` and `koinos-chain`, submits a recorded chain over
//! AMQP, compares the roots and the final head with the record, and lets the chain come back, once
//! from its own state and once from `block_store` alone. Everything is in a temporary directory
//! and ends with this program, however that ends.

mod demo;
mod node;
mod recording;
mod screen;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use demo::Demo;
use recording::Recording;
use screen::Screen;

/// Exit status after an interruption, as a shell gives it for SIGINT.
const INTERRUPTED: u8 = 130;

/// Runs a private Koinos node on a recorded chain.
#[derive(Debug, Parser)]
#[command(name = "koinos-demo")]
struct Options {
    /// Genesis data of the chain
    #[arg(long, value_name = "FILE", default_value = "tests/golden/core/genesis_data.json")]
    genesis: PathBuf,

    /// Recorded blocks, JSON lines, plain or gzipped
    #[arg(long, value_name = "FILE", default_value = "tests/golden/core/blocks.jsonl.gz")]
    blocks: PathBuf,

    /// Keep the node running at the end, until Ctrl-C
    #[arg(long)]
    stay: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let screen = Screen::new();
    let mut demo = Demo::new(screen);
    let outcome = tokio::select! {
        outcome = run(&mut demo, &options) => outcome,
        () = interrupted() => {
            screen.say("interrupted, stopping what was started");
            return demo.end(INTERRUPTED);
        }
    };
    match outcome {
        Ok(()) => demo.end(0),
        Err(error) => {
            screen.fail(&format!("{error:#}"));
            demo.show_logs();
            demo.end(1)
        }
    }
}

async fn run(demo: &mut Demo, options: &Options) -> anyhow::Result<()> {
    let recording = Recording::read(&options.genesis, &options.blocks)?;
    demo.start(&recording).await?;
    demo.submit(&recording).await?;
    demo.check_head(&recording, "the head").await?;
    demo.restart(&recording, &[], "the head after a restart").await?;
    demo.restart(&recording, &["--reset"], "the head rebuilt from block_store alone").await?;
    if options.stay {
        demo.stay().await;
    }
    Ok(())
}

/// Waits for Ctrl-C or another wish to stop.
async fn interrupted() {
    let next = async |kind| match signal(kind) {
        Ok(mut stream) => drop(stream.recv().await),
        // Without a handler the signal ends the process, and its children with it.
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = next(SignalKind::interrupt()) => {}
        () = next(SignalKind::terminate()) => {}
        () = next(SignalKind::hangup()) => {}
    }
}
