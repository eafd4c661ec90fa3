//! Encrypted connections: whom they trust, and who we say we are.

use std::path::{Path, PathBuf};

use lapin::tcp::{AsyncTcpStream, RustlsConnector, RustlsConnectorConfig};
use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::Error;

/// How to speak TLS with brokers whose URL begins with `amqps://`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates (PEM) of the authorities that may have signed the broker's, and of no others.
    /// Without it, those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate (PEM), for a broker that wants to see one. It may be followed by those
    /// between it and the authority.
    pub certificate_file: Option<PathBuf>,
    /// The private key (PEM) of our certificate.
    pub key_file: Option<PathBuf>,
}

impl Tls {
    /// Reads the files. This is done for every connection, so that renewed certificates are used.
    ///
    /// # Errors
    /// [`Error::Tls`], whose text names the file.
    pub(crate) fn connector(&self) -> Result<RustlsConnector, Error> {
        let failed = |error: std::io::Error| Error::Tls(format!("TLS cannot be used: {error}"));
        let mut config = RustlsConnectorConfig::default();
        match &self.ca_file {
            Some(path) => config.add_parsable_certificates(certificates(path)?),
            None => config = config.with_native_certs().map_err(failed)?,
        }
        match (&self.certificate_file, &self.key_file) {
            (None, None) => config.connector_with_no_client_auth().map_err(failed),
            (Some(certificate), Some(key)) => {
                let (chain, key) = (certificates(certificate)?, private_key(key)?);
                config.connector_with_single_cert(chain, key).map_err(|error| {
                    let (certificate, key) = (certificate.display(), self.key_display());
                    Error::Tls(format!("{certificate} and {key} do not fit: {error}"))
                })
            }
            _ => Err(Error::Tls(
                "a client certificate and its key are needed together: set amqp-cert-file and \
                 amqp-key-file, or neither"
                    .to_owned(),
            )),
        }
    }

    fn key_display(&self) -> String {
        self.key_file.as_ref().map_or(String::new(), |path| path.display().to_string())
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let unusable = |why: String| {
        Error::Tls(format!("cannot use the certificates in {}: {why}", path.display()))
    };
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(error.to_string()))?;
    match found.is_empty() {
        true => Err(unusable("there is none in PEM form".to_owned())),
        false => Ok(found),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_file(path)
        .map_err(|error| Error::Tls(format!("cannot use the key in {}: {error}", path.display())))
}

/// Connects to an `amqps://` broker. The name in its certificate must be the host of the URL.
pub(crate) async fn connect(
    uri: AMQPUri,
    tls: &Tls,
    properties: ConnectionProperties,
) -> Result<Connection, Error> {
    let connector = tls.connector()?;
    let failed = Error::amqp("cannot connect to the broker");
    let runtime = match lapin::runtime::default_runtime() {
        Ok(runtime) => runtime,
        Err(error) => return Err(failed(error)),
    };
    let connected = Connection::connector(
        uri,
        runtime,
        async move |uri: AMQPUri, runtime| {
            let host = uri.authority.host;
            let address = runtime.to_socket_addrs((host.clone(), uri.authority.port));
            let stream = AsyncTcpStream::connect(&runtime, address).await?;
            Ok(stream.into_rustls(&connector, &host).await?)
        },
        properties,
    );
    connected.await.map_err(failed)
}
