//! TLS: a certificate and its key from PEM files, loaded again while the gateway runs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};

/// The certificate that the gateway shows, and its key.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
}

/// Why the files make no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot read it: {why}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's words.
        why: io::Error,
    },
    /// The first file holds no certificate.
    #[error("{}: no certificate in it: expected PEM with -----BEGIN CERTIFICATE-----, the server's own first", .0.display())]
    NoCertificate(PathBuf),
    /// The second file holds no key.
    #[error("{}: no private key in it: expected PEM with -----BEGIN PRIVATE KEY----- (PKCS #8, PKCS #1 or SEC 1)", .0.display())]
    NoKey(PathBuf),
    /// The key is behind a password.
    #[error("{}: the key is encrypted; write it without a password: openssl pkey -in FILE -out PLAIN.pem", .0.display())]
    EncryptedKey(PathBuf),
    /// Both are there and cannot be used.
    #[error("{} and {}: {why}", .certificate.display(), .key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Tls {
    /// Loads both files.
    ///
    /// # Errors
    /// They cannot be read, hold no certificate or no key, or do not belong together.
    pub fn load(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let current = RwLock::new(read(&certificate, &key)?);
        Ok(Self { certificate, key, current })
    }

    /// Loads both files again, for connections from now on.
    ///
    /// # Errors
    /// As [`Tls::load`]; then all stays as it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        let new = read(&self.certificate, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// What takes the next connection's handshake.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let pem = |file: &Path| std::fs::read(file).map_err(|why| TlsError::Unreadable { file: file.to_owned(), why });
    let unusable = |error: rustls::Error| TlsError::Unusable {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        why: match error {
            rustls::Error::InconsistentKeys(_) => "the key is not the certificate's".to_owned(),
            other => other.to_string(),
        },
    };
    let chain = CertificateDer::pem_slice_iter(&pem(certificate)?).collect::<Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| TlsError::NoCertificate(certificate.to_owned()))?;
    let text = pem(key)?;
    let secret = PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let is_encrypted = String::from_utf8_lossy(&text).contains("ENCRYPTED");
        if is_encrypted { TlsError::EncryptedKey(key.to_owned()) } else { TlsError::NoKey(key.to_owned()) }
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(unusable)?.with_no_client_auth();
    let mut config = builder.with_single_cert(chain, secret).map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate and key, written to files of these names.
    fn pair(directory: &Path, name: &str) -> (PathBuf, PathBuf) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (certificate, key) = (directory.join(format!("{name}.pem")), directory.join(format!("{name}.key")));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        (certificate, key)
    }

    #[test]
    fn every_bad_file_is_told_by_its_name_and_its_fault() {
        let directory = tempfile::tempdir().unwrap();
        let (certificate, key) = pair(directory.path(), "a");
        let (_, other_key) = pair(directory.path(), "b");
        let encrypted = directory.path().join("encrypted.key");
        std::fs::write(
            &encrypted,
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        )
        .unwrap();
        let missing = directory.path().join("missing");
        Tls::load(&certificate, &key).unwrap();
        for (certificate, key, expected) in [
            (&missing, &key, "missing: cannot read it"),
            (&certificate, &missing, "missing: cannot read it"),
            (&key, &key, "a.key: no certificate in it"),
            (&certificate, &certificate, "a.pem: no private key in it"),
            (&certificate, &encrypted, "encrypted.key: the key is encrypted"),
            (&certificate, &other_key, "the key is not the certificate's"),
        ] {
            let error = Tls::load(certificate, key).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn bad_files_at_a_reload_leave_what_was() {
        let directory = tempfile::tempdir().unwrap();
        let (certificate, key) = pair(directory.path(), "a");
        let tls = Tls::load(&certificate, &key).unwrap();
        let before = Arc::clone(tls.acceptor().config());
        std::fs::write(&key, "nothing").unwrap();
        assert!(tls.reload().is_err());
        assert!(Arc::ptr_eq(&before, tls.acceptor().config()));
        pair(directory.path(), "a");
        tls.reload().unwrap();
        assert!(!Arc::ptr_eq(&before, tls.acceptor().config()));
    }
}
