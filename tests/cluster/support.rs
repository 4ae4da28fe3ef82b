//! What these tests share: three Posto servers on three NATS nodes behind one gateway.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use posto_tests::http::{Response, get, post};
use posto_tests::process::{Serving, posto};
use tempfile::TempDir;

use crate::nats::{Nats, last_lines};
use crate::ports;

/// Longer than anything here takes on a slow machine, so that a test ends where it would hang.
pub(crate) const ENOUGH: Duration = Duration::from_secs(40);

/// The stream's name.
pub(crate) const STREAM: &str = "posto";

/// A search near the first place.
pub(crate) const CHEAPEST: &str = "/stations/cheapest?fuel=ethanol&radius=5&lat=10.5&lon=10";

/// One server, running or not, at an address and with files of its own.
pub(crate) struct Member {
    pub(crate) address: SocketAddr,
    pub(crate) serving: Option<Serving>,
    directory: TempDir,
    urls: String,
    monitors: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Member {
    /// The server of this number of these NATS nodes, not started.
    pub(crate) fn new(nats: &mut Nats, number: usize, arguments: &[&str]) -> Self {
        let (urls, monitors) = (nats.urls(number), nats.monitors());
        let directory = tempfile::tempdir().expect("a directory");
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { address: ports::free(), serving: None, directory, urls, monitors, arguments, environment: Vec::new() }
    }

    /// The same with a variable in its environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts it, or starts it again.
    pub(crate) fn start(&mut self) {
        assert!(self.serving.is_none(), "it runs");
        let address = self.address.to_string();
        let mut command = posto(["serve", "--udp", &address, "--cluster", &self.urls, "--stream", STREAM, "--data"]);
        command.arg(self.data()).args(["--cluster-monitor", &self.monitors]).args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stderr(File::options().create(true).append(true).open(self.log()).expect("writable"));
        self.serving = Some(Serving::start(&mut command, 1));
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// The end of what it logged.
    pub(crate) fn logged(&self) -> String {
        last_lines(&std::fs::read_to_string(self.log()).unwrap_or_default(), 15)
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.serving.take().expect("it runs").kill();
    }

    /// SIGTERM, until it has ended well.
    pub(crate) fn terminate(&mut self) {
        self.serving.take().expect("it runs").terminate();
    }

    /// SIGSTOP or SIGCONT.
    pub(crate) fn signal(&self, name: &str) {
        self.serving.as_ref().expect("it runs").signal(name);
    }
}

/// The whole: all that a fault may meet, and the gateway, which none does.
pub(crate) struct Group {
    pub(crate) nats: Nats,
    pub(crate) servers: Vec<Member>,
    pub(crate) gateway: Serving,
}

impl Group {
    /// Three of each; `None` where there is no nats-server.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        Self::start_sized(3, 3, arguments)
    }

    /// So many nodes and servers.
    pub(crate) fn start_sized(nodes: usize, servers: usize, arguments: &[&str]) -> Option<Self> {
        let mut nats = Nats::start(nodes)?;
        let replicas = nodes.to_string();
        let arguments = [&["--seed", "none", "--cluster-replicas", &replicas], arguments].concat();
        let servers: Vec<_> = (0..servers).map(|server| Member::new(&mut nats, server, &arguments)).collect();
        Some(Self::of(nats, servers))
    }

    /// These servers, started, and a gateway in front of them.
    pub(crate) fn of(nats: Nats, mut servers: Vec<Member>) -> Self {
        servers.iter_mut().for_each(Member::start);
        let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
        let group = Self { nats, gateway: gateway(&addresses), servers };
        group.until("the gateway is ready", || get(group.http(), "/readyz").status == 200);
        group
    }

    pub(crate) fn http(&self) -> SocketAddr {
        self.gateway.http()
    }

    /// Waits until it is so; else tells what all logged.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < ENOUGH, "never: {what}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until every server has this position.
    pub(crate) fn until_all_have(&self, position: u64) {
        for server in &self.servers {
            self.until("every server has everything", || position_in(&server.data()) >= position);
        }
    }

    /// Ends everything well; the servers' data directories are left.
    pub(crate) fn end(self) -> Vec<Member> {
        let Self { nats, mut servers, gateway } = self;
        gateway.terminate();
        for server in servers.iter_mut().filter(|server| server.serving.is_some()) {
            server.terminate();
        }
        drop(nats);
        servers
    }

    pub(crate) fn logs(&self) -> String {
        let servers = self.servers.iter().map(Member::logged).collect::<Vec<_>>().join("\n---\n");
        format!("servers:\n{servers}\nnodes:\n{}", self.nats.logs())
    }
}

/// A gateway in front of these servers.
pub(crate) fn gateway(servers: &[SocketAddr]) -> Serving {
    let mut command = posto(["gateway", "--http", "127.0.0.1:0"]);
    for server in servers {
        command.args(["--server", &server.to_string()]);
    }
    Serving::start(&mut command, 1)
}

/// Where the place of this number is, on the parallel of 10.5 degrees: far from all others.
pub(crate) fn longitude(number: u32) -> f64 {
    f64::from(number).mul_add(0.01, 10.0)
}

/// Reports a price in thousandths of ethanol at a place, with a key where one is given and further
/// header lines (each ending in CR LF).
pub(crate) fn report(gateway: SocketAddr, at: u32, price: u32, key: Option<&str>, headers: &str) -> Response {
    let (lon, price) = (longitude(at), f64::from(price) / 1000.0);
    let body = format!(r#"{{"fuel": "ethanol", "price": {price:.3}, "lat": 10.5, "lon": {lon:.3}}}"#);
    let key = key.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
    post(gateway, "/stations", &format!("{key}{headers}"), &body)
}

/// The position that an answer tells, and the book that it is of.
pub(crate) fn position_of(response: &Response) -> Option<(String, u64)> {
    let told = response.header("posto-position")?;
    let (book, position) = told.rsplit_once('.').unwrap_or_else(|| panic!("a book and a number: {told}"));
    Some((book.to_owned(), position.parse().unwrap_or_else(|_| panic!("a number: {told}"))))
}

/// `GET` with further header lines (each ending in CR LF).
pub(crate) fn get_with(gateway: SocketAddr, target: &str, headers: &str) -> Response {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {gateway}\r\nConnection: close\r\n{headers}\r\n");
    posto_tests::http::send(gateway, &request)
}

/// The journal in a data directory, also while its server runs.
pub(crate) fn journal(data: &Path) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = rusqlite::Connection::open_with_flags(data.join("posto.db"), flags).expect("a journal");
    file.busy_timeout(ENOUGH).expect("a time-out");
    file
}

/// Up to which of the stream's messages a data directory has them.
pub(crate) fn position_in(data: &Path) -> u64 {
    let read = journal(data)
        .query_row("SELECT value FROM meta WHERE name = 'stream_position'", [], |row| row.get::<_, String>(0));
    read.ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}
