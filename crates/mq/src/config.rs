//! Where the broker is and how patient the bus is.

use std::time::Duration;

use lapin::uri::{AMQPScheme, AMQPUri, SASLMechanism};

use crate::{Error, Tls};

/// Settings of a [`crate::Bus`].
#[derive(Clone)]
pub struct Config {
    /// `amqp://user:password@host:port/vhost`; an empty vhost means `/`. `amqps://` is the same with
    /// TLS. Several with commas are the nodes of one cluster: when one fails the next is used.
    pub url: String,
    /// A password that replaces the ones in the URLs.
    pub password: Option<String>,
    /// For `amqps://`.
    pub tls: Tls,
    /// The service's name, shown in the broker's connection list.
    pub service: String,
    /// The instance's id, shown beside the name.
    pub instance_id: String,
    /// Heartbeat interval offered to the broker; a dead peer is noticed within two of them.
    pub heartbeat: Duration,
    /// First delay before reconnecting; it doubles, with jitter, up to `reconnect_max`.
    pub reconnect_min: Duration,
    /// The longest delay between attempts to reconnect.
    pub reconnect_max: Duration,
    /// Broadcasts kept while the broker is away; the oldest are dropped beyond that.
    pub outbox_messages: usize,
    /// Bytes of broadcasts kept, whether the broker is away or slow; when it is slow, beside the one
    /// that is being sent.
    pub outbox_bytes: usize,
}

impl Config {
    /// The defaults: heartbeat 15 s, reconnect 0.25 s to 10 s, outbox of 1,000 messages or 64 MiB.
    pub fn new(
        url: impl Into<String>,
        service: impl Into<String>,
        instance_id: impl Into<String>,
    ) -> Self {
        Self {
            url: url.into(),
            password: None,
            tls: Tls::default(),
            service: service.into(),
            instance_id: instance_id.into(),
            heartbeat: Duration::from_secs(15),
            reconnect_min: Duration::from_millis(250),
            reconnect_max: Duration::from_secs(10),
            outbox_messages: 1_000,
            outbox_bytes: 64 << 20,
        }
    }

    /// Parses the URLs the way Koinos services do; there is at least one.
    pub(crate) fn uris(&self) -> Result<Vec<AMQPUri>, Error> {
        split(&self.url).into_iter().map(|url| self.uri(url)).collect()
    }

    fn uri(&self, url: &str) -> Result<AMQPUri, Error> {
        let mut uri: AMQPUri = url.parse().map_err(Error::Url)?;
        if uri.vhost.is_empty() {
            uri.vhost = "/".to_owned();
        }
        if let Some(password) = &self.password {
            uri.authority.userinfo.password.clone_from(password);
        }
        // The URL parser gives no host for an IPv6 literal.
        if let Some(literal) = ipv6_literal(url) {
            uri.authority.host = literal.to_owned();
        }
        let external = uri.query.auth_mechanism == Some(SASLMechanism::External);
        if external && self.tls.certificate_file.is_none() {
            let text = "auth_mechanism=external needs a client certificate: set amqp-cert-file and \
                        amqp-key-file";
            return Err(Error::Url(text.to_owned()));
        }
        let seconds = u16::try_from(self.heartbeat.as_secs()).unwrap_or(u16::MAX).max(1);
        uri.query.heartbeat.get_or_insert(seconds);
        Ok(uri)
    }

    /// Checks the URLs, and that the files for TLS can be used if one of them needs TLS.
    pub(crate) fn check(&self) -> Result<Vec<AMQPUri>, Error> {
        let uris = self.uris()?;
        if uris.iter().any(|uri| uri.scheme == AMQPScheme::AMQPS) {
            self.tls.connector()?;
        }
        Ok(uris)
    }

    /// Whether the URLs can be used. No file is read for that.
    ///
    /// # Errors
    /// Why they cannot.
    pub fn check_urls(&self) -> Result<(), Error> {
        self.uris().map(drop)
    }

    /// Whether the URLs, and the files for TLS if one of them needs TLS, can be used.
    ///
    /// # Errors
    /// Why they cannot.
    pub fn validate(&self) -> Result<(), Error> {
        self.check().map(drop)
    }

    /// The addresses without the passwords, for logs and status pages.
    pub fn redacted_url(&self) -> String {
        match self.uris() {
            Ok(uris) => uris.iter().map(redacted).collect::<Vec<_>>().join(", "),
            Err(_) => "(unusable AMQP URL)".to_owned(),
        }
    }
}

/// The address of a broker without the password.
pub(crate) fn redacted(uri: &AMQPUri) -> String {
    let host = &uri.authority.host;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    format!(
        "{}://{}@{host}:{}/{}",
        uri.scheme,
        uri.authority.userinfo.username,
        uri.authority.port,
        uri.vhost.strip_prefix('/').unwrap_or(&uri.vhost),
    )
}

/// The URLs of a list with commas. A comma that is not before another URL belongs to the one it
/// stands in.
fn split(urls: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = urls;
    let is_url = |text: &str| ["amqp://", "amqps://"].iter().any(|scheme| text.starts_with(scheme));
    while let Some(comma) =
        rest.match_indices(',').map(|(at, _)| at).find(|at| is_url(rest[at + 1..].trim_start()))
    {
        found.push(rest[..comma].trim());
        rest = &rest[comma + 1..];
    }
    found.push(rest.trim());
    found
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = self.redacted_url();
        f.debug_struct("Config").field("url", &url).field("service", &self.service).finish()
    }
}

fn ipv6_literal(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some(host.strip_prefix('[')?.split_once(']')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Config {
        Config::new(url, "chain", "x")
    }

    fn uri(url: &str) -> Result<AMQPUri, Error> {
        config(url).uris().map(|mut uris| uris.remove(0))
    }

    #[test]
    fn empty_vhost_is_the_root() {
        for url in ["amqp://guest:guest@localhost:5672/", "amqp://localhost", "amqp://h/%2f"] {
            assert_eq!(uri(url).unwrap().vhost, "/", "{url}");
        }
        assert_eq!(uri("amqp://h/other").unwrap().vhost, "other");
    }

    #[test]
    fn heartbeat_is_on_unless_the_url_sets_it() {
        assert_eq!(uri("amqp://h/").unwrap().query.heartbeat, Some(15));
        assert_eq!(uri("amqp://h/?heartbeat=3").unwrap().query.heartbeat, Some(3));
    }

    #[test]
    fn hosts_of_every_kind() {
        let host = |url| uri(url).unwrap().authority.host;
        assert_eq!(host("amqp://a:b@127.0.0.1:1/"), "127.0.0.1");
        assert_eq!(host("amqp://a:b@[::1]:5672/"), "::1");
        assert_eq!(host("amqp://[fe80::2]/x"), "fe80::2");
        assert_eq!(host("amqp://broker.example/x"), "broker.example");
    }

    #[test]
    fn unusable_urls_say_why() {
        assert!(uri("amqp://h/,x").is_ok(), "a comma may stand in a virtual host");
        assert!(uri("amqp://h:x/, amqp://h/").is_err());
        assert!(uri("nonsense").is_err());
        assert!(uri("http://h/").is_err());
    }

    #[test]
    fn several_urls_stand_in_one_value() {
        let hosts = |urls: &str| -> Vec<String> {
            let uris = config(urls).uris().unwrap();
            uris.iter()
                .map(|uri| format!("{}:{}", uri.authority.host, uri.authority.port))
                .collect()
        };
        assert_eq!(hosts("amqp://a/v, amqps://b/v,amqp://c:7/v"), ["a:5672", "b:5671", "c:7"]);
        // A password may have a comma in it.
        assert_eq!(hosts("amqp://me:a,b@h/,amqp://me:a,b@i/"), ["h:5672", "i:5672"]);
        let shown = config("amqp://me:x@a/v,amqps://me:x@[::1]/v").redacted_url();
        assert_eq!(shown, "amqp://me@a:5672/v, amqps://me@[::1]:5671/v");
        let mut one = config("amqp://me@a/,amqp://me:b@b/");
        one.password = Some("secret".to_owned());
        assert!(one.uris().unwrap().iter().all(|u| u.authority.userinfo.password == "secret"));
    }

    #[test]
    fn files_for_tls_are_checked_where_they_are_needed() {
        let mut encrypted = config("amqps://h/");
        encrypted.tls.ca_file = Some("/nonexistent/ca.pem".into());
        assert!(encrypted.check().unwrap_err().to_string().contains("/nonexistent/ca.pem"));
        let plain = Config { url: "amqp://h/".to_owned(), ..encrypted.clone() };
        assert!(plain.check().is_ok());
        let external = config("amqps://h/?auth_mechanism=external").check().unwrap_err();
        assert!(external.to_string().contains("amqp-cert-file"), "{external}");
        encrypted.tls = Tls { certificate_file: Some("/x".into()), ..Tls::default() };
        assert!(encrypted.check().unwrap_err().to_string().contains("amqp-key-file"));
    }

    #[test]
    fn the_password_stays_out_of_logs() {
        let shown = config("amqp://me:secret@h:1/v").redacted_url();
        assert_eq!(shown, "amqp://me@h:1/v");
        assert!(!config("amqp://me:secret@h:1/v").redacted_url().contains("secret"));
        assert!(!config("bad me:secret").redacted_url().contains("secret"));
    }
}
