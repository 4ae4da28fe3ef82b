//! What these tests share: a server to import into, imports run to their end, small files of feeds,
//! and a web server that answers as a test says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_tests::http::get;
use posto_tests::process::{Serving, posto, run};
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any of these imports takes on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// A server, and a directory for the files of a test.
pub struct Place {
    pub up: Serving,
    pub files: TempDir,
    data: TempDir,
}

/// How an import ended and what it said.
pub struct Imported {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Place {
    /// A server without samples.
    pub fn new() -> Self {
        Self::with(&["--seed", "none"])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let (data, files) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        Self { up: Serving::up(data.path(), arguments), files, data }
    }

    /// The server's directory of prices.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// A file with this content.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, content).expect("writable");
        path
    }

    /// `posto import` with these arguments, its server and its own cache.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_through(self, arguments)
    }

    fn command_through(&self, cache: &Self, arguments: &[&str]) -> Command {
        let mut command = posto(["import"]);
        command.args(arguments).args(["--lang", "en", "--server", &self.up.udp().to_string(), "--data"]);
        command.arg(cache.files.path().join("cache")).current_dir(self.files.path());
        command
    }

    pub fn import(&self, arguments: &[&str]) -> Imported {
        self.import_from(arguments, "")
    }

    /// The same with something on standard input.
    pub fn import_from(&self, arguments: &[&str], input: &str) -> Imported {
        Imported::of(&mut self.command(arguments), input)
    }

    /// The same with what another place has downloaded.
    pub fn import_through(&self, cache: &Self, arguments: &[&str]) -> Imported {
        Imported::of(&mut self.command_through(cache, arguments), "")
    }

    /// How many stations and prices the server holds.
    pub fn holds(&self) -> (u64, u64) {
        let told: Value = get(self.up.http(), "/time").json();
        (told["stations"].as_u64().expect("a count"), told["prices"].as_u64().expect("a count"))
    }
}

impl Imported {
    /// Runs a command to its end.
    pub fn of(command: &mut Command, input: &str) -> Self {
        let output = run(command, input, PATIENCE);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The count on the line that tells this.
    pub fn count(&self, what: &str) -> u64 {
        let counted = self.out.lines().find_map(|line| line.trim().split_once("  ").filter(|(_, told)| *told == what));
        counted.map_or(0, |(count, _)| count.parse().expect("a count"))
    }

    /// What was said from there on.
    pub fn after(self, from: &str) -> Self {
        let at = self.out.find(from).unwrap_or_else(|| panic!("no {from:?} in {}", self.out));
        Self { out: self.out[at..].to_owned(), ..self }
    }

    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }

    /// Failed with one line that says this.
    pub fn failed_with(&self, expected: &str) {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        assert!(self.err.contains(expected), "expected {expected:?}: {}", self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A register of Italy with this many stations around Milan.
pub fn italian_register(stations: u32) -> String {
    let mut text = "Estrazione del 2026-08-21\nidImpianto|Gestore|Bandiera|Tipo Impianto|Nome Impianto|Indirizzo|\
                    Comune|Provincia|Latitudine|Longitudine\n"
        .to_owned();
    for number in 1..=stations {
        let minute = f64::from(number) / 1000.0;
        let (north, east) = (45.0 + minute, 9.0 + minute);
        text += &format!("{number}|G|Eni|Stradale|Impianto {number}|Via {number}|MILANO|MI|{north:.6}|{east:.6}\n");
    }
    text
}

/// One price of gasoline for each of these stations.
pub fn italian_prices(stations: u32, price: &str) -> String {
    let mut text = "Estrazione del 2026-08-21\nidImpianto|descCarburante|prezzo|isSelf|dtComu\n".to_owned();
    for number in 1..=stations {
        text += &format!("{number}|Benzina|{price}|1|20/08/2024 07:30:00\n");
    }
    text
}

/// A web server that gives each request the next answer, the last one for ever.
pub struct WebServer {
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl WebServer {
    pub fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            let last = answers.last().cloned().unwrap_or_default();
            for answer in answers.into_iter().chain(std::iter::repeat(last)) {
                let Ok((mut stream, _)) = listener.accept() else { return };
                heard.lock().expect("no panic").push(head(&stream));
                // Whoever has heard enough may leave.
                let _ = stream.write_all(&answer);
            }
        });
        Self { address, asked }
    }

    /// The heads of the requests so far, in lower case.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn head(stream: &TcpStream) -> String {
    let mut text = String::new();
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    while !text.ends_with("\r\n\r\n") && reader.read_line(&mut text).is_ok_and(|read| read > 0) {}
    text.to_lowercase()
}

/// An answer of HTTP.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// Packed by the system's own program.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip is here");
    gzip.stdin.take().expect("piped").write_all(bytes).expect("it reads");
    gzip.wait_with_output().expect("it ends").stdout
}
