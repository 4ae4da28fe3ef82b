//! A small HTTP/1.1 client of our own: a test sees every byte, and no library mends anything.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// `GET target`.
pub fn get(server: SocketAddr, target: &str) -> Response {
    get_with(server, target, "")
}

/// `GET target` with further header lines (each ending in CR LF).
pub fn get_with(server: SocketAddr, target: &str, headers: &str) -> Response {
    send(server, &format!("GET {target} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{headers}\r\n"))
}

/// `POST target` with a JSON body and further header lines (each ending in CR LF).
pub fn post(server: SocketAddr, target: &str, headers: &str, body: &str) -> Response {
    let length = body.len();
    send(
        server,
        &format!(
            "POST {target} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        ),
    )
}

/// Sends a request as it is and reads the answer to its end.
///
/// # Panics
/// Where nothing listens, or the answer is no HTTP.
pub fn send(server: SocketAddr, request: &str) -> Response {
    let mut stream = TcpStream::connect(server).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time-out");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it answers");
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Response {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let body = bytes[end + 4..].to_vec();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunked(&body) } else { body };
    Response { status: status.expect("a status"), headers, body }
}

/// RFC 9112 §7.1, without extensions and trailers.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&rest[..end]), 16).expect("a chunk's size");
        let data = &rest[end + 2..];
        body.extend_from_slice(&data[..size]);
        rest = data.get(size + 2..).unwrap_or_default();
        if size == 0 {
            break;
        }
    }
    body
}
