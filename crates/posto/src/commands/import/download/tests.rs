//! Downloads from a server in this process that answers as each test says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::*;

/// A server that gives each connection the next answer, and remembers what was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Each answer is written as it stands; one that ends in `…` stays open.
    fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/feed.csv", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else { return };
                heard.lock().unwrap().push(head(&stream));
                let endless = answer.ends_with("…".as_bytes());
                let _ = stream.write_all(&answer);
                if endless {
                    open.push(stream);
                }
            }
            // Whoever is still waiting waits until the test is over.
            std::thread::sleep(Duration::from_secs(600));
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn head(stream: &TcpStream) -> String {
    let mut text = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while !text.ends_with("\r\n\r\n") {
        if reader.read_line(&mut text).unwrap() == 0 {
            break;
        }
    }
    text.to_lowercase()
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}").into_bytes()
}

fn downloads(directory: &Path) -> Downloads {
    let patience =
        Patience { first_pause: Duration::from_millis(1), silence: Duration::from_millis(200), ..Patience::default() };
    Downloads { directory: directory.to_owned(), patience, language: Language::En }
}

fn fetch(downloads: &Downloads, url: &str) -> Result<(String, bool), String> {
    let fetched = downloads.fetch(Wanted { url, name: "feed.csv", book: "b1" }, &ProgressBar::hidden());
    let read = |fetched: Downloaded| (std::fs::read_to_string(fetched.path).unwrap(), fetched.taken);
    fetched.map(read).map_err(|error| format!("{error:#}"))
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(vec![
        answer("200 OK", "etag: \"7\"\r\nlast-modified: Fri, 21 Aug 2026 06:00:00 GMT\r\n", "one"),
        answer("304 Not Modified", "", ""),
        answer("304 Not Modified", "", ""),
        answer("200 OK", "etag: \"8\"\r\n", "two"),
    ]);
    let downloads = downloads(directory.path());
    assert_eq!(fetch(&downloads, &server.url), Ok(("one".to_owned(), false)));
    // Fetched is not taken: an import that failed in between must be done again.
    assert_eq!(fetch(&downloads, &server.url), Ok(("one".to_owned(), false)));
    Downloads::note_taken(&directory.path().join("feed.csv"), "b1").unwrap();
    assert_eq!(fetch(&downloads, &server.url), Ok(("one".to_owned(), true)));
    assert_eq!(fetch(&downloads, &server.url), Ok(("two".to_owned(), false)));
    let asked = server.asked();
    assert!(asked[0].contains("user-agent: posto/") && !asked[0].contains("if-"), "{}", asked[0]);
    for again in &asked[1..] {
        assert!(again.contains("if-none-match: \"7\""), "{again}");
        assert!(again.contains("if-modified-since: fri, 21 aug 2026 06:00:00 gmt"), "{again}");
    }
}

#[test]
fn another_address_or_a_lost_file_is_asked_for_without_conditions() {
    let directory = tempfile::tempdir().unwrap();
    let answers = || vec![answer("200 OK", "etag: \"7\"\r\n", "one"), answer("200 OK", "", "two")];
    let (first, second) = (Server::start(answers()), Server::start(answers()));
    let downloads = downloads(directory.path());
    assert!(fetch(&downloads, &first.url).is_ok());
    assert!(fetch(&downloads, &second.url).is_ok());
    std::fs::remove_file(directory.path().join("feed.csv")).unwrap();
    assert_eq!(fetch(&downloads, &second.url), Ok(("two".to_owned(), false)));
    assert!([first.asked(), second.asked()].concat().iter().all(|asked| !asked.contains("if-none-match")));
}

#[test]
fn a_server_that_fails_for_a_moment_is_asked_again() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(vec![
        answer("500 Internal Server Error", "", "sorry"),
        answer("503 Service Unavailable", "retry-after: 0\r\n", ""),
        // Half of what it promised, then gone.
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec(),
        answer("200 OK", "", "whole"),
    ]);
    assert_eq!(fetch(&downloads(directory.path()), &server.url), Ok(("whole".to_owned(), false)));
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn what_comes_only_in_part_leaves_the_file_from_before() {
    let directory = tempfile::tempdir().unwrap();
    let stalled = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow…".as_bytes().to_vec();
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec();
    let chunk = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n".to_vec();
    let answers = vec![answer("200 OK", "", "before"), stalled.clone(), half, chunk, stalled];
    let server = Server::start(answers);
    let downloads = downloads(directory.path());
    assert!(fetch(&downloads, &server.url).is_ok());
    let error = fetch(&downloads, &server.url).unwrap_err();
    assert!(error.contains("broken off after") && error.ends_with("(4 attempts)"), "{error}");
    assert_eq!(std::fs::read_to_string(directory.path().join("feed.csv")).unwrap(), "before");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2, "nothing else is left there");
}

#[test]
fn redirections_are_followed_but_not_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    let target = Server::start(vec![answer("200 OK", "", "there")]);
    let to = |url: &str| answer("302 Found", &format!("location: {url}\r\n"), "");
    let server = Server::start(vec![to(&target.url)]);
    assert_eq!(fetch(&downloads(directory.path()), &server.url), Ok(("there".to_owned(), false)));
    let circle = Server::start(vec![to("/feed.csv"); 20]);
    let error = fetch(&downloads(directory.path()), &circle.url).unwrap_err();
    assert!(error.ends_with("(1 attempt)"), "{error}");
}

#[test]
fn what_will_not_get_better_is_told_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let downloads = downloads(directory.path());
    let told = |answer| fetch(&downloads, &Server::start(vec![answer]).url).unwrap_err();
    assert!(told(answer("404 Not Found", "", "")).ends_with("the server answered 404 Not Found (1 attempt)"));
    let later = answer("503 Service Unavailable", "retry-after: 3600\r\n", "");
    assert!(told(later).ends_with("the server answered 503 Service Unavailable (1 attempt)"));
    // A 304 to a question without a condition is no file.
    assert!(told(answer("304 Not Modified", "", "")).contains("304"));
    assert!(fetch(&downloads, "no address").unwrap_err().contains("no address: no answer"));
    let mut small = downloads;
    small.patience.most_bytes = 4;
    let server = Server::start(vec![answer("200 OK", "", "12345")]);
    assert!(fetch(&small, &server.url).unwrap_err().contains("longer than 4 bytes"));
    assert!(!directory.path().join("feed.csv").exists());
}
