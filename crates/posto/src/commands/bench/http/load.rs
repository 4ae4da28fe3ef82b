//! Who asks: connections that write a request and read its answer, on one thread of their own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::commands::bench::measured::Measured;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Question {
    /// GET /stations/cheapest
    Cheapest,
    /// GET /stations
    List,
    /// POST /stations, each a new price with a key of its own, answered once it is on the disk
    Report,
}

impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cheapest => "cheapest",
            Self::List => "list",
            Self::Report => "report",
        })
    }
}

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub question: Question,
    pub connections: u16,
    pub time: Duration,
    /// Requests a second in all; `None`: the next when one is answered.
    pub rate: Option<u32>,
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stations that a connection reports on in turn.
const STATIONS: u32 = 100;

impl Question {
    /// As the table calls it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cheapest => "GET /stations/cheapest",
            Self::List => "GET /stations",
            Self::Report => "POST /stations, durable",
        }
    }

    /// The bytes of one request.
    fn request(self, run: u64, connection: u16, number: u32) -> String {
        let near = "fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653&max_age=all";
        match self {
            Self::Cheapest => format!("GET /stations/cheapest?{near} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            Self::List => format!("GET /stations?{near} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            Self::Report => {
                let (lat, lon) = (f64::from(number % STATIONS) * 0.01, f64::from(connection) * 0.01);
                let price = 3.0 + f64::from(number % 2000) / 1000.0;
                let body = format!(r#"{{"fuel":"ethanol","price":{price:.3},"lat":{lat:.2},"lon":{lon:.2}}}"#);
                format!(
                    "POST /stations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                     Idempotency-Key: bench-{run:016x}-{connection}-{number}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
        }
    }
}

/// How many bytes an answer has, once it has been asked for twice: the first report is longer.
///
/// # Errors
/// Nobody answers, or answers with an error.
pub async fn length(question: Question, server: SocketAddr) -> anyhow::Result<usize> {
    let mut asker = Asker::open(server, question, 0).await?;
    for _ in 0..STATIONS {
        asker.ask().await?;
    }
    match asker.ask().await? {
        Answer { status: 200..=299, body_bytes } => Ok(body_bytes),
        Answer { status, .. } => bail!("{} is answered with status {status}", question.words()),
    }
}

/// Asks for as long as the load says, from a thread of its own.
///
/// # Errors
/// A connection cannot be opened or breaks off.
pub async fn ask(server: SocketAddr, load: Load) -> anyhow::Result<Measured> {
    let thread = std::thread::Builder::new().name("load".to_owned());
    let (tell, told) = tokio::sync::oneshot::channel();
    thread.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let asked = runtime.context("no runtime").and_then(|runtime| runtime.block_on(ask_here(server, load)));
        // Nobody waits any more where the program ends.
        let _ = tell.send(asked);
    })?;
    told.await.context("the asking thread ended")?
}

async fn ask_here(server: SocketAddr, load: Load) -> anyhow::Result<Measured> {
    let mut askers = Vec::new();
    for number in 0..load.connections {
        askers.push(Asker::open(server, load.question, number).await?);
    }
    let started = Instant::now();
    let mut running = JoinSet::new();
    for asker in askers {
        running.spawn(asker.run(load, started));
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    while let Some(ended) = running.join_next().await {
        let (its_times, its_failed) = ended??;
        times.extend(its_times);
        failed += its_failed;
    }
    Ok(Measured { failed, ..Measured::new(times, started.elapsed()) })
}

struct Answer {
    status: u16,
    body_bytes: usize,
}

struct Asker {
    stream: TcpStream,
    question: Question,
    /// Tells the keys of this run from those of others.
    run: u64,
    number: u16,
    asked: u32,
    buffer: Vec<u8>,
}

impl Asker {
    async fn open(server: SocketAddr, question: Question, number: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(server).await.with_context(|| format!("cannot connect to {server}"))?;
        stream.set_nodelay(true)?;
        let mut run = [0; 8];
        getrandom::fill(&mut run)?;
        Ok(Self { stream, question, run: u64::from_ne_bytes(run), number, asked: 0, buffer: Vec::new() })
    }

    /// Asks until the time is up. With a rate every request has its time, and an answer's is counted
    /// from there, however late the request could be sent.
    async fn run(mut self, load: Load, started: Instant) -> anyhow::Result<(Vec<Duration>, u64)> {
        let pause = load.rate.map(|rate| Duration::from_secs(1) * u32::from(load.connections) / rate);
        let mut due = started + pause.unwrap_or_default() * u32::from(self.number) / u32::from(load.connections);
        let (mut times, mut failed) = (Vec::new(), 0);
        let until = started + load.time;
        loop {
            let now = Instant::now();
            match pause {
                Some(_) if due > now => tokio::time::sleep_until(due.into()).await,
                Some(_) => {}
                None => due = now,
            }
            // A server that cannot follow is given as long again; what is not asked then has failed.
            if due >= until || now >= until + load.time {
                return Ok((times, failed + unasked(due, until, pause)));
            }
            let answer = self.ask().await?;
            if (200..300).contains(&answer.status) {
                times.push(due.elapsed());
            } else {
                failed += 1;
            }
            due += pause.unwrap_or_default();
        }
    }

    async fn ask(&mut self) -> anyhow::Result<Answer> {
        let request = self.question.request(self.run, self.number, self.asked);
        self.asked = self.asked.wrapping_add(1);
        self.stream.write_all(request.as_bytes()).await?;
        let answer = tokio::time::timeout(PATIENCE, self.answer()).await;
        answer.context("no answer for 10 s")?
    }

    async fn answer(&mut self) -> anyhow::Result<Answer> {
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the gateway closed the connection");
            }
            if let Some((answer, end)) = head(&self.buffer)? {
                while self.buffer.len() < end {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        bail!("the gateway closed the connection inside an answer");
                    }
                }
                return Ok(answer);
            }
        }
    }
}

/// Requests that should have been asked and were not.
fn unasked(mut due: Instant, until: Instant, pause: Option<Duration>) -> u64 {
    let Some(pause) = pause.filter(|pause| !pause.is_zero()) else { return 0 };
    let mut count = 0;
    while due < until {
        due += pause;
        count += 1;
    }
    count
}

/// An answer's head, and where its body ends; `None`: it has not arrived whole.
fn head(bytes: &[u8]) -> anyhow::Result<Option<(Answer, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).context("an answer's head")?;
    let status = text.get(9..12).and_then(|status| status.parse().ok()).context("an answer's status")?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    let body_bytes = length.context("an answer without Content-Length")?;
    Ok(Some((Answer { status, body_bytes }, end + 4 + body_bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_head_says() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        let (found, end) = head(answer).unwrap().unwrap();
        assert_eq!((found.status, found.body_bytes, end), (201, 2, answer.len()));
        assert!(head(&answer[..30]).unwrap().is_none());
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn what_a_slow_server_left_unasked_is_counted() {
        let now = Instant::now();
        let millis = Duration::from_millis;
        assert_eq!(unasked(now, now + millis(10), Some(millis(3))), 4);
        assert_eq!(unasked(now, now, Some(millis(3))), 0);
        assert_eq!(unasked(now, now + millis(10), None), 0);
    }
}
