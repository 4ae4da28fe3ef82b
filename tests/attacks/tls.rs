//! HTTPS: both versions of HTTP, those who come without TLS or say nothing, and a certificate that
//! changes while the gateway runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use posto_tests::process::{Serving, posto, run};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::support::{CHEAPEST, ENOUGH, Kept, connect_from, ends};

/// A certificate for localhost and its key, in files.
pub(crate) struct Certificate {
    directory: TempDir,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let certificate = Self { directory: tempfile::tempdir().expect("a directory") };
        certificate.renew();
        certificate
    }

    /// Puts another certificate and key in their place.
    fn renew(&self) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        std::fs::write(self.file(), made.cert.pem()).expect("writable");
        std::fs::write(self.key(), made.signing_key.serialize_pem()).expect("writable");
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.directory.path().join("tls.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.directory.path().join("tls.key")
    }

    /// `posto up` with it.
    pub(crate) fn up(&self, data: &Path) -> Serving {
        let (file, key) = (self.file(), self.key());
        let arguments = ["--tls-cert", file.to_str().expect("UTF-8"), "--tls-key", key.to_str().expect("UTF-8")];
        Serving::up(data, &arguments)
    }

    /// Connects as a client that trusts this certificate alone.
    pub(crate) async fn connect(&self, server: SocketAddr, alpn: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.file()).expect("a certificate")).expect("a root");
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(server).await?).await
    }

    /// The answer to a GET, as text.
    async fn get(&self, server: SocketAddr, target: &str) -> std::io::Result<String> {
        let mut stream = self.connect(server, "http/1.1").await?;
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn the_page_and_the_api_are_served_over_tls_in_both_versions_of_http() {
    let (certificate, data) = (Certificate::new(), tempfile::tempdir().expect("a directory"));
    let up = certificate.up(data.path());
    runtime().block_on(async {
        let page = certificate.get(up.http(), "/").await.expect("an answer");
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("<html"), "{page}");
        let found = certificate.get(up.http(), CHEAPEST).await.expect("an answer");
        assert!(found.starts_with("HTTP/1.1 200"), "{found}");

        let stream = certificate.connect(up.http(), "h2").await.expect("TLS");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
        tokio::spawn(connection);
        let request = http::Request::get(format!("https://localhost{CHEAPEST}")).body(()).expect("a request");
        let (answer, _) = client.ready().await.expect("ready").send_request(request, true).expect("sent");
        assert_eq!(answer.await.expect("an answer").status(), 200);
    });
    let plain = Kept::open(up.http()).get("/").expect("an answer");
    assert_eq!(plain.status, 400);
    assert!(String::from_utf8_lossy(&plain.body).contains("https://"));
    up.terminate();
}

#[test]
fn silent_and_broken_handshakes_hold_nobody_up() {
    let (certificate, data) = (Certificate::new(), tempfile::tempdir().expect("a directory"));
    let up = certificate.up(data.path());
    let start: [&[u8]; 3] = [b"", &[22], &[22, 3, 1, 0, 200, 1, 0, 0]];
    let mut streams: Vec<_> = (0..300)
        .map(|number| {
            let mut stream = connect_from([127, 0, 0, 2], up.http(), None).expect("it listens");
            std::io::Write::write_all(&mut stream, start[number % 3]).expect("it takes bytes");
            stream
        })
        .collect();
    runtime().block_on(async {
        let found = certificate.get(up.http(), CHEAPEST).await.expect("an answer");
        assert!(found.starts_with("HTTP/1.1 200"), "{found}");
    });
    assert!(streams.iter_mut().all(|stream| ends(stream).0), "every one is closed");
}

#[test]
fn sighup_loads_a_new_certificate_and_keeps_the_old_where_the_new_is_bad() {
    let (certificate, data) = (Certificate::new(), tempfile::tempdir().expect("a directory"));
    let up = certificate.up(data.path());
    let runtime = runtime();
    runtime.block_on(async {
        certificate.get(up.http(), "/healthz").await.expect("an answer");
        let good = std::fs::read(certificate.key()).expect("a key");
        std::fs::write(certificate.key(), "no key").expect("writable");
        up.signal("HUP");
        tokio::time::sleep(Duration::from_millis(300)).await;
        certificate.get(up.http(), "/healthz").await.expect("the old certificate is shown");
        std::fs::write(certificate.key(), good).expect("writable");

        certificate.renew();
        assert!(certificate.get(up.http(), "/healthz").await.is_err(), "nobody has told the gateway");
        up.signal("HUP");
        let started = Instant::now();
        while certificate.get(up.http(), "/healthz").await.is_err() {
            assert!(started.elapsed() < ENOUGH, "the new certificate is not shown");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    up.terminate();
}

#[test]
fn files_that_make_no_tls_are_told_in_one_line_each() {
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let (file, key, other_key) = (certificate.file(), certificate.key(), other.key());
    let missing = certificate.directory.path().join("missing.pem");
    let cases: [(&[&Path], &str); 4] = [
        (&[&file], "tls-key"),
        (&[&missing, &key], "cannot read it"),
        (&[&key, &key], "no certificate in it"),
        (&[&file, &other_key], "the key is not the certificate's"),
    ];
    for (files, expected) in cases {
        let mut command = posto(["gateway", "--http", "127.0.0.1:0"]);
        for (flag, file) in ["--tls-cert", "--tls-key"].iter().zip(files) {
            command.arg(flag).arg(file);
        }
        let output = run(&mut command, "", ENOUGH);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(expected) && said.lines().count() == 1, "{expected}: {said}");
    }
}
