//! SIGTERM under load: every report is either answered and on the disk, or was never taken.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_tests::process::Serving;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::support::{Kept, Victim};
use crate::tls::Certificate;

/// What became of the reports of all clients.
#[derive(Debug, Default)]
struct Book {
    next: AtomicU32,
    answered: Mutex<BTreeSet<u32>>,
    unanswered: Mutex<BTreeSet<u32>>,
}

impl Book {
    fn next(&self) -> u32 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    fn note(&self, number: u32, is_answered: bool) {
        let set = if is_answered { &self.answered } else { &self.unanswered };
        set.lock().expect("no panic").insert(number);
    }

    /// Compares with what the journal holds, once its server has ended.
    fn check(&self, data: &Path, what: &str) {
        let answered = self.answered.lock().expect("no panic");
        let unanswered = self.unanswered.lock().expect("no panic");
        println!("{what}: {} reports answered, {} never taken", answered.len(), unanswered.len());
        assert!(answered.len() > 20, "there was load");
        assert_eq!(stored(data), *answered, "answered and stored are the same");
    }
}

/// The price tells a report from all others, and each has a place of its own.
fn body(number: u32) -> String {
    let lon = f64::from(number).mul_add(0.002, 10.0);
    let price = f64::from(1000 + number) / 1000.0;
    format!(r#"{{"fuel": "ethanol", "price": {price:.3}, "lat": 10.5, "lon": {lon:.3}}}"#)
}

/// The numbers of the reports that a journal holds.
fn stored(data: &Path) -> BTreeSet<u32> {
    let journal = rusqlite::Connection::open(data.join("posto.db")).expect("a journal");
    let mut rows = journal
        .prepare("SELECT price - 1000 FROM reports WHERE origin NOT LIKE '%seed%' AND fuel = 1")
        .expect("its history");
    let numbers = rows.query_map([], |row| row.get(0)).expect("prices");
    numbers.collect::<Result<_, _>>().expect("numbers")
}

/// Reports on one connection, and on a new one when an answer has closed it, until nobody listens.
fn report_over_http1(server: SocketAddr, book: &Book) {
    while let Ok(mut kept) = Kept::try_open(server) {
        loop {
            let (number, mut closes) = (book.next(), true);
            let body = body(number);
            let head = "POST /stations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
            let answer = kept.send(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()));
            if let Ok(answer) = &answer {
                assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
                closes = answer.closes();
            }
            book.note(number, answer.is_ok());
            if closes {
                break;
            }
        }
    }
}

/// The same on one HTTP/2 connection; what its last GOAWAY leaves out was never taken.
async fn report_over_http2(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, book: &Book) {
    let Ok((client, connection)) = h2::client::handshake(stream).await else { return };
    tokio::spawn(connection);
    let mut client = client;
    loop {
        let Ok(mut ready) = client.ready().await else { return };
        let number = book.next();
        let request = http::Request::post("http://localhost/stations").header("content-type", "application/json");
        let sent = ready.send_request(request.body(()).expect("a request"), false);
        let Ok((answer, mut stream)) = sent else { return book.note(number, false) };
        let is_sent = stream.send_data(body(number).into(), true).is_ok();
        let answer = answer.await;
        if let Ok(answer) = &answer {
            assert_eq!(answer.status(), 201);
        }
        book.note(number, is_sent && answer.is_ok());
        client = ready;
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// Ends it under load: properly, by itself.
fn terminate(serving: Serving) {
    std::thread::sleep(Duration::from_millis(600));
    serving.terminate();
}

#[test]
fn sigterm_loses_no_report_of_http_1_and_http_2() {
    let victim = Victim::up();
    let (server, book) = (victim.http(), Arc::new(Book::default()));
    let mut idle = Kept::open(server);
    assert_eq!(idle.get("/readyz").expect("an answer").status, 200);
    let threads: Vec<_> = (0..12)
        .map(|_| {
            let book = Arc::clone(&book);
            std::thread::spawn(move || report_over_http1(server, &book))
        })
        .collect();
    let runtime = runtime();
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let book = Arc::clone(&book);
            runtime.spawn(async move {
                while let Ok(stream) = tokio::net::TcpStream::connect(server).await {
                    report_over_http2(stream, &book).await;
                }
            })
        })
        .collect();
    let probe = std::thread::spawn(move || {
        let mut told = BTreeSet::new();
        while let Ok(answer) = Kept::try_open(server).and_then(|mut kept| kept.get("/readyz")) {
            told.insert((answer.status, answer.code()));
            std::thread::sleep(Duration::from_millis(20));
        }
        told
    });
    terminate(victim.serving);
    for thread in threads {
        thread.join().expect("no panic");
    }
    for task in tasks {
        runtime.block_on(task).expect("no panic");
    }
    book.check(victim.data.path(), "SIGTERM under load");
    let told = probe.join().expect("no panic");
    assert!(told.contains(&(503, "draining".to_owned())), "readyz says so before the door is shut: {told:?}");
}

#[test]
fn sigterm_loses_no_report_behind_tls() {
    let (certificate, data) = (Certificate::new(), tempfile::tempdir().expect("a directory"));
    let (up, book) = (certificate.up(data.path()), Arc::new(Book::default()));
    let (server, certificate) = (up.http(), Arc::new(certificate));
    let runtime = runtime();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (book, certificate) = (Arc::clone(&book), Arc::clone(&certificate));
            runtime.spawn(async move {
                while let Ok(stream) = certificate.connect(server, "h2").await {
                    report_over_http2(stream, &book).await;
                }
            })
        })
        .collect();
    terminate(up);
    for task in tasks {
        runtime.block_on(task).expect("no panic");
    }
    book.check(data.path(), "SIGTERM under load behind TLS");
}
