//! A virtual host for a node, on the broker of this machine.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow};
use koinos_codec::text::to_base64;
use koinos_crypto::sha256;
use koinos_local::find_program;
use koinos_service::Fatal;
use rand::TryRngCore;
use rand::rngs::OsRng;
use serde_json::{Value, json};

use super::{Setup, fragment};
use crate::credential::{Name, plain};
use crate::files::{self, Access, Change};
use crate::layout::Layout;
use crate::output::{Report, write};

/// What the user may declare, write to and read: the exchanges and service queues of the protocol,
/// and queues that the broker named for it. The protocol lets every service declare the exchanges and
/// name its queues freely, so this is as narrow as one user for the node can be.
const MAY: &str = r"^(koinos\.(rpc|event)(\..+)?|amq\.gen-.+)$";
/// The queues of services.
const SERVICE_QUEUES: &str = r"^koinos\.rpc\.";
/// A queue that nobody has used for a week is deleted.
const EXPIRES_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// Requests that wait for a service; the oldest go when there are more.
const MAX_LENGTH: u64 = 100_000;

/// Makes virtual host, user, permissions and policies, and has the node use them.
pub(crate) fn setup(layout: &Layout, options: &Setup) -> Result<Report, Fatal> {
    let name = name(layout, options);
    let (password, made) = password(layout)?;
    let definitions = definitions(&name, &password)?.to_string();
    match &options.prepare {
        Some(file) => {
            files::write(file, definitions.as_bytes(), Access::Owner)?;
        }
        None => tell(options, &name, &definitions)?,
    }
    // Only now: services that start meanwhile do not come with a password that nobody knows.
    if made {
        keep(layout, &password)?;
    }
    let used = use_it(layout, &name)?;
    let file = plain(layout, Name::AmqpPassword).display().to_string();
    let report = Report::new(json!({
        "vhost": name,
        "user": name,
        "password_file": file,
        "password_made": made,
        "configuration": used.as_ref().ok().map(|change| change.text()),
    }))
    .pair("virtual host", &name)
    .pair("user", &name)
    .pair("password", format!("{file} ({})", if made { "made" } else { "as it was" }));
    Ok(match used {
        Ok(change) => {
            report.pair("amqp", format!("{} ({})", fragment(layout).display(), change.text()))
        }
        Err(place) => report.pair("amqp", format!("set in {place}, and left as it is")),
    })
}

/// Has the broker of this machine take the definitions in.
fn tell(options: &Setup, name: &str, definitions: &str) -> Result<(), Fatal> {
    let rabbitmqctl = Rabbitmqctl::find(options.rabbitmqctl.as_deref())?;
    if options.quorum && !rabbitmqctl.vhosts()?.iter().any(|known| known == name) {
        rabbitmqctl.run(&["add_vhost", name, "--default-queue-type", "quorum"], b"")?;
    }
    // Without a file name they are read from standard input.
    rabbitmqctl.run(&["import_definitions"], definitions.as_bytes()).map(drop)
}

/// Prints the definitions, for the administrator of a broker elsewhere.
pub(super) fn print(layout: &Layout, options: &Setup) -> Result<(), Fatal> {
    let (password, made) = password(layout)?;
    let definitions = definitions(&name(layout, options), &password)?;
    if made {
        keep(layout, &password)?;
    }
    write(format!("{definitions:#}\n").as_bytes())
}

/// `koinos`, or `koinos-NETWORK` for a further node.
fn name(layout: &Layout, options: &Setup) -> String {
    let named = || match layout.instance_name() {
        Some(network) => format!("koinos-{network}"),
        None => "koinos".to_owned(),
    };
    options.vhost.clone().unwrap_or_else(named)
}

/// The password in the file of the credential; if there is none, a random one, to be kept.
fn password(layout: &Layout) -> Result<(String, bool), Fatal> {
    let path = plain(layout, Name::AmqpPassword);
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => return Ok((text.trim().to_owned(), false)),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let place = path.display();
            return Err(Fatal::config(anyhow!("cannot read {place}: {error}; run this as root")));
        }
        _ => {}
    }
    if path.with_extension("cred").exists() {
        return Err(Fatal::config(anyhow!(
            "the password is encrypted in {}, so it cannot be told to the broker; set it anew with \
             koinosctl credential set amqp-password, run this, and encrypt it again",
            path.with_extension("cred").display()
        )));
    }
    let password: String = random::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((password, true))
}

/// Writes a password that was made into the file of the credential.
fn keep(layout: &Layout, password: &str) -> Result<(), Fatal> {
    let path = plain(layout, Name::AmqpPassword);
    files::write(&path, format!("{password}\n").as_bytes(), Access::Owner).map(drop)
}

fn random<const N: usize>() -> Result<[u8; N], Fatal> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes)
}

fn definitions(name: &str, password: &str) -> Result<Value, Fatal> {
    Ok(json!({
        "vhosts": [{ "name": name }],
        "users": [{
            "name": name,
            "password_hash": password_hash(random()?, password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "",
        }],
        "permissions": [{
            "user": name, "vhost": name, "configure": MAY, "write": MAY, "read": MAY,
        }],
        "policies": [{
            "vhost": name,
            "name": "koinos-services",
            "pattern": SERVICE_QUEUES,
            "apply-to": "queues",
            "priority": 0,
            "definition": { "expires": EXPIRES_MS, "max-length": MAX_LENGTH },
        }],
    }))
}

/// The form in which RabbitMQ keeps a password: `base64(salt || sha256(salt || password))`.
fn password_hash(salt: [u8; 4], password: &str) -> String {
    let hash = sha256(&[&salt, password.as_bytes()].concat());
    to_base64(&[&salt[..], &hash[..]].concat())
}

/// Writes the broker into the configuration, unless somebody else has said where it is; then the
/// place where that stands.
fn use_it(layout: &Layout, name: &str) -> Result<Result<Change, String>, Fatal> {
    let own = fragment(layout);
    for file in layout.config_files()? {
        for section in file.sections() {
            if file.path() != own && file.values(&section, "amqp").is_some() {
                return Ok(Err(file.place(&section, Some("amqp"))));
            }
        }
    }
    let text = format!(
        "# Written by koinosctl broker setup. The password is in {}.\n\
         global:\n  amqp: {}\n",
        layout.inside(&plain(layout, Name::AmqpPassword)).display(),
        files::yaml(&format!("amqp://{name}@localhost:5672/{name}"))
    );
    let text = match layout.packaged() {
        Some(_) => text,
        // Nobody hands the password to the services of such a node.
        None => format!(
            "{text}  amqp-password-file: {}\n",
            files::yaml(&plain(layout, Name::AmqpPassword).display().to_string())
        ),
    };
    files::write(&own, text.as_bytes(), Access::Services).map(Ok)
}

/// The program that tells a broker what to do.
struct Rabbitmqctl(std::path::PathBuf);

impl Rabbitmqctl {
    fn find(named: Option<&Path>) -> Result<Self, Fatal> {
        let found = named.map(Path::to_owned).or_else(|| find_program("rabbitmqctl"));
        let found = found.or_else(|| {
            let packaged = Path::new("/usr/sbin/rabbitmqctl");
            packaged.exists().then(|| packaged.to_owned())
        });
        found.map(Self).ok_or_else(|| {
            Fatal::config(anyhow!(
                "there is no rabbitmqctl here; install rabbitmq-server, or use a broker on another \
                 machine with koinosctl broker set URL"
            ))
        })
    }

    fn vhosts(&self) -> Result<Vec<String>, Fatal> {
        let said = self.run(&["list_vhosts", "name"], b"")?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    /// Secrets are given by standard input only.
    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<String, Fatal> {
        let program = self.0.display();
        let mut child = Command::new(&self.0)
            .arg("--silent")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {program}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input).with_context(|| format!("cannot write to {program}"))?;
        }
        let output = child.wait_with_output().with_context(|| format!("{program}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.success() {
            true => Ok(said),
            false => Err(Fatal::unavailable(anyhow!(
                "rabbitmqctl {} failed: {} {}; is rabbitmq-server running, and are you root?",
                arguments[0],
                said.trim(),
                String::from_utf8_lossy(&output.stderr).trim()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hashed_as_the_broker_does_it() {
        // Of the password `guest`, in the private broker of tests.
        let expected = "a29pbiVrMOmfb09ZPgEUGVj0zuYsgFRHUEzIEH04CB0lu3RP";
        assert_eq!(password_hash(*b"koin", "guest"), expected);
    }

    #[test]
    fn the_password_is_in_no_definition() {
        let text = definitions("koinos", "secret").unwrap().to_string();
        assert!(!text.contains("secret") && text.contains("koinos"), "{text}");
    }
}
