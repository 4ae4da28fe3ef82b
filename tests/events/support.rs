//! What these tests share: a client of Server-Sent Events that sees every byte, and prices to hear of.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use posto_tests::http::{Response, post};
use posto_tests::process::{Serving, posto, run};
use serde_json::Value;
use socket2::{Domain, SockRef, Socket, Type};

/// Longer than anything here takes, so that a test ends where it would hang.
pub(crate) const ENOUGH: Duration = Duration::from_secs(60);

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Event {
    /// The place in the journal that its id names.
    pub(crate) fn position(&self) -> u64 {
        position(&self.id)
    }

    /// Station, fuel and price, as text.
    pub(crate) fn told(&self) -> (String, String, String) {
        let text = |member: &str| self.data[member].to_string().trim_matches('"').to_owned();
        (text("id"), text("fuel"), text("price"))
    }
}

pub(crate) fn position(id: &str) -> u64 {
    id.rsplit_once('.').and_then(|(_, position)| position.parse().ok()).unwrap_or_else(|| panic!("no id: {id:?}"))
}

/// A stream of events being read.
pub(crate) struct Listener {
    stream: BufReader<TcpStream>,
    /// The headers of the answer, in lower case.
    pub(crate) head: String,
    /// What arrived and is not yet an event.
    text: String,
    /// The id that was heard last, of an event or not.
    pub(crate) last_id: String,
}

impl Listener {
    /// Listens, and has heard where it begins.
    pub(crate) fn new(gateway: SocketAddr, query: &str) -> Self {
        Self::with(TcpStream::connect(gateway).expect("it listens"), gateway, query, "")
    }

    /// The same after the event with this id.
    pub(crate) fn after(gateway: SocketAddr, query: &str, id: &str) -> Self {
        let header = format!("Last-Event-ID: {id}\r\n");
        Self::with(TcpStream::connect(gateway).expect("it listens"), gateway, query, &header)
    }

    /// The same with hardly any room for what it does not read.
    pub(crate) fn narrow(gateway: SocketAddr, query: &str) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(2_048).expect("a size");
        socket.connect(&gateway.into()).expect("it listens");
        Self::with(socket.into(), gateway, query, "")
    }

    /// Room for much from now on: through a narrow window the rest would come a kilobyte at a time,
    /// five times a second.
    pub(crate) fn widen(&self) {
        SockRef::from(self.stream.get_ref()).set_recv_buffer_size(1 << 20).expect("a size");
    }

    fn with(mut stream: TcpStream, gateway: SocketAddr, query: &str, headers: &str) -> Self {
        stream.set_read_timeout(Some(ENOUGH)).expect("a time-out");
        let request = format!("GET /events{query} HTTP/1.1\r\nHost: {gateway}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut head).expect("it answers") > 0, "{head}");
        }
        let head = head.to_lowercase();
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        let mut listener = Self { stream, head, text: String::new(), last_id: String::new() };
        let begun = listener.block().expect("in time").expect("where it begins");
        assert_eq!(begun.name, "");
        listener
    }

    /// The next event.
    pub(crate) fn event(&mut self) -> Event {
        self.next_event().expect("the stream goes on")
    }

    /// The next so many events.
    pub(crate) fn events(&mut self, count: usize) -> Vec<Event> {
        (0..count).map(|_| self.event()).collect()
    }

    /// The next event; `None` at the end of the stream, where it ends as HTTP says.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.try_next().expect("the stream was cut")
    }

    fn try_next(&mut self) -> io::Result<Option<Event>> {
        loop {
            match self.block()? {
                Some(event) if event.name.is_empty() => {}
                event => return Ok(event),
            }
        }
    }

    /// What stands before the next blank line; without a name it is no event for a page.
    fn block(&mut self) -> io::Result<Option<Event>> {
        while !self.text.contains("\n\n") {
            let Some(chunk) = self.chunk()? else { return Ok(None) };
            self.text.push_str(&chunk);
        }
        let (block, rest) = self.text.split_once("\n\n").expect("a blank line");
        let (block, rest) = (block.to_owned(), rest.to_owned());
        self.text = rest;
        let field = |name: &str| {
            let value = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(|value| value.trim_start().to_owned())
        };
        self.last_id = field("id").unwrap_or_else(|| panic!("without an id: {block}"));
        let data = field("data").map_or(Value::Null, |data| serde_json::from_str(&data).expect("JSON"));
        Ok(Some(Event { name: field("event").unwrap_or_default(), id: self.last_id.clone(), data }))
    }

    /// One chunk (RFC 9112 §7.1); `None` for the last one.
    fn chunk(&mut self) -> io::Result<Option<String>> {
        let mut size = String::new();
        if self.stream.read_line(&mut size)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let size = usize::from_str_radix(size.trim(), 16).expect("a size");
        let mut chunk = vec![0; size + 2];
        self.stream.read_exact(&mut chunk)?;
        Ok((size > 0).then(|| String::from_utf8_lossy(&chunk[..size]).into_owned()))
    }

    /// Events until one that this is true of, or until the stream was cut: `None`.
    pub(crate) fn until(&mut self, mut last: impl FnMut(&Event) -> bool) -> Option<Event> {
        loop {
            match self.try_next() {
                Ok(Some(event)) if last(&event) => return Some(event),
                Ok(Some(_)) => {}
                Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
                    return None;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A price of ethanol at a place of its own, told apart from all others by this number.
pub(crate) fn report(gateway: SocketAddr, number: u32) -> Response {
    let (lon, price) = place_and_price(number);
    let body = format!(r#"{{"fuel": "ethanol", "price": {price}, "lat": 10.5, "lon": {lon}}}"#);
    let answer = post(gateway, "/stations", "", &body);
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    answer
}

/// The same over UDP.
pub(crate) fn report_by_udp(server: SocketAddr, number: u32) {
    let (lon, price) = place_and_price(number);
    let mut report = posto(["report", "ethanol", &price, "10.5", &lon, "--server", &server.to_string()]);
    let output = run(&mut report, "", ENOUGH);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn place_and_price(number: u32) -> (String, String) {
    let (lon, price) = (f64::from(number).mul_add(0.01, 10.0), f64::from(1000 + number) / 1000.0);
    (format!("{lon:.3}"), format!("{price:.3}"))
}

/// The numbers of the reports that these events tell.
pub(crate) fn numbers(events: &[Event]) -> Vec<u32> {
    let number = |event: &Event| {
        assert_eq!((event.name.as_str(), &event.data["fuel"]), ("price", &Value::from("ethanol")));
        let price = event.data["price"].as_f64().expect("a price");
        format!("{:.0}", price.mul_add(1000.0, -1000.0)).parse().expect("a number")
    };
    events.iter().map(number).collect()
}

/// A server at an address that another one had.
pub(crate) fn serve_again(address: SocketAddr, data: &Path) -> Serving {
    let address = address.to_string();
    Serving::start(posto(["serve", "--udp", &address, "--data"]).arg(data), 1)
}
