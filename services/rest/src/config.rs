//! The options of the REST service.

use std::net::SocketAddr;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, value_parser};
use koinos_crypto::Address;
use koinos_http::{FrontOptions, listen_address};

use crate::app::Settings;

/// Options besides the common ones, as flags and as keys of `rest` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Multiaddr to listen on, such as /ip4/127.0.0.1/tcp/3000, /ip6/::1/tcp/3000 or /tcp/3000
    #[arg(long, short = 'L', value_name = "MULTIADDR", default_value = "/ip4/127.0.0.1/tcp/3000",
          value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Seconds a request may wait for others before it is refused
    #[arg(long, short, value_name = "SECONDS", default_value = "3",
          value_parser = value_parser!(u64).range(1..=3600))]
    pub gateway_timeout: u64,

    /// Seconds a service may take to answer
    #[arg(long, short, value_name = "SECONDS", default_value = "5",
          value_parser = value_parser!(u64).range(1..=3600))]
    pub mq_timeout: u64,

    /// Seconds a request may take in all
    #[arg(long, value_name = "SECONDS", default_value = "30",
          value_parser = value_parser!(u64).range(1..=3600))]
    pub request_timeout: u64,

    /// Contract that knows the owners of *.koin names, or "none"
    #[arg(long, value_name = "ADDRESS", default_value = "13tmzDmfqCsbYT26C4CmKxq86d33senqH3",
          value_parser = name_contract)]
    pub kap_address: NameContract,

    /// Contract that knows the addresses of @nicknames, or "none"
    #[arg(long, value_name = "ADDRESS", default_value = "1KD9Es7LBBjA1FY3ViCgQJ7e6WH1ipKbhz",
          value_parser = name_contract)]
    pub nicknames_address: NameContract,

    /// Seconds for which names and ABIs are remembered
    #[arg(long, value_name = "SECONDS", default_value = "60",
          value_parser = value_parser!(u64).range(0..=86_400))]
    pub cache_seconds: u64,

    /// Bytes of ABIs that are remembered
    #[arg(long, value_name = "BYTES", default_value = "67108864",
          value_parser = value_parser!(u64).range(0..=8_589_934_592))]
    pub abi_cache: u64,

    /// Answer every request with status 503 and that there is maintenance
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub maintenance_mode: bool,

    #[command(flatten)]
    pub(crate) front: FrontOptions,
}

/// A contract that names accounts, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameContract(pub Option<Address>);

fn name_contract(text: &str) -> Result<NameContract, String> {
    match text {
        "none" => Ok(NameContract(None)),
        text => Address::from_base58(text)
            .map(|address| NameContract(Some(address)))
            .map_err(|_| "expected the address of a contract in base58, or none".to_owned()),
    }
}

impl Options {
    pub(crate) fn settings(&self, jobs: usize) -> Settings {
        Settings {
            jobs,
            gateway_timeout: Duration::from_secs(self.gateway_timeout),
            mq_timeout: Duration::from_secs(self.mq_timeout),
            request_timeout: Duration::from_secs(self.request_timeout),
            kap: self.kap_address.0,
            nicknames: self.nicknames_address.0,
            remembered: Duration::from_secs(self.cache_seconds),
            abi_cache: self.abi_cache,
            maintenance: self.maintenance_mode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_of_names_are_addresses_or_none() {
        assert_eq!(name_contract("none"), Ok(NameContract(None)));
        let address = "13tmzDmfqCsbYT26C4CmKxq86d33senqH3";
        assert_eq!(name_contract(address).unwrap().0.unwrap().to_string(), address);
        for wrong in ["", "koin", "13tmzDmfqCsbYT26C4CmKxq86d33senqH4"] {
            assert!(name_contract(wrong).unwrap_err().contains("base58"), "{wrong}");
        }
    }
}
