//! koinos-chain
use clap::Parser;

#[derive(Parser)]
enum Command {
    Replay(koinos_chain::replay::ReplayOptions),
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    let Command::Replay(options) = Command::parse();
    let json = options.json;
    let report = koinos_chain::replay::run(options)?;
    if json {
        println!("{}", report.to_json());
    } else {
        if let Some(m) = &report.first_mismatch {
            println!("first mismatch: {m}");
        }
        println!("{}", report.summary());
    }
    Ok(if report.mismatches == 0 { 0.into() } else { 1.into() })
}
