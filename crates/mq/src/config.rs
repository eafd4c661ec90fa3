//! Where the broker is and how patient the bus is.

use std::time::Duration;

use lapin::uri::{AMQPScheme, AMQPUri};

use crate::Error;

/// Settings of a [`crate::Bus`].
#[derive(Clone)]
pub struct Config {
    /// `amqp://user:password@host:port/vhost`; an empty vhost means `/`.
    pub url: String,
    /// A password that replaces the one in the URL.
    pub password: Option<String>,
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
            service: service.into(),
            instance_id: instance_id.into(),
            heartbeat: Duration::from_secs(15),
            reconnect_min: Duration::from_millis(250),
            reconnect_max: Duration::from_secs(10),
            outbox_messages: 1_000,
            outbox_bytes: 64 << 20,
        }
    }

    /// Parses the URL the way Koinos services do.
    pub(crate) fn uri(&self) -> Result<AMQPUri, Error> {
        let mut uri: AMQPUri = self.url.parse().map_err(Error::Url)?;
        if uri.scheme == AMQPScheme::AMQPS {
            return Err(Error::Url("amqps is not supported, use amqp".to_owned()));
        }
        if uri.vhost.is_empty() {
            uri.vhost = "/".to_owned();
        }
        if let Some(password) = &self.password {
            uri.authority.userinfo.password.clone_from(password);
        }
        // The URL parser gives no host for an IPv6 literal.
        if let Some(literal) = ipv6_literal(&self.url) {
            uri.authority.host = literal.to_owned();
        }
        let seconds = u16::try_from(self.heartbeat.as_secs()).unwrap_or(u16::MAX).max(1);
        uri.query.heartbeat.get_or_insert(seconds);
        Ok(uri)
    }

    /// The address without the password, for logs and status pages.
    pub fn redacted_url(&self) -> String {
        match self.uri() {
            Ok(uri) => format!(
                "amqp://{}@{}:{}/{}",
                uri.authority.userinfo.username,
                uri.authority.host,
                uri.authority.port,
                uri.vhost.strip_prefix('/').unwrap_or(&uri.vhost),
            ),
            Err(_) => "(unusable AMQP URL)".to_owned(),
        }
    }
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

    #[test]
    fn empty_vhost_is_the_root() {
        for url in ["amqp://guest:guest@localhost:5672/", "amqp://localhost", "amqp://h/%2f"] {
            assert_eq!(config(url).uri().unwrap().vhost, "/", "{url}");
        }
        assert_eq!(config("amqp://h/other").uri().unwrap().vhost, "other");
    }

    #[test]
    fn heartbeat_is_on_unless_the_url_sets_it() {
        assert_eq!(config("amqp://h/").uri().unwrap().query.heartbeat, Some(15));
        assert_eq!(config("amqp://h/?heartbeat=3").uri().unwrap().query.heartbeat, Some(3));
    }

    #[test]
    fn hosts_of_every_kind() {
        let host = |url| config(url).uri().unwrap().authority.host;
        assert_eq!(host("amqp://a:b@127.0.0.1:1/"), "127.0.0.1");
        assert_eq!(host("amqp://a:b@[::1]:5672/"), "::1");
        assert_eq!(host("amqp://[fe80::2]/x"), "fe80::2");
        assert_eq!(host("amqp://broker.example/x"), "broker.example");
    }

    #[test]
    fn unusable_urls_say_why() {
        assert!(config("amqps://h/").uri().unwrap_err().to_string().contains("amqps"));
        assert!(config("nonsense").uri().is_err());
        assert!(config("http://h/").uri().is_err());
    }

    #[test]
    fn the_password_stays_out_of_logs() {
        let shown = config("amqp://me:secret@h:1/v").redacted_url();
        assert_eq!(shown, "amqp://me@h:1/v");
        assert!(!config("amqp://me:secret@h:1/v").redacted_url().contains("secret"));
        assert!(!config("bad me:secret").redacted_url().contains("secret"));
    }
}
