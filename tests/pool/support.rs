//! What these tests share: servers of one book, load from many threads, and what a journal holds.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use posto_relay::{Both, Faults, Options, Relay, Summary};
use posto_tests::http::{Response, get, post};
use posto_tests::process::{Serving, posto, run};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle as Task;

/// A search that the sample prices answer.
pub(crate) const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";

/// Longer than anything here takes, so that a test ends where it would hang.
pub(crate) const ENOUGH: Duration = Duration::from_secs(15);

/// A data directory with the sample prices, as a server leaves it.
pub(crate) fn book() -> TempDir {
    let data = tempfile::tempdir().expect("a directory");
    Serving::serve(data.path(), &[]).terminate();
    data
}

/// A copy of a directory's journal: a book of the same name.
pub(crate) fn copy_of(data: &Path) -> TempDir {
    let copy = tempfile::tempdir().expect("a directory");
    let made = run(posto(["backup", "--data"]).arg(data).arg(copy.path().join("posto.db")), "", ENOUGH);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    copy
}

/// A server at an address that another one had.
pub(crate) fn serve_again(address: SocketAddr, data: &Path) -> Serving {
    let address = address.to_string();
    Serving::start(posto(["serve", "--udp", &address, "--data"]).arg(data), 1)
}

/// A gateway in front of several servers and fallbacks.
pub(crate) fn gateway(servers: &[SocketAddr], fallbacks: &[SocketAddr]) -> Serving {
    let mut command = posto(["gateway", "--http", "127.0.0.1:0"]);
    for server in servers {
        command.args(["--server", &server.to_string()]);
    }
    for server in fallbacks {
        command.args(["--fallback-server", &server.to_string()]);
    }
    Serving::start(&mut command, 1)
}

/// Asks until the answer is a 200.
pub(crate) fn until_answered(gateway: SocketAddr) {
    let started = Instant::now();
    loop {
        let answer = get(gateway, CHEAPEST);
        if answer.status == 200 {
            return;
        }
        assert!(started.elapsed() < ENOUGH, "{}", answer.text());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One answer under load.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// When it was asked.
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    pub(crate) response: Response,
}

/// Threads that ask again and again, until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<Mutex<Vec<Answered>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// So many readers, each with a pause after every answer.
    pub(crate) fn of_reads(gateway: SocketAddr, readers: usize, pause: Duration) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let threads = (0..readers).map(|_| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            std::thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let at = Instant::now();
                    let response = get(gateway, CHEAPEST);
                    let took = at.elapsed();
                    answered.lock().expect("no panic").push(Answered { at, took, response });
                    std::thread::sleep(pause);
                }
            })
        });
        let threads = threads.collect();
        Self { stop, answered, threads }
    }

    /// Waits until so many more were answered.
    pub(crate) fn until_more(&self, more: usize) {
        let (started, before) = (Instant::now(), self.count());
        while self.count() < before + more {
            assert!(started.elapsed() < ENOUGH, "{} of {more} answered", self.count() - before);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn count(&self) -> usize {
        self.answered.lock().expect("no panic").len()
    }

    /// Ends it: all that was answered.
    pub(crate) fn stop(self) -> Vec<Answered> {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().expect("a reader ends without a panic");
        }
        std::mem::take(&mut self.answered.lock().expect("no panic"))
    }
}

/// That every answer is a 200; returns how many.
pub(crate) fn all_are_well(answered: &[Answered]) -> usize {
    let failed: Vec<_> = answered.iter().filter(|it| it.response.status != 200).collect();
    if let Some(first) = failed.first() {
        let (count, all) = (failed.len(), answered.len());
        panic!("{count} of {all} failed, the first after {:?}: {}", first.took, first.response.text());
    }
    answered.len()
}

/// Reports the price of this number, which tells it from all others, at a place of its own.
pub(crate) fn report(gateway: SocketAddr, number: u32) -> Response {
    let lon = f64::from(number).mul_add(0.002, 10.0);
    let price = f64::from(1000 + number) / 1000.0;
    let body = format!(r#"{{"fuel": "ethanol", "price": {price:.3}, "lat": 10.5, "lon": {lon:.3}}}"#);
    post(gateway, "/stations", &format!("Idempotency-Key: report-number-{number:08}\r\n"), &body)
}

/// The numbers of the reports that a journal holds, in order, each as often as it is there.
pub(crate) fn stored(data: &Path) -> Vec<u32> {
    let journal = rusqlite::Connection::open(data.join("posto.db")).expect("a journal");
    let query = "SELECT price - 1000 FROM reports WHERE origin NOT LIKE '%seed%' AND fuel = ? ORDER BY price";
    let mut rows = journal.prepare(query).expect("its history");
    let numbers = rows.query_map([ETHANOL], |row| row.get(0)).expect("prices");
    numbers.collect::<Result<_, _>>().expect("numbers")
}

/// The code of ethanol on the wire and in the journal.
const ETHANOL: u32 = 1;

/// A relay in this process; its runtime ends with it.
pub(crate) struct Relaying {
    pub(crate) address: SocketAddr,
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    task: Task<Summary>,
}

impl Relaying {
    /// In front of this server.
    pub(crate) fn start(to: SocketAddr, faults: Both<Faults>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let options = Options { listen, to, faults, seed: 7, rebind: None };
        let relay = runtime.block_on(Relay::bind(options)).expect("a free port");
        let address = relay.local_address();
        let (stop, stopped) = oneshot::channel();
        let task = runtime.spawn(relay.run(|_| (), async move { drop(stopped.await) }));
        Self { address, runtime, stop, task }
    }

    /// Ends it: what it has done.
    pub(crate) fn stop(self) -> Summary {
        drop(self.stop);
        self.runtime.block_on(self.task).expect("a relay ends without a panic")
    }
}

/// Takes the place of a server that is dead, and counts what is sent to it until it is let go.
pub(crate) struct Grave {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Grave {
    pub(crate) fn at(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind(address).expect("the port of the dead is free");
        socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a time-out");
        let stop = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut count, mut bytes) = (0, [0; 2048]);
            while !ends.load(Ordering::SeqCst) {
                count += usize::from(socket.recv_from(&mut bytes).is_ok());
            }
            count
        });
        Self { stop, thread }
    }

    /// Leaves the port: how many datagrams came.
    pub(crate) fn leave(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().expect("it only counts")
    }
}
