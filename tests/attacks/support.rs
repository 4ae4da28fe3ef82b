//! What these tests share: a server under attack, those who ask meanwhile, and raw connections.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use posto_tests::process::Serving;
use socket2::{Domain, Protocol, Socket, Type};
use tempfile::TempDir;

/// A search that the sample prices answer.
pub(crate) const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653&max_age=all";

/// The answer with most bytes that is no file.
pub(crate) const LONG: &str = "/openapi.json";

/// Longer than anything here takes, so that a test ends where it would hang.
pub(crate) const ENOUGH: Duration = Duration::from_secs(25);

/// What the process may have at most (issue: 200 MB).
const MOST_MEMORY_KB: u64 = 200 * 1024;

/// `posto up`, to be attacked.
pub(crate) struct Victim {
    pub(crate) serving: Serving,
    pub(crate) data: TempDir,
}

impl Victim {
    pub(crate) fn up() -> Self {
        let data = tempfile::tempdir().expect("a directory");
        Self { serving: Serving::up(data.path(), &[]), data }
    }

    pub(crate) fn http(&self) -> SocketAddr {
        self.serving.http()
    }

    /// The most memory it ever had, in kB; asserts that this is not too much.
    pub(crate) fn memory_kb(&self) -> u64 {
        let file = format!("/proc/{}/status", self.serving.id());
        let Ok(status) = std::fs::read_to_string(&file) else {
            eprintln!("SKIPPED: no {file} here");
            return 0;
        };
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|rest| rest.trim().strip_suffix(" kB")).and_then(|kb| kb.parse().ok());
        let peak = peak.expect("a process has a peak");
        assert!(peak < MOST_MEMORY_KB, "{peak} kB");
        peak
    }

    /// That it is as it was: one more request on a new connection.
    pub(crate) fn is_well(&self) {
        let mut kept = Kept::open(self.http());
        assert_eq!(kept.get(CHEAPEST).expect("an answer").status, 200);
    }
}

/// An answer's status and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The `code` of a problem; empty where it is none.
    pub(crate) fn code(&self) -> String {
        let problem = serde_json::from_slice::<serde_json::Value>(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn closes(&self) -> bool {
        self.head.to_lowercase().contains("connection: close")
    }
}

/// A connection that is used again.
pub(crate) struct Kept {
    pub(crate) stream: TcpStream,
    rest: Vec<u8>,
}

impl Kept {
    pub(crate) fn open(server: SocketAddr) -> Self {
        Self::try_open(server).expect("it listens")
    }

    pub(crate) fn try_open(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ENOUGH))?;
        stream.set_write_timeout(Some(ENOUGH))?;
        Ok(Self { stream, rest: Vec::new() })
    }

    pub(crate) fn get(&mut self, target: &str) -> io::Result<Answer> {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    pub(crate) fn send(&mut self, request: &str) -> io::Result<Answer> {
        self.stream.write_all(request.as_bytes())?;
        self.answer()
    }

    /// The next answer; the end of the connection before its last byte is an error.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let end = loop {
            if let Some(end) = self.rest.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            self.more()?;
        };
        let head = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        let length = head.lines().filter_map(|line| line.split_once(": "));
        let length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = length.filter_map(|(_, value)| value.parse().ok()).next().unwrap_or(0);
        while self.rest.len() < end + 4 + length {
            self.more()?;
        }
        let body = self.rest[end + 4..end + 4 + length].to_vec();
        self.rest.drain(..end + 4 + length);
        Ok(Answer { status: head[9..12].parse().expect("a status"), head, body })
    }

    fn more(&mut self) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.rest.extend_from_slice(&bytes[..length]);
                Ok(())
            }
        }
    }
}

/// Those who ask while an attack runs, some on kept connections, some on a new one each time.
pub(crate) struct Others {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<(Vec<Duration>, u32)>>,
}

impl Others {
    pub(crate) fn start(server: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let start = |number: u32| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let (mut times, mut refused, mut kept) = (Vec::new(), 0, Kept::open(server));
                // A short attack is over before anyone has asked.
                while times.len() < 10 || !stop.load(Ordering::SeqCst) {
                    let asked = Instant::now();
                    if number == 0 {
                        kept = Kept::open(server);
                    }
                    let answer = kept.get(CHEAPEST).unwrap_or_else(|error| panic!("other {number}: {error}"));
                    times.push(asked.elapsed());
                    let is_well = answer.status == 200 || answer.status == 503;
                    assert!(is_well, "{}", String::from_utf8_lossy(&answer.body));
                    refused += u32::from(answer.status == 503);
                    std::thread::sleep(Duration::from_millis(5));
                }
                (times, refused)
            })
        };
        let threads = (0..3).map(start).collect();
        Self { stop, threads }
    }

    /// Ends them; prints how they fared.
    pub(crate) fn stop(self, attack: &str, victim: &Victim) {
        self.stop.store(true, Ordering::SeqCst);
        let (mut times, mut refused) = (Vec::new(), 0);
        for thread in self.threads {
            let (its_times, its_refused) = thread.join().expect("every request is answered");
            times.extend(its_times);
            refused += its_refused;
        }
        times.sort_unstable();
        let (count, p99) = (times.len(), times[times.len() * 99 / 100]);
        println!(
            "{attack}: others got {count} answers, {refused} of them 503, p99 {p99:.1?}; most memory {} kB",
            victim.memory_kb()
        );
        // Where the machine itself is busy the server behind may seem silent for a moment.
        assert!(usize::try_from(refused).expect("few") * 10 <= count, "{refused} of {count} refused");
    }
}

/// A connection from another address of this machine, with a receive buffer of so many bytes.
pub(crate) fn connect_from(from: [u8; 4], to: SocketAddr, buffer: Option<usize>) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    if let Some(bytes) = buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind(&SocketAddr::from((IpAddr::from(from), 0)).into())?;
    socket.connect(&to.into())?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(ENOUGH))?;
    stream.set_write_timeout(Some(ENOUGH))?;
    Ok(stream)
}

/// Whether the other side ends the connection (with an answer or without) before a test would hang.
pub(crate) fn ends(stream: &mut TcpStream) -> (bool, Vec<u8>) {
    let mut said = Vec::new();
    let ended = match stream.read_to_end(&mut said) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
    };
    (ended, said)
}

/// How many files this process may open, the soft limit raised.
pub(crate) fn files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum.or(limit.current), ..limit };
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { raised.current } else { limit.current };
    current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX))
}
