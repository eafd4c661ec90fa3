//! `key`: private keys and their addresses.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Subcommand;
use koinos_codec::text::to_base64url;
use koinos_crypto::SecretKey;
use koinos_service::Fatal;
use koinos_wallet::keys;
use serde_json::json;

use crate::output::{Output, Report};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a key; into a new file (readable for its owner only) or onto the screen
    New {
        /// The file; it must not exist
        file: Option<PathBuf>,
    },
    /// Show the address and the public key of a key file
    Show {
        /// The file: a private key in wallet import format
        file: PathBuf,
        /// Show the private key too
        #[arg(long)]
        secret: bool,
    },
}

/// Makes or shows a key.
pub(crate) fn run(verb: &Verb, output: &Output) -> Result<(), Fatal> {
    match verb {
        Verb::New { file: Some(file) } if file.exists() => Err(Fatal::config(anyhow!(
            "{} is there already, and a key is never overwritten; choose another file",
            file.display()
        ))),
        Verb::New { file: Some(file) } => {
            let key = keys::generate()?;
            keys::write_new(file, &key).map_err(Fatal::config)?;
            output.show(&report(&key, false, Some(file)))
        }
        Verb::New { file: None } => output.show(&report(&keys::generate()?, true, None)),
        Verb::Show { file, secret } => output.show(&report(&read(file)?, *secret, None)),
    }
}

/// The key in a file.
pub(crate) fn read(file: &Path) -> Result<SecretKey, Fatal> {
    keys::read(file).map_err(Fatal::config)
}

fn report(key: &SecretKey, secret: bool, file: Option<&Path>) -> Report {
    let public = key.public_key();
    let address = public.address().to_string();
    let public = to_base64url(&public.to_bytes());
    let wif = secret.then(|| key.to_wif());
    let file = file.map(|file| file.display().to_string());
    let mut json = json!({ "address": address, "public_key": public });
    for (name, value) in [("private_key", &wif), ("file", &file)] {
        if let Some(value) = value {
            json[name] = value.clone().into();
        }
    }
    Report::new(json)
        .pair("address", address)
        .pair("public key", public)
        .maybe("private key", wif)
        .maybe("written to", file)
}
