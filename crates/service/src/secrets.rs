//! Passwords and keys: from files and from credentials of the service manager, never from the
//! environment, which other processes of the user and every child can read.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use koinos_events as events;

use crate::config::{Layered, Origin};
use crate::exit::Fatal;

/// Where the service manager puts credentials.
const DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// What names of variables that hold a secret end in. (`seed` is the option of `p2p`.)
const ENDINGS: [&str; 5] = ["_PASSWORD", "_SECRET", "_TOKEN", "_KEY", "_SEED"];

/// The file of a credential that the service manager gives, such as `producer-key`. An empty
/// credential is none, so that a unit can give one in any case.
pub fn credential(name: &str) -> Option<PathBuf> {
    credential_in(std::env::var_os(DIRECTORY).map(PathBuf::from).as_deref(), name)
}

fn credential_in(directory: Option<&Path>, name: &str) -> Option<PathBuf> {
    let path = directory?.join(name);
    match std::fs::read(&path) {
        Ok(content) => (!content.trim_ascii().is_empty()).then_some(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        // Who uses it gets the error with its reason.
        Err(_) => Some(path),
    }
}

/// The broker's password: in the file that is named, else in the credential `amqp-password` of the
/// service manager.
///
/// # Errors
/// When the file cannot be read.
pub fn broker_password(named: Option<&Path>) -> Result<Option<String>, Fatal> {
    password(named, credential("amqp-password"))
}

fn password(named: Option<&Path>, credential: Option<PathBuf>) -> Result<Option<String>, Fatal> {
    let Some(path) = named.map(Path::to_owned).or(credential) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Fatal::config(anyhow!("cannot read the password in {}: {error}", path.display()))
    })?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Refuses secrets in the environment.
pub(crate) fn refuse_in_environment(layered: &Layered, amqp: &str) -> Result<(), Fatal> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    refuse(names, amqp_from_environment(layered, amqp))
        .map_err(|text| Fatal::config(anyhow!(text)).event(events::CONFIG_REJECTED))
}

/// Whether the URL of the broker comes from there and holds a password.
fn amqp_from_environment(layered: &Layered, amqp: &str) -> bool {
    let origin = layered.origins.get("amqp").and_then(|origins| origins.first());
    let user = |url: &str| {
        url.split_once("://")
            .and_then(|(_, rest)| rest.rsplit_once('@'))
            .is_some_and(|(user, _)| user.contains(':'))
    };
    matches!(origin, Some(Origin::Environment(_))) && user(amqp)
}

fn refuse(mut names: impl Iterator<Item = String>, amqp: bool) -> Result<(), String> {
    let is_secret = |name: &String| {
        name.strip_prefix("KOINOS")
            .is_some_and(|rest| ENDINGS.iter().any(|end| rest.ends_with(end)))
    };
    let found = if amqp { Some("KOINOS_AMQP".to_owned()) } else { names.find(is_secret) };
    match found {
        None => Ok(()),
        Some(name) => Err(format!(
            "environment variable {name} holds a secret, which others can read there; remove it and \
             put the secret in a file: amqp-password-file and private-key-file name one, systemd \
             hands over credentials named amqp-password and producer-key, and seed may stand in \
             config.yml"
        )),
    }
}

/// Whether the value of an option is not to be shown.
pub(crate) fn is_secret(key: &str) -> bool {
    ["seed", "password", "secret", "token"].iter().any(|end| key.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit;

    #[test]
    fn a_named_file_goes_before_the_credential_and_an_empty_credential_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let credential = || credential_in(Some(directory.path()), "amqp-password");
        assert_eq!(credential_in(None, "amqp-password"), None);
        assert_eq!(password(None, credential()).unwrap(), None);
        let file = directory.path().join("amqp-password");
        std::fs::write(&file, "\n").unwrap();
        assert_eq!(password(None, credential()).unwrap(), None);
        std::fs::write(&file, "from systemd\n").unwrap();
        assert_eq!(password(None, credential()).unwrap().unwrap(), "from systemd");
        let named = directory.path().join("named");
        assert_eq!(password(Some(&named), credential()).unwrap_err().code(), exit::CONFIG);
        std::fs::write(&named, "").unwrap();
        assert_eq!(password(Some(&named), credential()).unwrap().unwrap(), "");
    }

    #[test]
    fn variables_with_secrets_are_refused_and_names_of_files_are_not() {
        let refused = |name: &str| refuse([name.to_owned()].into_iter(), false).is_err();
        for name in ["KOINOS_AMQP_PASSWORD", "KOINOS_SEED", "KOINOS_PRODUCER_KEY", "KOINOS_SECRET"]
        {
            assert!(refused(name), "{name}");
        }
        for name in ["KOINOS_AMQP_PASSWORD_FILE", "KOINOS_AMQP", "KOINOS_PEER", "AWS_SECRET"] {
            assert!(!refused(name), "{name}");
        }
        let text = refuse(std::iter::empty(), true).unwrap_err();
        assert!(text.contains("KOINOS_AMQP") && text.contains("amqp-password-file"), "{text}");
    }
}
