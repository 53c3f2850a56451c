//! TLS as libpq means it: `sslmode` and `sslrootcert` of a connection string.
//!
//! `disable` speaks plainly; `prefer` (the default) and `require` encrypt without looking at the
//! certificate; `verify-ca` and `verify-full` verify it and the host's name, against `sslrootcert`
//! or the system's authorities. See the PostgreSQL manual, "SSL Support".

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::Error;

/// A connection string, read.
pub(super) struct Prepared {
    /// What tokio-postgres understands of it.
    pub(super) config: Config,
    /// How to encrypt.
    pub(super) connector: MakeRustlsConnect,
}

/// Why a connection string cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Its form is wrong, or it names an option that does not exist.
    #[error("it cannot be read")]
    Form(#[from] tokio_postgres::Error),
    /// Its `sslmode` is none.
    #[error("sslmode `{0}` is unknown: use disable, prefer, require, verify-ca or verify-full")]
    Mode(String),
}

/// A connection string's parts.
struct Address {
    config: Config,
    verify: bool,
    root_file: Option<String>,
}

/// Says what is wrong with a connection string, without opening anything.
///
/// # Errors
/// What is wrong.
pub fn check_address(address: &str) -> Result<(), AddressError> {
    read(address).map(drop)
}

fn read(address: &str) -> Result<Address, AddressError> {
    let (bare, mode, root_file) = split(address);
    let mut config: Config = bare.parse()?;
    let (ssl_mode, verify) = match mode.as_deref().unwrap_or("prefer") {
        "disable" => (SslMode::Disable, false),
        "allow" | "prefer" => (SslMode::Prefer, false),
        "require" => (SslMode::Require, root_file.is_some()),
        "verify-ca" | "verify-full" => (SslMode::Require, true),
        other => return Err(AddressError::Mode(other.to_owned())),
    };
    config.ssl_mode(ssl_mode);
    Ok(Address { config, verify, root_file })
}

/// Reads a connection string, and the certificates it asks for.
pub(super) fn prepare(address: &str) -> Result<Prepared, Error> {
    let Address { config, verify, root_file } = read(address).map_err(Error::unavailable)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(Error::unavailable)?;
    let client = if verify {
        builder.with_root_certificates(authorities(root_file.as_deref())?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider)))
    };
    Ok(Prepared { config, connector: MakeRustlsConnect::new(client.with_no_client_auth()) })
}

/// Takes `sslmode` and `sslrootcert` out of the address: tokio-postgres knows only some of them.
fn split(address: &str) -> (String, Option<String>, Option<String>) {
    let (mut mode, mut root_file) = (None, None);
    let Some((base, query)) = address.split_once('?') else {
        return (address.to_owned(), mode, root_file);
    };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value.to_owned()),
            Some(("sslrootcert", value)) => root_file = Some(value.replace("%2F", "/")),
            _ => kept.push(pair),
        }
    }
    let bare = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    (bare, mode, root_file)
}

fn authorities(file: Option<&str>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    let certificates = match file {
        Some(file) if file != "system" => CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|e| Error::unavailable(format!("cannot read sslrootcert {file}: {e}")))?,
        _ => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(Error::unavailable(
            "there is no certificate to verify the postgres server with: name one with sslrootcert=FILE",
        ));
    }
    Ok(roots)
}

/// Encrypts without asking who is there, as libpq does below `verify-ca`.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tls_words_leave_the_address() {
        let (bare, mode, root) = split(
            "postgres://u:p@h/d?application_name=x&sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
        );
        assert_eq!(bare, "postgres://u:p@h/d?application_name=x");
        assert_eq!(mode.as_deref(), Some("verify-full"));
        assert_eq!(root.as_deref(), Some("/etc/ca.pem"));
    }

    #[test]
    fn an_unknown_mode_is_named() {
        let error = prepare("postgres://h/d?sslmode=maybe").err().expect("refused");
        let Error::Unavailable(cause) = error else { panic!("another error") };
        assert!(cause.to_string().contains("maybe"));
    }
}
