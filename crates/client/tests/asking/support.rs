//! What the tests share: a server whose answers are a closure's, commands in one line, and an end
//! to all waiting.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_client::{Call, Client, ConnectOptions, Pool, PoolOptions};
use posto_market::{
    Area, Circle, Currency, Fuel, ImportedPrice, ImportedStation, Label, Position, Price, Quote, Station, StationId,
    StationWish, Timestamp, Unit,
};
use posto_session::ServerConfig;
use posto_udp::{Handler, Notification, Reply, SessionPorts, Sockets, serve};
use posto_wire::answer::{GroupStanding, OpeningFacts, PriceFacts, Reported, ServerTime, StationFacts, StationPrice};
use posto_wire::command::{self, Report};
use posto_wire::{Command, Search, answer};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than anything here takes, so that a test ends where it would hang.
pub(crate) const ENOUGH: Duration = Duration::from_secs(10);

/// A call with time enough.
pub(crate) const CALL: Call<'static> = Call::within(Duration::from_secs(5));

/// Waits, but not for ever.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(ENOUGH, what).await.expect("nothing here takes this long")
}

/// What a server under test saw.
#[derive(Default)]
pub(crate) struct Seen {
    requests: Mutex<Vec<command::Request>>,
    opened: AtomicUsize,
    closed: AtomicUsize,
}

impl Seen {
    /// The requests, in order.
    pub(crate) fn requests(&self) -> Vec<command::Request> {
        self.requests.lock().expect("no panics").clone()
    }

    /// How many sessions were opened.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// How many sessions were closed.
    pub(crate) fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }
}

/// A server under test; it ends with [`Serving::stop`], or with its test.
pub(crate) struct Serving {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it saw.
    pub(crate) seen: Arc<Seen>,
    task: JoinHandle<()>,
    #[expect(dead_code, reason = "the server stops when this is dropped")]
    stop: oneshot::Sender<()>,
}

impl Serving {
    /// On a port of its own, executing commands so.
    pub(crate) fn start(execute: impl Fn(Command, Reply) + Send + Sync + 'static) -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), execute)
    }

    /// At this address.
    pub(crate) fn at(address: SocketAddr, execute: impl Fn(Command, Reply) + Send + Sync + 'static) -> Self {
        let sockets = Sockets::bind(address, SessionPorts::Shared, 2).expect("a free port");
        let address = sockets.local_address().expect("an address");
        let seen = Arc::new(Seen::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let handler = Executing { execute, seen: Arc::clone(&seen) };
        // A secret of its own, as every process has one.
        let secret = [u8::try_from(address.port() % 251).expect("a byte"); 32];
        let task = tokio::spawn(serve(sockets, ServerConfig::new(secret), handler, async { drop(stopped.await) }));
        Self { address, seen, task, stop }
    }

    /// Ends the server without a word to anyone, leaving its port free.
    pub(crate) async fn kill(self) {
        self.task.abort();
        drop(self.task.await);
        // Its workers are tasks of their own, which end when it is dropped.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    /// A pool of this server.
    pub(crate) fn pool(&self, sessions: usize) -> Pool {
        Pool::new(PoolOptions { sessions, ..PoolOptions::new(self.address.to_string()) })
    }

    /// A pool of this server whose sessions speak v1: one request at a time in each.
    pub(crate) fn pool_of_v1(&self, sessions: usize) -> Pool {
        let protocol = posto_session::Protocol::V1;
        Pool::new(PoolOptions { sessions, protocol, ..PoolOptions::new(self.address.to_string()) })
    }

    /// One session with this server.
    pub(crate) async fn client(&self) -> Client {
        soon(Client::connect(self.address, ConnectOptions::default())).await.expect("a session")
    }

    /// Waits until so many sessions were closed.
    pub(crate) async fn until_closed(&self, sessions: usize) {
        let closed = async {
            while self.seen.closed() < sessions {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        soon(closed).await;
    }
}

struct Executing<F> {
    execute: F,
    seen: Arc<Seen>,
}

impl<F: Fn(Command, Reply) + Send + Sync + 'static> Handler for Executing<F> {
    fn handle(&self, request: posto_udp::Request, reply: Reply) {
        let request = command::read(&request.order.data).expect("our own client makes no mistakes");
        self.seen.requests.lock().expect("no panics").push(request.clone());
        (self.execute)(request.command, reply);
    }

    fn notify(&self, notification: Notification) {
        match notification {
            Notification::Opened { .. } => self.seen.opened.fetch_add(1, Ordering::SeqCst),
            Notification::Closed { .. } => self.seen.closed.fetch_add(1, Ordering::SeqCst),
            Notification::Refused { counters, .. } => panic!("our own client sends only packets: {counters:?}"),
            Notification::KernelDropped { .. } => 0,
        };
    }
}

/// Answers every command as if it were `T`.
pub(crate) fn tell_time(_: Command, reply: Reply) {
    reply.send(answer::ok(&a_time()));
}

pub(crate) fn a_time() -> ServerTime {
    ServerTime {
        ahead_of_utc_s: None,
        now: "2026-08-21T06:00:00Z".to_owned(),
        version: "0.1.0".to_owned(),
        uptime_s: 1,
        stations: 2,
        prices: 3,
        book: "5d41402abc4b2a76".to_owned(),
        position: None,
        group: GroupStanding::default(),
    }
}

pub(crate) fn dourados() -> Position {
    Position::from_degrees(-22.223_665, -54.771_388).expect("a position")
}

/// A report that made a station known.
pub(crate) fn reported() -> Reported {
    Reported {
        station: "it-1".to_owned(),
        new_station: true,
        replaced: None,
        price: 4999,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        at: "2026-08-21T06:00:00Z".to_owned(),
    }
}

/// A report of gasoline in the centre of Dourados.
pub(crate) fn a_report(id: Option<&str>) -> Report {
    let wish = StationWish {
        fuel: Fuel::Gasoline,
        position: dourados(),
        station: None,
        radius_km: 0.0,
        new: false,
        name: None,
        brand: None,
    };
    Report {
        wish,
        price: Price::from_thousandths(4999).expect("a price"),
        coordinates: "(-22.223665;-54.771388)".to_owned(),
        id: id.map(str::to_owned),
        reporter: None,
        cautious: false,
    }
}

/// A search for gasoline within 5 km of the centre of Dourados.
pub(crate) fn a_search() -> Search {
    let area = Area::Circle(Circle::new(dourados(), 5.0).expect("a circle"));
    Search { coordinates: Some("(-22.223665;-54.771388)".to_owned()), ..Search::new(Fuel::Gasoline, area) }
}

/// A station as the wire tells it.
pub(crate) fn facts(number: u32) -> StationFacts {
    StationFacts {
        id: format!("it-{number}"),
        lat: 45.46,
        lon: 9.19,
        name: Some("Distributore".to_owned()),
        brand: None,
        source: Some("it".to_owned()),
    }
}

pub(crate) fn price_of(fuel: Fuel) -> PriceFacts {
    PriceFacts {
        fuel: fuel.code(),
        price: 1689,
        currency: "EUR".to_owned(),
        unit: "l".to_owned(),
        reported_at: Some("2026-08-21T06:00:00Z".to_owned()),
        stale: false,
        suspect: false,
    }
}

pub(crate) fn found(number: u32) -> StationPrice {
    StationPrice {
        station: facts(number),
        price: price_of(Fuel::Gasoline),
        opening: OpeningFacts::default(),
        distance_m: Some(12.5),
        trip_cost: None,
    }
}

/// A record with these names, and as many prices.
pub(crate) fn a_record(label: &str, prices: usize) -> ImportedStation {
    let label = Label::new(label);
    let station = Station {
        name: label.clone(),
        brand: label.clone(),
        address: label,
        source: Label::new("it"),
        ..Station::at(
            StationId::parse("it-61154").expect("an id"),
            Position::from_degrees(45.46, 9.19).expect("a position"),
        )
    };
    let quote = Quote {
        price: Price::from_thousandths(1689).expect("a price"),
        currency: Currency::EUR,
        unit: Unit::Litre,
        reported_at: Some(Timestamp::from_millis(1_787_292_000_000)),
        coordinates: None,
    };
    let prices = Fuel::ALL.into_iter().take(prices).map(|fuel| ImportedPrice { fuel, quote: quote.clone() });
    ImportedStation { prices: prices.collect(), ..ImportedStation::new(station) }
}
