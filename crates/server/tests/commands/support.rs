//! What the tests share: a server on a directory of its own, a peer that sees whole datagrams, and
//! stations in one line.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use posto_client::{Client, ConnectOptions};
use posto_market::{
    Currency, Fuel, ImportedPrice, ImportedStation, Label, Position, Price, Quote, Station, StationId, Timestamp, Unit,
};
use posto_server::{RunError, ServerOptions, run};
use posto_store::{Clock, Entry, Journal, JournalError, Opened, Opening, Options, Origin, Outcome};
use posto_udp::{SessionPorts, Sockets};
use posto_wire::limits::MAX_V1_DATAGRAM;
use posto_wire::{Packet, Value, json, packet, python};
use tempfile::TempDir;
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than anything here takes, so that a test ends where it would hang.
const ENOUGH: Duration = Duration::from_secs(10);

/// 2026-08-21T06:00:00.123Z, when all of this happens.
pub(crate) const NOW: i64 = 1_787_292_000_123;

/// Waits, but not for ever.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(ENOUGH, what).await.expect("nothing here takes this long")
}

/// A server under test.
pub(crate) struct Serving {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its journal, to look into or to fill by the way that is not tested.
    pub(crate) journal: Journal,
    /// What opening the journal found.
    pub(crate) opening: Opening,
    task: JoinHandle<Result<(), RunError>>,
    stop: oneshot::Sender<()>,
    /// `None` where the directory is somebody else's.
    directory: Option<TempDir>,
}

impl Serving {
    /// With an empty journal, on a loopback port, at [`NOW`].
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let serving = Self::with(options(directory.path()), "127.0.0.1:0");
        Self { directory: Some(directory), ..serving }
    }

    /// With this journal, at this address.
    pub(crate) fn with(mut options: Options, address: &str) -> Self {
        let (failure, failed) = oneshot::channel();
        // The server may have ended before its journal; then nobody needs to be told.
        options.on_failure = Some(Box::new(|error| drop(failure.send(error.clone()))));
        let opened = Journal::open(options).expect("a journal");
        Self::of(opened, failed, address)
    }

    /// With a journal that is open already.
    pub(crate) fn of(opened: Opened, failed: oneshot::Receiver<JournalError>, address: &str) -> Self {
        let sockets = Sockets::bind(address.parse().expect("an address"), SessionPorts::Shared, 2).expect("a port");
        let address = SocketAddr::from(([127, 0, 0, 1], sockets.local_address().expect("an address").port()));
        let (stop, stopped) = oneshot::channel::<()>();
        let served = ServerOptions { clock: still(), verbose: true, version: "9.9.9", ..ServerOptions::default() };
        let shutdown = async { drop(stopped.await) };
        let task = tokio::spawn(run(sockets, opened.journal.clone(), failed, served, shutdown));
        Self { address, journal: opened.journal, opening: opened.opening, task, stop, directory: None }
    }

    /// Ends the server.
    pub(crate) async fn stop(self) -> Result<(), RunError> {
        drop(self.stop);
        soon(self.task).await.expect("no panics")
    }

    /// Waits until the server ends by itself.
    pub(crate) async fn ended(self) -> Result<(), RunError> {
        soon(self.task).await.expect("no panics")
    }

    /// Ends the server and starts it again on the same directory.
    pub(crate) async fn restart(mut self) -> Self {
        let directory = self.directory.take().expect("a directory of its own");
        self.stop().await.expect("nothing failed");
        let serving = Self::with(options(directory.path()), "127.0.0.1:0");
        Self { directory: Some(directory), ..serving }
    }

    /// Puts a record into the journal, past the network.
    pub(crate) fn put(&self, record: ImportedStation) {
        let (tell, told) = std::sync::mpsc::channel();
        let entry = Entry::Import(Box::new(record), Origin::Feed("it".to_owned()));
        let done = move |outcome: Result<Outcome, _>| tell.send(outcome.is_ok()).expect("the test waits");
        self.journal.submit(entry, done).expect("a journal that runs");
        assert!(told.recv_timeout(ENOUGH).expect("an outcome"));
    }

    /// A session that sees datagrams.
    pub(crate) async fn peer(&self) -> Peer {
        Peer::open(self.address).await
    }

    /// A session that sees values.
    pub(crate) async fn client(&self) -> Client {
        soon(Client::connect(self.address, ConnectOptions::default())).await.expect("a session")
    }
}

/// A journal in this directory, by the clock of the tests.
pub(crate) fn options(directory: &Path) -> Options {
    let mut options = Options::new(directory);
    options.clock = still();
    options
}

fn still() -> Clock {
    Arc::new(|| Timestamp::from_millis(NOW))
}

/// A session by hand.
pub(crate) struct Peer {
    socket: UdpSocket,
    sequence: u64,
}

impl Peer {
    async fn open(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        socket.connect(server).await.expect("a server");
        // The longest numbers that there are: an answer is as long as it can be.
        let peer = Self { socket, sequence: (1 << 53) - 100_000 };
        let answer = peer.exchange(&Packet { syn: true, next_sequence: 1, ..Packet::EMPTY }).await;
        let ack_number = answer.sequence + 1;
        peer.send(&Packet { ack: true, ack_number, sequence: 1, ..Packet::EMPTY }).await;
        peer
    }

    /// What the server makes of this `dados`, as its datagram spells it.
    pub(crate) async fn ask(&mut self, data: &str) -> String {
        python::dumps(&self.asked(data).await)
    }

    /// What the server makes of this `dados`.
    pub(crate) async fn asked(&mut self, data: &str) -> Value {
        let request = self.request(data);
        let answer = self.exchange(&request).await;
        assert!(answer.ack && answer.ack_number == request.sequence + 1, "{answer:?}");
        assert_eq!(answer.checksum, request.checksum);
        answer.data
    }

    /// The text that the server answers.
    pub(crate) async fn told(&mut self, data: &str) -> String {
        match self.asked(data).await {
            Value::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    /// The next request with this `dados`.
    pub(crate) fn request(&mut self, data: &str) -> Packet {
        self.sequence += 1;
        Packet::request(self.sequence, json::parse(data.as_bytes()).expect("JSON"))
    }

    /// Sends a packet and returns what comes back, once it fits.
    pub(crate) async fn exchange(&self, packet: &Packet) -> Packet {
        self.send(packet).await;
        self.receive().await
    }

    /// Sends a packet.
    pub(crate) async fn send(&self, packet: &Packet) {
        self.socket.send(&packet.to_bytes()).await.expect("sent");
    }

    /// The next packet that comes.
    pub(crate) async fn receive(&self) -> Packet {
        let mut buffer = [0; 4096];
        let length = soon(self.socket.recv(&mut buffer)).await.expect("an answer");
        assert!(length <= MAX_V1_DATAGRAM, "{length} bytes to a peer of v1");
        packet::parse(&buffer[..length]).expect("a packet").packet
    }
}

/// A position in degrees.
pub(crate) fn at(latitude: f64, longitude: f64) -> Position {
    Position::from_degrees(latitude, longitude).expect("a position")
}

pub(crate) fn price(thousandths: u32) -> Price {
    Price::from_thousandths(thousandths).expect("a price")
}

pub(crate) fn id(text: &str) -> StationId {
    StationId::parse(text).expect("an id")
}

/// A price of now in euros a litre.
pub(crate) fn quote(thousandths: u32) -> Quote {
    Quote {
        price: price(thousandths),
        currency: Currency::EUR,
        unit: Unit::Litre,
        reported_at: Some(Timestamp::from_millis(NOW)),
        coordinates: None,
    }
}

/// A station of a feed with one price of gasoline.
pub(crate) fn record(name: &str, position: Position, thousandths: u32) -> ImportedStation {
    let station = Station { source: Label::new("it"), ..Station::at(id(name), position) };
    ImportedStation {
        station,
        prices: vec![ImportedPrice { fuel: Fuel::Gasoline, quote: quote(thousandths) }],
        ended: Vec::new(),
    }
}
