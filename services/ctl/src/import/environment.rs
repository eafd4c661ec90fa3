//! The file `.env` beside `docker-compose.yml`: where the data are, which ports, which services.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use koinos_service::Fatal;

/// The variables of a compose node.
#[derive(Debug, Default)]
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads `.env`; there may be none. What the shell exports goes before, as in compose.
    pub(super) fn read(directory: &Path) -> Result<Self, Fatal> {
        let path = directory.join(".env");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Fatal::config(anyhow!("cannot read {}: {error}", path.display()))),
        }
    }

    fn parse(text: &str) -> Self {
        let mut variables = BTreeMap::new();
        for line in text.lines() {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#'))
            else {
                continue;
            };
            let value = value.trim();
            let quoted = ['"', '\''].into_iter().find_map(|quote| {
                value.strip_prefix(quote).and_then(|rest| Some(rest.split_once(quote)?.0))
            });
            // Without quotes a comment may follow.
            let plain = value.split(" #").next().unwrap_or_default().trim();
            variables.insert(name.trim().to_owned(), quoted.unwrap_or(plain).to_owned());
        }
        Self(variables)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The directory of the data; `~` is the home of who runs this, or of who called sudo.
    pub(super) fn data(&self, directory: &Path) -> Option<PathBuf> {
        let named = self.get("BASEDIR").unwrap_or("~/.koinos");
        match named.strip_prefix('~') {
            Some(rest) => Some(home()?.join(rest.trim_start_matches('/'))),
            None => Some(directory.join(named)),
        }
    }

    /// The address and port of the host where a service of the node listens.
    pub(super) fn listener(&self, service: &str, address: &str, port: u16) -> (String, u16) {
        let name = service.to_uppercase();
        let address = self.get(&format!("{name}_INTERFACE")).unwrap_or(address).to_owned();
        let named = self.get(&format!("{name}_PORT")).and_then(|port| port.parse().ok());
        (address, named.unwrap_or(port))
    }

    /// The services that the node ran, beside the four that it always runs.
    pub(super) fn services(&self) -> Vec<&'static str> {
        const API: [&str; 6] = [
            "jsonrpc",
            "grpc",
            "rest",
            "transaction_store",
            "contract_meta_store",
            "account_history",
        ];
        let profiles: Vec<&str> =
            self.get("COMPOSE_PROFILES").unwrap_or_default().split(',').map(str::trim).collect();
        let has = |service: &str| {
            let api = API.contains(&service) && profiles.contains(&"api");
            api || profiles.contains(&"all") || profiles.contains(&service)
        };
        let optional = API.iter().copied().chain(["block_producer"]);
        optional.filter(|service| has(service)).collect()
    }
}

fn home() -> Option<PathBuf> {
    let caller = std::env::var("SUDO_USER").ok().filter(|name| !name.is_empty());
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_caller = caller.and_then(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name.as_str()))?;
        line.split(':').nth(5).map(PathBuf::from)
    });
    of_caller.or_else(|| std::env::var_os("HOME").map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_compose_reads_them() {
        let text = "# JSONRPC_PORT=1\nBASEDIR=\"/data/k\" # big disk\nexport P2P_PORT=9000 # x\n\
                    COMPOSE_PROFILES=jsonrpc, block_producer\nGRPC_INTERFACE='0.0.0.0'\n";
        let environment = Environment::parse(text);
        let here = Path::new("/srv/koinos");
        assert_eq!(environment.data(here).unwrap(), Path::new("/data/k"));
        assert_eq!(environment.listener("p2p", "0.0.0.0", 8888), ("0.0.0.0".into(), 9000));
        assert_eq!(environment.listener("grpc", "127.0.0.1", 50051).0, "0.0.0.0");
        assert_eq!(environment.services(), ["jsonrpc", "block_producer"]);
        let relative = Environment::parse("BASEDIR=data\nCOMPOSE_PROFILES=api\n");
        assert_eq!(relative.data(here).unwrap(), Path::new("/srv/koinos/data"));
        assert_eq!(relative.services().len(), 6);
    }
}
