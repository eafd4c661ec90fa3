//! Encrypted connections, to a broker whose certificate an authority of the test has signed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{LIMIT, ask, connect_with, serve_echo, within};
use koinos_mq::{Bus, Config, Tls};
use koinos_testkit::Broker;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, KeyPair};
use tokio::sync::Notify;

/// An authority, and who it vouches for.
struct Authority {
    certificate: Certificate,
    key: KeyPair,
    directory: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, "authority of a test");
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { certificate, key, directory }
    }

    fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Files of a certificate and of its key for a name.
    fn sign(&self, name: &str) -> (PathBuf, PathBuf) {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.certificate, &self.key).unwrap();
        let file = |kind: &str| self.directory.path().join(format!("{name}.{kind}.pem"));
        std::fs::write(file("cert"), certificate.pem()).unwrap();
        std::fs::write(file("key"), key.serialize_pem()).unwrap();
        (file("cert"), file("key"))
    }
}

/// A broker that speaks TLS as `localhost`, and takes clients by their certificates too.
fn broker(authority: &Authority) -> (Broker, u16) {
    let [port] = koinos_local::free_ports().unwrap();
    let (certificate, key) = authority.sign("localhost");
    let shown = |path: &Path| path.display().to_string();
    let broker = Broker::start_with(|config| {
        config.vhosts.truncate(1);
        config.plugins = vec!["rabbitmq_auth_mechanism_ssl".to_owned()];
        config.settings = vec![
            format!("listeners.ssl.1 = 127.0.0.1:{port}"),
            format!("ssl_options.cacertfile = {}", shown(&authority.ca_file())),
            format!("ssl_options.certfile = {}", shown(&certificate)),
            format!("ssl_options.keyfile = {}", shown(&key)),
            "ssl_options.verify = verify_peer".to_owned(),
            "ssl_options.fail_if_no_peer_cert = false".to_owned(),
            "ssl_cert_login_from = common_name".to_owned(),
            "auth_mechanisms.1 = PLAIN".to_owned(),
            "auth_mechanisms.2 = EXTERNAL".to_owned(),
        ];
    });
    (broker.unwrap(), port)
}

fn config(url: &str, tls: Tls) -> Config {
    Config { tls, reconnect_min: Duration::from_millis(50), ..Config::new(url, "echo", "test") }
}

/// What is logged, as it comes.
#[derive(Clone, Default)]
struct Log {
    text: Arc<Mutex<String>>,
    more: Arc<Notify>,
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        self.more.notify_one();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    async fn contains(&self, text: &str) {
        let seen = async {
            while !self.text.lock().unwrap().contains(text) {
                self.more.notified().await;
            }
        };
        let outcome = tokio::time::timeout(LIMIT, seen).await;
        assert!(outcome.is_ok(), "no {text:?} in: {}", self.text.lock().unwrap());
    }
}

#[tokio::test]
async fn brokers_with_tls_are_used_if_their_certificate_is_trusted() {
    let authority = Authority::new();
    let (broker, port) = broker(&authority);
    let trusting = Tls { ca_file: Some(authority.ca_file()), ..Tls::default() };

    let url = format!("amqps://guest:guest@localhost:{port}/t0");
    let server = connect_with(config(&url, trusting.clone())).await;
    serve_echo(&server, "echo").await;
    assert!(server.url().starts_with("amqps://guest@localhost:"), "{}", server.url());

    // One with a certificate of its own needs no password.
    let (certificate, key) = authority.sign("guest");
    let known =
        Tls { certificate_file: Some(certificate), key_file: Some(key), ..trusting.clone() };
    let url = format!("amqps://localhost:{port}/t0?auth_mechanism=external");
    let client = connect_with(config(&url, known)).await;
    assert_eq!(ask(&client, "echo", "hello").await.unwrap(), "hello");
    // A body of many TLS records, and another way of reaching the same broker.
    let plain = connect_with(config(&broker.url("t0"), Tls::default())).await;
    let body = bytes::Bytes::from(vec![7; 8 << 20]);
    let options = koinos_rpc::CallOptions::once(LIMIT);
    let reply = koinos_rpc::Transport::call_raw(&plain, "echo", body.clone(), options).await;
    assert!(reply.unwrap() == body);

    // The connection is kept up, as others are.
    let mut sessions = server.sessions();
    let broker = Arc::new(broker);
    let stopped = broker.clone();
    tokio::task::spawn_blocking(move || stopped.kill()).await.unwrap().unwrap();
    within("loss", sessions.wait_for(|number| *number == 0)).await.unwrap();
    let resumed = broker.clone();
    tokio::task::spawn_blocking(move || resumed.resume()).await.unwrap().unwrap();
    within("return", sessions.wait_for(|number| *number > 1)).await.unwrap();

    refused(&authority, port).await;
}

/// The reason why there is no connection stands in the log.
async fn refused(authority: &Authority, port: u16) {
    let log = Log::default();
    let sink = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_writer(move || sink.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let other = Authority::new();
    let stranger = Tls { ca_file: Some(other.ca_file()), ..Tls::default() };
    let url = format!("amqps://guest:guest@localhost:{port}/t0");
    let bus = Bus::start(config(&url, stranger)).unwrap();
    // Both authorities have the same name, so it is the signature that gives the stranger away.
    log.contains("BadSignature").await;
    assert!(!bus.is_connected());
    // The name in the certificate has to be the one in the URL.
    let trusting = Tls { ca_file: Some(authority.ca_file()), ..Tls::default() };
    let url = format!("amqps://guest:guest@127.0.0.1:{port}/t0");
    let _bus = Bus::start(config(&url, trusting)).unwrap();
    log.contains("not valid for name").await;
}
