//! The other ways in: the TCP line with real `nc` and hostile peers, the prompt and the menu in a
//! pseudo-terminal, `posto ping`, and answers that somebody else forged.

mod dialogue;
mod forged;
mod hostile;
mod lan;
mod ping;
mod rights;
mod tcp;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Where the sample prices are.
const DOURADOS: &str = "-22.2175 -54.7653";

/// All that the server says to these bytes, sent at once, until it closes.
fn say(server: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(server);
    // A server that has closed already has said why.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    heard(&mut stream)
}

fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time-out");
    stream
}

fn heard(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // What came before a reset is what the server said.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).expect("UTF-8")
}
