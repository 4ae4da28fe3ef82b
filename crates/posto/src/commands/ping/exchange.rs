//! One exchange after the other with a server: the session's own state machine, driven here so that
//! every datagram is seen and every wait told.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use posto_session::{Ask, Client, ClientConfig, ClientEvent, Protocol, Psk};
use posto_wire::limits::MAX_DATAGRAM;
use posto_wire::{Command, Request};

/// The first wait for an answer; each further one is twice as long.
pub const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The last wait: the next would be beyond 2 s.
const LAST_WAIT: Duration = Duration::from_millis(1600);

/// All waits together (0.1 + 0.2 + 0.4 + 0.8 + 1.6 s), and a little less, so that nothing is sent
/// just before giving up.
const GIVE_UP: Duration = Duration::from_millis(3_099);

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With the answer.
    Answered,
    /// The server said that it will not.
    Refused(String),
    /// Without a word.
    Silent,
}

/// A handshake or a request.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub ended: Ended,
    pub took: Duration,
    /// Times the datagram was sent again.
    pub repeats: u32,
    /// Datagrams and their bytes.
    pub sent: (u64, u64),
    pub received: (u64, u64),
    /// Datagrams of others than the server, which nobody believed.
    pub strangers: u64,
}

/// A server that is pinged.
pub struct Pinger {
    socket: UdpSocket,
    server: SocketAddr,
    protocol: Protocol,
    psk: Option<Psk>,
    client: Option<Client>,
}

impl Pinger {
    /// Nothing is sent yet.
    pub fn new(
        server: SocketAddr,
        bind: Option<SocketAddr>,
        (protocol, psk): (Protocol, Option<Psk>),
    ) -> anyhow::Result<Self> {
        let any = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let ours = bind.unwrap_or(SocketAddr::new(any, 0));
        let socket = UdpSocket::bind(ours).with_context(|| format!("cannot bind UDP {ours}"))?;
        Ok(Self { socket, server, protocol, psk, client: None })
    }

    /// Whether there is a session to ask in.
    pub fn is_open(&self) -> bool {
        self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    /// Opens a session. `waiting` is told of each wait, with how often the datagram was sent by then.
    pub fn open(&mut self, waiting: impl FnMut(u32)) -> anyhow::Result<Exchange> {
        let (mut seed, mut secret) = ([0; 8], [0; 32]);
        getrandom::fill(&mut seed)
            .and_then(|()| getrandom::fill(&mut secret))
            .map_err(|error| anyhow!("no random bytes from the system: {error}"))?;
        let config = ClientConfig {
            connect_timeout: GIVE_UP,
            secret,
            protocol: self.protocol,
            psk: self.psk.clone(),
            first_timeout: Some(FIRST_WAIT),
            ..ClientConfig::new(u64::from_le_bytes(seed))
        };
        self.client = Some(Client::new(Instant::now(), self.server, &config));
        self.exchange(waiting)
    }

    /// Asks for the server's date and time: the smallest request there is.
    pub fn ask(&mut self, waiting: impl FnMut(u32)) -> anyhow::Result<Exchange> {
        let now = Instant::now();
        let ask = Ask { data: Request::json(Command::Time).to_value(), deadline: now + GIVE_UP, repeatable: true };
        if let Some(client) = &mut self.client {
            client.request(now, ask)?;
        }
        self.exchange(waiting)
    }

    /// Ends the session.
    pub fn close(&mut self) {
        if let Some(client) = &mut self.client {
            client.close(Instant::now());
            while let Some((to, bytes)) = client.poll_transmit() {
                // The server forgets the session by itself, too.
                let _ = self.socket.send_to(&bytes, to);
            }
        }
    }

    fn exchange(&mut self, mut waiting: impl FnMut(u32)) -> anyhow::Result<Exchange> {
        let Some(client) = &mut self.client else { return Err(anyhow!("there is no session")) };
        let (started, mut times) = (Instant::now(), 0);
        let mut exchange = Exchange {
            ended: Ended::Silent,
            took: Duration::ZERO,
            repeats: 0,
            sent: (0, 0),
            received: (0, 0),
            strangers: 0,
        };
        loop {
            if let Some(ended) = concluded(client) {
                return Ok(Exchange { ended, took: started.elapsed(), repeats: times.max(1) - 1, ..exchange });
            }
            let mut sent = 0;
            while let Some((to, bytes)) = client.poll_transmit() {
                // What cannot be sent is lost as on the network.
                let _ = self.socket.send_to(&bytes, to);
                sent += bytes.len();
                exchange.sent.0 += 1;
            }
            if sent > 0 {
                exchange.sent.1 += u64::try_from(sent)?;
                times += 1;
                waiting(times);
            }
            let due = client.poll_timeout().unwrap_or(started + GIVE_UP);
            let patience = due.saturating_duration_since(Instant::now()).min(LAST_WAIT);
            if patience.is_zero() {
                client.handle_timeout(Instant::now());
                continue;
            }
            self.socket.set_read_timeout(Some(patience))?;
            let mut buffer = [0; MAX_DATAGRAM + 1];
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) if believed(from, self.server, self.protocol) => {
                    exchange.received = (exchange.received.0 + 1, exchange.received.1 + u64::try_from(length)?);
                    client.handle_datagram(Instant::now(), from, buffer.get(..length).unwrap_or_default());
                }
                Ok(_) => exchange.strangers += 1,
                Err(error) if is_time_out(error.kind()) => client.handle_timeout(Instant::now()),
                Err(error) => return Err(error).context("cannot receive"),
            }
        }
    }
}

/// Whether a datagram can be the server's: it comes from where ours go to. Only v1 may go on from
/// another port of the same host (PROTOCOL §3.2), as the original does; who asks for v1 takes that.
fn believed(from: SocketAddr, server: SocketAddr, protocol: Protocol) -> bool {
    from == server || (protocol == Protocol::V1 && from.ip() == server.ip())
}

fn is_time_out(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// How the exchange under way ended, if it did.
fn concluded(client: &mut Client) -> Option<Ended> {
    while let Some(event) = client.poll_event() {
        match event {
            ClientEvent::Connected { .. } | ClientEvent::Answered { .. } => return Some(Ended::Answered),
            ClientEvent::Failed { .. } => return Some(Ended::Silent),
            ClientEvent::ConnectFailed(posto_session::ConnectError::Silence) => return Some(Ended::Silent),
            ClientEvent::ConnectFailed(error) => return Some(Ended::Refused(error.to_string())),
            ClientEvent::StillConnecting { .. }
            | ClientEvent::Reopening
            | ClientEvent::GoingAway
            | ClientEvent::Retransmitted { .. } => {}
        }
    }
    None
}

/// The wait after the datagram was sent for the `times`th time.
pub fn wait_after(times: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << times.saturating_sub(1).min(16)).min(LAST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_and_end_before_two_seconds() {
        let waits: Vec<_> = (1..=5).map(wait_after).collect();
        assert_eq!(waits.iter().map(Duration::as_millis).collect::<Vec<_>>(), [100, 200, 400, 800, 1600]);
        assert!(waits.iter().sum::<Duration>() - GIVE_UP < Duration::from_millis(2));
    }

    #[test]
    fn only_v1_goes_on_from_another_port() {
        let address = |text: &str| text.parse().unwrap();
        let server = address("192.0.2.1:5000");
        for (from, protocol, expected) in [
            ("192.0.2.1:5000", Protocol::Any, true),
            ("192.0.2.1:5001", Protocol::Any, false),
            ("192.0.2.1:5001", Protocol::V1, true),
            ("192.0.2.2:5000", Protocol::V1, false),
        ] {
            assert_eq!(believed(address(from), server, protocol), expected, "{from} {protocol:?}");
        }
    }
}
