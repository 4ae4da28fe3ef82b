//! A fake fuel-price server, and a gateway in front of it that is called without a port.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use posto_client::{Pool, PoolOptions};
use posto_gateway::{Options, State, answer, app};
use posto_session::ServerConfig;
use posto_udp::{Handler, Notification, Reply, SessionPorts, Sockets};
use posto_wire::answer::{
    self, Candidate, Cell, Cells, GroupStanding, History, OpeningFacts, PastPrice, PriceFacts, Reported, ServerTime,
    StationDetail, StationFacts, StationPrice, Statistics,
};
use posto_wire::answer::{Answer, Flagged, Stations};
use posto_wire::{Command, ErrorCode, Mistake, Value, command};
use serde_json::Value as Json;

/// What the fake server says to a command; `None`: nothing.
pub(crate) type Script = fn(&Command) -> Option<Value>;

/// A fake server with what it was asked.
struct Fake {
    script: Script,
    asked: Arc<Mutex<Vec<command::Request>>>,
}

impl Handler for Fake {
    fn handle(&self, request: posto_udp::Request, reply: Reply) {
        let request = command::read(&request.order.data).expect("the gateway sends good commands");
        let answer = (self.script)(&request.command);
        self.asked.lock().unwrap().push(request);
        match answer {
            Some(answer) => reply.send(answer),
            None => std::mem::forget(reply), // works on it for ever
        }
    }

    fn notify(&self, _: Notification) {}
}

/// A gateway in front of a fake server, or of nobody.
pub(crate) struct Gateway {
    pub(crate) app: Router,
    /// The server's.
    pub(crate) address: SocketAddr,
    pub(crate) asked: Arc<Mutex<Vec<command::Request>>>,
}

impl Gateway {
    pub(crate) fn before(script: Script) -> Self {
        Self::with(script, Options::default())
    }

    pub(crate) fn with(script: Script, options: Options) -> Self {
        let sockets = Sockets::bind(SocketAddr::from(([127, 0, 0, 1], 0)), SessionPorts::Shared, 2).unwrap();
        let server = sockets.local_address().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let fake = Fake { script, asked: Arc::clone(&asked) };
        tokio::spawn(posto_udp::serve(sockets, ServerConfig::new([7; 32]), fake, std::future::pending()));
        let app = app(State::new(Pool::new(PoolOptions::new(server.to_string())), options));
        Self { app, address: server, asked }
    }

    /// In front of a port where nobody listens, but which nobody else gets.
    pub(crate) fn before_silence() -> (Self, std::net::UdpSocket) {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        (Self::asking(socket.local_addr().unwrap()), socket)
    }

    /// In front of whatever is there.
    pub(crate) fn asking(server: SocketAddr) -> Self {
        let pool = Pool::new(PoolOptions::new(server.to_string()));
        Self { app: app(State::new(pool, Options::default())), address: server, asked: Arc::default() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, body: &str) -> Answered {
        self.send(post(body)).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answered {
        let response = answer(self.app.clone(), request).await;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answered { status: parts.status, headers: parts.headers, body: bytes.to_vec() }
    }

    /// Everything the server was asked.
    pub(crate) fn asked(&self) -> Vec<command::Request> {
        self.asked.lock().unwrap().clone()
    }
}

pub(crate) fn post(body: &str) -> Request<Body> {
    Request::post("/stations").header("content-type", "application/json").body(Body::from(body.to_owned())).unwrap()
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answered {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is a whole problem with this code, and returns it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Json {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert_eq!(self.headers.contains_key("retry-after"), status == 503);
        problem
    }

    /// The bad parameters of a problem: name and reason.
    #[track_caller]
    pub(crate) fn faults(&self, status: u16, code: &str) -> Vec<(String, String)> {
        let problem = self.problem(status, code);
        let text = |error: &Json, member: &str| error[member].as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("{problem}"));
        errors.iter().map(|error| (text(error, "parameter"), text(error, "reason"))).collect()
    }
}

pub(crate) fn ok(answer: &impl Answer) -> Option<Value> {
    Some(answer::ok(answer))
}

pub(crate) fn refuse(code: ErrorCode) -> Option<Value> {
    let mut mistake = Mistake::new(code, "não");
    if matches!(code, ErrorCode::PostoAmbiguo | ErrorCode::AguardaConfirmacao) {
        mistake.candidates = vec![Candidate { station: mitai(), distance_m: 12.5 }];
    }
    Some(answer::error(&mistake))
}

pub(crate) fn mitai() -> StationFacts {
    StationFacts {
        id: "6u119g3j6uk1".to_owned(),
        lat: -22.217551,
        lon: -54.765349,
        name: Some("Auto Posto Mitai".to_owned()),
        brand: None,
        source: None,
    }
}

pub(crate) fn gasoline(price: u32) -> PriceFacts {
    PriceFacts {
        fuel: 2,
        price,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        reported_at: Some("2026-01-02T03:04:05Z".to_owned()),
        stale: false,
        suspect: false,
    }
}

pub(crate) fn station_price() -> StationPrice {
    StationPrice {
        station: mitai(),
        price: gasoline(4999),
        opening: OpeningFacts::default(),
        distance_m: Some(1234.56),
        trip_cost: None,
    }
}

pub(crate) fn cell(lowest: Option<u32>) -> Cell {
    let currency = lowest.map(|_| "BRL".to_owned());
    Cell { lat: -22.5, lon: -54.5, count: 12, lowest, currency, station: None }
}

pub(crate) fn past(price: u32) -> PastPrice {
    PastPrice {
        fuel: 2,
        price: Some(price),
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        reported_at: None,
        recorded_at: "2026-01-02T03:04:05Z".to_owned(),
    }
}

pub(crate) fn reported(replaced: Option<u32>) -> Reported {
    Reported {
        station: mitai().id,
        new_station: replaced.is_none(),
        replaced,
        price: 4999,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        at: "2026-01-02T03:04:05Z".to_owned(),
    }
}

/// A server that has one station and answers everything.
pub(crate) fn friendly(command: &Command) -> Option<Value> {
    match command {
        Command::Report(_) => ok(&reported(None)),
        Command::Cheapest(_) | Command::List(_) => ok(&Stations { stations: vec![station_price()], next: None }),
        Command::Station { .. } => {
            let prices = vec![gasoline(4999)];
            ok(&StationDetail { station: mitai(), address: None, opening: OpeningFacts::default(), prices, next: None })
        }
        Command::Time => ok(&ServerTime {
            ahead_of_utc_s: None,
            now: "2026-01-02T03:04:05Z".to_owned(),
            version: "0.1.0".to_owned(),
            uptime_s: 5,
            stations: 1,
            prices: 1,
            book: "b".to_owned(),
            position: None,
            group: GroupStanding::default(),
        }),
        Command::Map(_) => ok(&Cells { cells: vec![cell(Some(3999))], next: None }),
        Command::History(_) => ok(&History { prices: vec![past(4999)], next: None }),
        Command::Statistics(_) => ok(&Statistics::default()),
        Command::Flag(flag) if flag.station.as_str() == "it-1" => ok(&Flagged { counted: true }),
        Command::Flag(_) => Some(posto_wire::answer::error(&Mistake::new(ErrorCode::PostoDesconhecido, "?"))),
        Command::Import(_) | Command::Changes(_) | Command::Moderate(_) | Command::Oversee(_) => None,
    }
}
