//! `credential`: secrets that systemd hands to the services (`LoadCredential=`), plain in
//! files of root or encrypted for this machine.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow};
use clap::{Subcommand, ValueEnum};
use koinos_crypto::SecretKey;
use koinos_service::Fatal;
use serde_json::json;

use crate::cli::Global;
use crate::files::{self, Access, Change};
use crate::layout::Layout;
use crate::output::{Output, Report};
use crate::systemd::Manager;

/// The secrets there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// The password of the broker, for all services.
    AmqpPassword,
    /// The private key of the block producer, in wallet import format.
    ProducerKey,
}

impl Name {
    /// All of them.
    const ALL: [Self; 2] = [Self::AmqpPassword, Self::ProducerKey];

    /// The name of the credential and of its file.
    fn text(self) -> &'static str {
        match self {
            Self::AmqpPassword => "amqp-password",
            Self::ProducerKey => "producer-key",
        }
    }

    /// The services that get it; all when none is named.
    fn services(self) -> &'static [&'static str] {
        match self {
            Self::AmqpPassword => &[],
            Self::ProducerKey => &["block_producer"],
        }
    }
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show which secrets there are, and in what form; not the secrets
    List,
    /// Take a secret from standard input, for root alone to read
    Set {
        /// Which secret
        name: Name,
        /// Encrypt it for this machine, as with encrypt
        #[arg(long)]
        encrypt: bool,
    },
    /// Encrypt a secret for this machine (systemd-creds) and have the units use that
    Encrypt {
        /// Which secret
        name: Name,
    },
}

/// Shows, sets or encrypts secrets.
pub(crate) fn run(verb: &Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let layout = Layout::find(global)?;
    if layout.packaged().is_none() {
        return Err(Fatal::usage(anyhow!(
            "{} is no node of the units, so systemd hands it no secrets; there a file is named with \
             amqp-password-file and private-key-file",
            layout.basedir.display()
        )));
    }
    match verb {
        Verb::List => output.show(&list(&layout)),
        Verb::Set { name, encrypt } => {
            let secret = read_secret(*name)?;
            let report = match encrypt {
                true => seal(&layout, *name, &secret)?,
                false => set(&layout, *name, &secret)?,
            };
            output.show(&report)
        }
        Verb::Encrypt { name } => {
            let path = plain(&layout, *name);
            let secret = std::fs::read(&path).map_err(|error| {
                let text = format!("cannot read {}: {error}", path.display());
                let cure = "set the secret first, with koinosctl credential set";
                Fatal::config(anyhow!("{text}; {cure}"))
            })?;
            output.show(&seal(&layout, *name, &secret)?)
        }
    }
}

/// The file of a secret.
pub(crate) fn plain(layout: &Layout, name: Name) -> PathBuf {
    layout.credentials().join(name.text())
}

/// The password of the broker of a node of the units, as far as this user may know it.
pub(crate) fn password(layout: &Layout) -> Option<String> {
    layout.packaged()?;
    let sealed = sealed(layout, Name::AmqpPassword);
    let text = match sealed.exists() {
        true => decrypt(Name::AmqpPassword, &sealed)?,
        false => std::fs::read_to_string(plain(layout, Name::AmqpPassword)).ok()?,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What was encrypted for this machine; root alone can have it.
fn decrypt(name: Name, path: &Path) -> Option<String> {
    let named = format!("--name={}", name.text());
    let output = Command::new("systemd-creds")
        .args(["decrypt", &named])
        .args([path, Path::new("-")])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn sealed(layout: &Layout, name: Name) -> PathBuf {
    layout.credentials().join(format!("{}.cred", name.text()))
}

fn drop_ins(layout: &Layout, name: Name) -> Vec<PathBuf> {
    let file = format!("50-{}.conf", name.text());
    let directories = layout.drop_ins(name.services());
    directories.into_iter().map(|directory| directory.join(&file)).collect()
}

fn list(layout: &Layout) -> Report {
    let form = |name: Name| {
        let plain = std::fs::read(plain(layout, name));
        match (sealed(layout, name).exists(), plain) {
            (true, _) => "encrypted",
            (false, Ok(content)) if !content.trim_ascii().is_empty() => "file",
            (false, Err(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                "unknown: only root may look"
            }
            _ => "none",
        }
    };
    let rows: Vec<Vec<String>> =
        Name::ALL.iter().map(|name| vec![name.text().to_owned(), form(*name).to_owned()]).collect();
    let json = rows.iter().map(|row| json!({ "name": row[0], "form": row[1] })).collect();
    Report::new(json).table(vec!["credential", "form"], rows)
}

/// The secret on standard input, with its end of line.
fn read_secret(name: Name) -> Result<Vec<u8>, Fatal> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        return Err(Fatal::usage(anyhow!(
            "the secret comes by standard input, so that no list of processes and no history shows \
             it: koinosctl credential set {} < FILE",
            name.text()
        )));
    }
    let mut secret = String::new();
    input.read_to_string(&mut secret).context("cannot read standard input")?;
    let line = secret.trim();
    if line.is_empty() || line.contains('\n') {
        return Err(Fatal::usage(anyhow!("a secret is one line, and not empty")));
    }
    if name == Name::ProducerKey {
        SecretKey::from_wif(line).map_err(|error| {
            Fatal::usage(anyhow!("this is no private key in wallet import format: {error}"))
        })?;
    }
    Ok(format!("{line}\n").into_bytes())
}

fn set(layout: &Layout, name: Name, secret: &[u8]) -> Result<Report, Fatal> {
    let path = plain(layout, name);
    let change = files::write(&path, secret, Access::Owner)?;
    // What was encrypted before goes before the file.
    let mut stale = files::remove(&sealed(layout, name))?;
    for drop_in in drop_ins(layout, name) {
        stale |= files::remove(&drop_in)?;
    }
    if stale && let Some(manager) = Manager::of(layout) {
        manager.reload()?;
    }
    Ok(report(layout, name, &path, change))
}

/// Encrypts a secret, has the units use that, and takes the plain file away.
fn seal(layout: &Layout, name: Name, secret: &[u8]) -> Result<Report, Fatal> {
    let content = encrypt(name, secret)?;
    let path = sealed(layout, name);
    let change = files::write(&path, &content, Access::Owner)?;
    let drop_in = format!(
        "# Written by koinosctl credential.\n[Service]\nLoadCredentialEncrypted={}:{}\n",
        name.text(),
        layout.inside(&path).display()
    );
    for path in drop_ins(layout, name) {
        files::write(&path, drop_in.as_bytes(), Access::All)?;
    }
    if let Some(manager) = Manager::of(layout) {
        manager.reload()?;
    }
    files::remove(&plain(layout, name))?;
    Ok(report(layout, name, &path, change))
}

fn encrypt(name: Name, secret: &[u8]) -> Result<Vec<u8>, Fatal> {
    let cure = "it is a part of systemd 250 and later, and needs root";
    let mut child = Command::new("systemd-creds")
        .args(["encrypt", "--with-key=auto", &format!("--name={}", name.text()), "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Fatal::config(anyhow!("cannot run systemd-creds: {error}; {cure}")))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(secret).context("cannot hand the secret to systemd-creds")?;
    }
    let output = child.wait_with_output().context("systemd-creds")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Fatal::failure(anyhow!("systemd-creds failed: {}; {cure}", said.trim())));
    }
    Ok(output.stdout)
}

fn report(layout: &Layout, name: Name, path: &Path, change: Change) -> Report {
    let services = match name {
        Name::AmqpPassword => layout.target().unwrap_or_default(),
        Name::ProducerKey => layout.unit("block_producer").unwrap_or_default(),
    };
    let next = format!("systemctl restart {services}");
    Report::new(json!({
        "name": name.text(),
        "file": path.display().to_string(),
        "change": change.text(),
        "next": next,
    }))
    .pair("credential", name.text())
    .pair("file", format!("{} ({})", path.display(), change.text()))
    .pair("to use it", next)
}
