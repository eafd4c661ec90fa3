//! The node that commands are about: where it is, and how its services are called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, Command, FromArgMatches};
use hyper::Uri;
use koinos_codec::json::Mapping;
use koinos_mq::Bus;
use koinos_rpc::{CallOptions, RpcError, Transport};
use koinos_service::config;
use koinos_service::{CommonOptions, Fatal, broker_config};
use serde_json::{Map, Value, json};

use crate::cli::Global;
use crate::credential;
use crate::http;
use crate::layout::Layout;
use crate::refusal::{self, Refusal};

/// Where a node lives on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its files.
    pub(crate) layout: Layout,
    /// What its configuration says to every service.
    common: CommonOptions,
    /// Whether the broker is the node's own, and not one that was named.
    own_broker: bool,
}

impl Place {
    /// Follows the command line, the environment and `config.yml`, in the way of every service.
    pub(crate) fn find(global: &Global) -> Result<Self, Fatal> {
        Self::of(Layout::find(global)?, global)
    }

    /// A node whose files are known.
    pub(crate) fn of(layout: Layout, global: &Global) -> Result<Self, Fatal> {
        let mut arguments = vec![OsString::from("koinosctl")];
        if let Some(url) = &global.amqp {
            arguments.push(format!("--amqp={url}").into());
        }
        let files = layout.config_files()?;
        let command = CommonOptions::augment_args(Command::new("koinosctl"));
        let environment = |name: &str| std::env::var(name).ok();
        let layered = config::layer(&command, "ctl", &arguments, environment, &files)
            .map_err(Fatal::config)?;
        let common = CommonOptions::from_arg_matches(&layered.matches).map_err(Fatal::config)?;
        Ok(Self { layout, common, own_broker: global.amqp.is_none() })
    }

    /// A base directory on this machine and its broker, both known.
    pub(crate) fn at(basedir: &Path, amqp: &str) -> Result<Self, Fatal> {
        let command = CommonOptions::augment_args(Command::new("koinosctl"));
        let matches = command.try_get_matches_from(["koinosctl", "--amqp", amqp])?;
        let common = CommonOptions::from_arg_matches(&matches)?;
        let layout = Layout::at("/".into(), basedir.to_owned());
        Ok(Self { layout, common, own_broker: false })
    }

    /// Its base directory, absolute.
    pub(crate) fn basedir(&self) -> &Path {
        &self.layout.basedir
    }

    /// Its broker, as configured.
    pub(crate) fn amqp(&self) -> &str {
        &self.common.amqp
    }

    /// Its configuration file, if it has one.
    pub(crate) fn config(&self) -> Option<PathBuf> {
        let own = ["config.yml", "config.yaml"].map(|name| self.layout.basedir.join(name));
        self.layout.config_file().or_else(|| own.into_iter().find(|path| path.exists()))
    }

    /// The admin socket of a service.
    pub(crate) fn admin_socket(&self, service: &str) -> PathBuf {
        self.layout.admin_socket(service)
    }

    /// The password of its own broker that its services get from systemd, which reads the same file;
    /// as far as this user may know it.
    pub(crate) fn credential(&self) -> Option<String> {
        self.own_broker.then(|| credential::password(&self.layout)).flatten()
    }

    /// Connects to the broker.
    pub(crate) async fn bus(&self, limit: Duration) -> Result<Bus, Fatal> {
        let instance = std::process::id().to_string();
        let mut config = broker_config(&self.common, "koinosctl", &instance)?;
        if config.password.is_none() {
            config.password = self.credential();
        }
        let url = config.redacted_url();
        let hint = match self.own_broker && config.password.is_none() && !is_root() {
            true if self.layout.packaged().is_some() => {
                " (its password is for root alone: run this as root, or use --url)"
            }
            _ => "",
        };
        let bus = Bus::start(config).map_err(Fatal::config)?;
        match tokio::time::timeout(limit, bus.connected()).await {
            Ok(()) => Ok(bus),
            Err(_) => Err(Fatal::unavailable(anyhow!(
                "no message broker answers at {url}{hint}; start it, or say where the node is with \
                 --basedir, --amqp or --url"
            ))),
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A node whose services can be called.
pub(crate) struct Node {
    carrier: Carrier,
    limit: Duration,
}

enum Carrier {
    Amqp(Bus),
    Http(Uri),
}

impl Node {
    /// Connects as the command line says: over JSON-RPC with `--url`, else over AMQP.
    pub(crate) async fn connect(global: &Global) -> Result<Self, Fatal> {
        let limit = global.timeout();
        let carrier = match &global.url {
            Some(url) => Carrier::Http(http_url(url)?),
            None => Carrier::Amqp(Place::find(global)?.bus(limit).await?),
        };
        Ok(Self { carrier, limit })
    }

    /// The node at the other end of a connected bus.
    pub(crate) fn over(bus: Bus, limit: Duration) -> Self {
        Self { carrier: Carrier::Amqp(bus), limit }
    }

    /// Calls a method and gives its result, both in Koinos JSON.
    pub(crate) async fn call(
        &self,
        service: &str,
        method: &str,
        params: Value,
    ) -> Result<Value, Fatal> {
        match &self.carrier {
            Carrier::Amqp(bus) => self.call_amqp(bus, service, method, &params).await,
            Carrier::Http(url) => self.call_http(url, service, method, &params).await,
        }
    }

    /// As [`Node::call`], with nothing for an answer when the service is not there. Its own errors
    /// stay errors.
    pub(crate) async fn try_call(
        &self,
        service: &str,
        method: &str,
        params: Value,
    ) -> Result<Option<Value>, Fatal> {
        match self.call(service, method, params).await {
            Ok(value) => Ok(Some(value)),
            Err(fatal) if fatal.code() == koinos_service::exit::UNAVAILABLE => Ok(None),
            Err(fatal) => Err(fatal),
        }
    }

    async fn call_amqp(
        &self,
        bus: &Bus,
        service: &str,
        method: &str,
        params: &Value,
    ) -> Result<Value, Fatal> {
        let mapping = Mapping::koinos();
        check_method(mapping, service, method)?;
        let request = json!({ method: params });
        let request = mapping
            .encode(&format!("koinos.rpc.{service}.{service}_request"), &request)
            .map_err(|error| {
                Fatal::usage(anyhow!(error).context(format!("arguments of {service}.{method}")))
            })?;
        let options = CallOptions::once(self.limit);
        let reply = bus
            .call_raw(service, request.into(), options)
            .await
            .map_err(|error| failed_call(service, method, error))?;
        let reply = mapping.decode(&format!("koinos.rpc.{service}.{service}_response"), &reply)?;
        let Value::Object(mut reply) = reply else {
            return Err(unexpected(service, method));
        };
        if reply.contains_key("error") {
            return Err(Refusal::of_status(service, method, &reply["error"]).into());
        }
        reply.remove(method).ok_or_else(|| unexpected(service, method))
    }

    async fn call_http(
        &self,
        url: &Uri,
        service: &str,
        method: &str,
        params: &Value,
    ) -> Result<Value, Fatal> {
        let request = json!({
            "jsonrpc": "2.0", "id": 1, "method": format!("{service}.{method}"), "params": params,
        });
        let reply =
            http::post(url, request.to_string().into(), self.limit).await.map_err(|error| {
                Fatal::unavailable(error.context(format!("nothing answers at {url}")))
            })?;
        if matches!(reply.status, 502..=504) {
            return Err(Fatal::unavailable(anyhow!("{url} answers with status {}", reply.status)));
        }
        let json: Value = serde_json::from_slice(&reply.body).map_err(|_| {
            Fatal::config(anyhow!(
                "{url} does not speak JSON-RPC (status {}); correct --url",
                reply.status
            ))
        })?;
        match (json.get("result"), json.get("error")) {
            (Some(result), _) => Ok(result.clone()),
            (None, Some(error)) => Err(refusal::of_json_rpc(service, method, error)),
            (None, None) => Err(unexpected(service, method)),
        }
    }
}

fn http_url(text: &str) -> Result<Uri, Fatal> {
    let url = text.parse::<Uri>().ok().filter(|url| url.scheme_str() == Some("http"));
    url.ok_or_else(|| {
        Fatal::usage(anyhow!(
            "{text:?} is not an http:// URL; write http://HOST:PORT/ (for https, run a proxy on \
             this machine)"
        ))
    })
}

/// Names the services and methods there are when one is asked for that is not.
fn check_method(mapping: &Mapping, service: &str, method: &str) -> Result<(), Fatal> {
    let request = mapping.message(&format!("koinos.rpc.{service}.{service}_request"));
    let Ok(request) = request else {
        let known: Vec<String> = services();
        return Err(Fatal::usage(anyhow!(
            "there is no service {service:?}; there are: {}",
            known.join(", ")
        )));
    };
    if request.get_field_by_name(method).is_none() || method == "reserved" {
        let fields: Vec<String> = request
            .fields()
            .map(|field| field.name().to_owned())
            .filter(|name| name != "reserved")
            .collect();
        return Err(Fatal::usage(anyhow!(
            "{service} has no method {method:?}; it has: {}",
            fields.join(", ")
        )));
    }
    Ok(())
}

/// The services that have requests.
fn services() -> Vec<String> {
    koinos_proto::descriptor_pool()
        .all_messages()
        .filter_map(|message| {
            let service = message.package_name().strip_prefix("koinos.rpc.")?.to_owned();
            (message.name() == format!("{service}_request")).then_some(service)
        })
        .collect()
}

fn failed_call(service: &str, method: &str, error: RpcError) -> Fatal {
    match &error {
        RpcError::Service(error) => Refusal::of_service(service, method, error).into(),
        RpcError::NoSuchService(_) => Fatal::unavailable(anyhow!(
            "{service} has never run on this broker; start koinos-{}",
            service.replace('_', "-")
        )),
        RpcError::TooLarge { .. } => Fatal::failure(error),
        _ => Fatal::unavailable(anyhow!(error).context(format!("{service}.{method}"))),
    }
}

fn unexpected(service: &str, method: &str) -> Fatal {
    Fatal::failure(anyhow!("{service} answers {method} with something else"))
}

/// A member of a JSON object as text.
pub(crate) fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_default()
}

/// A member of a JSON object as a number, which Koinos JSON writes as text when it has 64 bits and
/// leaves out when it is zero.
pub(crate) fn number(json: &Value, name: &str) -> u64 {
    match &json[name] {
        Value::String(text) => text.parse().unwrap_or_default(),
        other => other.as_u64().unwrap_or_default(),
    }
}

/// An object without members: no parameters.
pub(crate) fn nothing() -> Value {
    Value::Object(Map::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_names_are_answered_with_the_right_ones() {
        let mapping = Mapping::koinos();
        let error = check_method(mapping, "chian", "x").unwrap_err();
        assert_eq!(error.code(), 64);
        assert!(error.to_string().contains("block_store, chain"), "{error}");
        let error = check_method(mapping, "chain", "get_head").unwrap_err();
        assert!(error.to_string().contains("get_head_info"), "{error}");
        assert!(!error.to_string().contains("reserved"), "{error}");
        assert!(check_method(mapping, "mempool", "get_pending_transactions").is_ok());
    }

    #[test]
    fn numbers_of_either_form() {
        let json = json!({"a": "12", "b": 3});
        assert_eq!([number(&json, "a"), number(&json, "b"), number(&json, "c")], [12, 3, 0]);
    }
}
