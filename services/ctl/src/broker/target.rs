//! A broker elsewhere: the fragment that names it, its password, and the network that the units
//! may reach.

use std::net::{IpAddr, ToSocketAddrs};

use anyhow::anyhow;
use hyper::Uri;
use koinos_mq::{Config, Tls};
use koinos_service::Fatal;
use serde_json::json;

use super::{Set, fragment};
use crate::credential::{Name, plain};
use crate::files::{self, Access, yaml};
use crate::layout::Layout;
use crate::output::Report;
use crate::systemd::Manager;

/// The drop-in of the units that widens their network.
const DROP_IN: &str = "50-broker.conf";
/// While it is there, the broker of this machine is provisioned at every boot.
const MANAGED: &str = "amqp.managed";

/// Has the node use the broker.
pub(super) fn set(layout: &Layout, options: &Set) -> Result<Report, Fatal> {
    let urls = split(&options.url);
    let mut hosts = Vec::new();
    let mut named = Vec::new();
    let mut password: Option<String> = None;
    for url in &urls {
        let (bare, secret) = without_password(url);
        if let (Some(one), Some(other)) = (&password, &secret)
            && one != other
        {
            let text = "the nodes of a cluster have one password, but the URLs hold several";
            return Err(Fatal::usage(anyhow!(text)));
        }
        password = password.or(secret);
        hosts.push(host(&bare)?);
        named.push(bare);
    }
    let mut config = Config::new(named.join(","), "", "");
    config.tls = Tls {
        ca_file: options.ca.clone(),
        certificate_file: options.cert.clone(),
        key_file: options.key.clone(),
    };
    config.validate().map_err(Fatal::usage)?;
    let addresses = allowed(&hosts, &options.allow)?;

    let credential = plain(layout, Name::AmqpPassword);
    if let Some(password) = &password {
        let content = format!("{}\n", decoded(password));
        files::write(&credential, content.as_bytes(), Access::Owner)?;
    }
    let text = fragment_text(layout, &named, options);
    let change = files::write(&fragment(layout), text.as_bytes(), Access::Services)?;
    let mut report = Report::new(json!({
        "amqp": named,
        "fragment": fragment(layout).display().to_string(),
        "change": change.text(),
        "password_file": password.as_ref().map(|_| credential.display().to_string()),
        "allowed": addresses,
    }))
    .pair("amqp", named.join(", "))
    .pair("fragment", format!("{} ({})", fragment(layout).display(), change.text()))
    .maybe("password", password.as_ref().map(|_| credential.display().to_string()));
    let drop_ins = network(layout, &addresses)?;
    if !drop_ins.is_empty() {
        report = report.pair("the units may reach", addresses.join(" "));
    }
    if !addresses.is_empty() && files::remove(&layout.etc().join(MANAGED))? {
        report = report.text("The broker of this machine is not provisioned any more.");
    }
    if let Some(manager) = Manager::of(layout) {
        manager.reload()?;
    }
    Ok(report
        .maybe("to use it", layout.target().map(|target| format!("systemctl restart {target}"))))
}

/// The URLs of a list with commas.
fn split(urls: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in urls.split(',') {
        match found.last_mut() {
            // A comma within a URL.
            Some(last) if !part.trim_start().starts_with("amqp") => {
                last.push(',');
                last.push_str(part);
            }
            _ => found.push(part.trim().to_owned()),
        }
    }
    found
}

/// The URL without its password, and that.
fn without_password(url: &str) -> (String, Option<String>) {
    let split = || {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        Some((format!("{scheme}://{name}@{host}/{path}"), password.to_owned()))
    };
    match split() {
        Some((bare, password)) => (bare, Some(password)),
        None => (url.to_owned(), None),
    }
}

/// A password as it is, without `%` and digits for its characters.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn host(url: &str) -> Result<String, Fatal> {
    let uri = url.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).filter(|host| !host.is_empty());
    host.map(|host| host.trim_matches(['[', ']']).to_owned()).ok_or_else(|| {
        let (shown, _) = without_password(url);
        Fatal::usage(anyhow!("{shown:?} names no host; write amqp://USER@HOST:PORT/VHOST"))
    })
}

/// The addresses that the units have to reach; none when the brokers are on this machine.
fn allowed(hosts: &[String], named: &[String]) -> Result<Vec<String>, Fatal> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let mut found: Vec<String> = Vec::new();
    for host in hosts {
        let addresses: Vec<IpAddr> = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => (host.as_str(), 0)
                .to_socket_addrs()
                .map_err(|error| {
                    Fatal::config(anyhow!(
                        "cannot find the addresses of {host}: {error}; correct the name, or give \
                         the addresses with --allow"
                    ))
                })?
                .map(|address| address.ip())
                .collect(),
        };
        for address in addresses.into_iter().filter(|address| !address.is_loopback()) {
            let text = address.to_string();
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
    Ok(found)
}

fn fragment_text(layout: &Layout, urls: &[String], options: &Set) -> String {
    let mut text = "# Written by koinosctl broker set.\nglobal:\n".to_owned();
    match urls {
        [one] => text.push_str(&format!("  amqp: {}\n", yaml(one))),
        several => {
            text.push_str("  amqp:\n");
            several.iter().for_each(|url| text.push_str(&format!("    - {}\n", yaml(url))));
        }
    }
    let credential = plain(layout, Name::AmqpPassword);
    let password_file = (layout.packaged().is_none() && credential.exists()).then_some(credential);
    for (key, path) in [
        ("amqp-password-file", &password_file),
        ("amqp-ca-file", &options.ca),
        ("amqp-cert-file", &options.cert),
        ("amqp-key-file", &options.key),
    ] {
        if let Some(path) = path {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            text.push_str(&format!("  {key}: {}\n", yaml(&path.display().to_string())));
        }
    }
    text
}

/// Lets the units reach the addresses; the drop-ins there are then.
fn network(layout: &Layout, addresses: &[String]) -> Result<Vec<std::path::PathBuf>, Fatal> {
    let mut written = Vec::new();
    for directory in layout.drop_ins(&[]) {
        let path = directory.join(DROP_IN);
        if addresses.is_empty() {
            files::remove(&path)?;
            continue;
        }
        let lines: String =
            addresses.iter().map(|address| format!("IPAddressAllow={address}\n")).collect();
        let text =
            format!("# Written by koinosctl broker set: where the broker is.\n[Service]\n{lines}");
        files::write(&path, text.as_bytes(), Access::All)?;
        written.push(path);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_out_of_urls() {
        let (url, password) = without_password("amqps://me:p%40ss:x@h:5671/v?a=b");
        assert_eq!(url, "amqps://me@h:5671/v?a=b");
        assert_eq!(decoded(&password.unwrap()), "p@ss:x");
        assert_eq!(without_password("amqp://me@h/"), ("amqp://me@h/".to_owned(), None));
        assert_eq!(decoded("100%"), "100%");
    }

    #[test]
    fn hosts_are_found_and_this_machine_needs_no_permission() {
        assert_eq!(split("amqp://a/,amqps://b:1/v"), ["amqp://a/", "amqps://b:1/v"]);
        assert_eq!(host("amqp://me@[::1]:5672/").unwrap(), "::1");
        assert!(host("amqp:///x").is_err());
        let hosts = ["127.0.0.1", "192.0.2.7", "::1", "192.0.2.7"].map(str::to_owned);
        assert_eq!(allowed(&hosts, &[]).unwrap(), ["192.0.2.7"]);
        assert_eq!(allowed(&hosts, &["10.0.0.0/8".to_owned()]).unwrap(), ["10.0.0.0/8"]);
    }
}
