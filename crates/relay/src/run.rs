//! The relay: real UDP sockets around a [`Link`], with one socket towards the server for each
//! client, as a NAT has it. Its sockets are in `run/sockets.rs`, its clients in `run/clients.rs`.

mod clients;
mod sockets;

use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::sync::mpsc;

use crate::faults::{Both, Direction, Faults};
use crate::limits::{DATAGRAMS_PER_WAKE, MAX_READ};
use crate::link::{Event, Link};
use crate::statistics::Counters;
use clients::Clients;
use sockets::{Doors, Incoming};

/// Which relay.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where clients reach it; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The server.
    pub to: SocketAddr,
    /// What happens on the way.
    pub faults: Both<Faults>,
    /// What decides it.
    pub seed: u64,
    /// The port towards the server changes this often, as a NAT's that forgets; `None`: never.
    pub rebind: Option<Duration>,
}

/// The relay's own address could not be bound.
#[derive(Debug, Error)]
#[error("cannot bind UDP {address}: {cause}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What the system said.
    pub cause: io::Error,
}

/// Something that a relay did.
#[derive(Debug)]
pub enum Report {
    /// The link did something to a datagram.
    Fault {
        /// Who sent it: a client, or the server.
        from: SocketAddr,
        /// Its bytes.
        length: usize,
        /// What was done.
        event: Event,
    },
    /// A client's datagrams reach the server from this port of ours from now on.
    Rebound {
        /// The client.
        client: SocketAddr,
        /// The port.
        port: u16,
    },
    /// The client silent for longest gave up its place to another.
    Evicted {
        /// The client.
        client: SocketAddr,
    },
    /// A datagram could not be relayed, and is lost.
    Unsent {
        /// To whom.
        to: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
}

/// What a relay has done in all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// What the link did.
    pub counters: Both<Counters>,
    /// Datagrams that were still on their way at the end.
    pub on_the_way: usize,
    /// Clients served, one that came again after its eviction counted again.
    pub clients: u64,
    /// Clients that gave up their place.
    pub evicted: u64,
    /// Ports towards the server that were changed.
    pub rebound: u64,
    /// Datagrams to a client's port that were not from the server, and not relayed.
    pub strangers: u64,
    /// Datagrams that could not be relayed.
    pub unsent: u64,
}

/// A relay whose own address is bound.
#[derive(Debug)]
pub struct Relay {
    options: Options,
    doors: Doors,
    read: mpsc::Receiver<Incoming>,
    reads: mpsc::Sender<Incoming>,
}

impl Relay {
    /// Binds the relay's own address. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The address, and what the system said.
    pub async fn bind(options: Options) -> Result<Self, BindError> {
        let (reads, read) = mpsc::channel(MAX_READ);
        let opened = Doors::open(options.listen, options.to.port(), &reads).await;
        let doors = opened.map_err(|cause| BindError { address: options.listen, cause })?;
        Ok(Self { options, doors, read, reads })
    }

    /// Where clients reach it.
    #[must_use]
    pub const fn local_address(&self) -> SocketAddr {
        self.doors.address()
    }

    /// Relays until `shutdown` is ready; `report` is told of what it does to datagrams. What is on
    /// its way then is lost.
    pub async fn run(self, report: impl FnMut(Report), shutdown: impl Future<Output = ()>) -> Summary {
        let Self { options, doors, mut read, reads } = self;
        let link = Link::new(now(), options.faults, options.seed);
        let clients = Clients::new(options.to, reads.clone());
        let mut running = Running { to: options.to, link, doors, clients, reads, report, summary: Summary::default() };
        let mut rebind = options.rebind.map(interval);
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            running.deliver().await;
            let due = running.link.poll_timeout();
            tokio::select! {
                () = &mut shutdown => return running.finish(),
                Some(incoming) = read.recv() => {
                    running.take(incoming);
                    for _ in 1..DATAGRAMS_PER_WAKE {
                        let Ok(incoming) = read.try_recv() else { break };
                        running.take(incoming);
                    }
                }
                () = sleep_until(due) => {}
                () = tick(rebind.as_mut()) => running.rebind().await,
            }
        }
    }
}

/// A datagram in the link, with what is needed to hand it on.
#[derive(Debug, Clone)]
struct Parcel {
    client: SocketAddr,
    /// The server's port that it goes to or comes from.
    server_port: u16,
    bytes: Vec<u8>,
}

impl AsMut<[u8]> for Parcel {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

struct Running<R> {
    to: SocketAddr,
    link: Link<Parcel>,
    doors: Doors,
    clients: Clients,
    reads: mpsc::Sender<Incoming>,
    report: R,
    summary: Summary,
}

impl<R: FnMut(Report)> Running<R> {
    /// A datagram was read: into the link with it.
    fn take(&mut self, incoming: Incoming) {
        let (direction, from, parcel) = match incoming {
            Incoming::Asked { server_port, client, bytes } => {
                (Direction::Up, client, Parcel { client, server_port, bytes })
            }
            Incoming::Answered { from, .. } if from.ip() != self.to.ip() => return self.summary.strangers += 1,
            Incoming::Answered { client, from, bytes } => {
                (Direction::Down, from, Parcel { client, server_port: from.port(), bytes })
            }
        };
        let length = parcel.bytes.len();
        let fate = self.link.push(now(), direction, parcel);
        fate.events().for_each(|event| (self.report)(Report::Fault { from, length, event }));
    }

    /// Hands on what has arrived.
    async fn deliver(&mut self) {
        let now = now();
        while let Some((direction, parcel)) = self.link.poll(now) {
            let (to, sent) = match direction {
                Direction::Up => {
                    let to = SocketAddr::new(self.to.ip(), parcel.server_port);
                    (to, self.send_up(now, to, &parcel).await)
                }
                Direction::Down => (parcel.client, self.send_down(&parcel).await),
            };
            if let Err(cause) = sent {
                self.summary.unsent += 1;
                (self.report)(Report::Unsent { to, cause });
            }
        }
    }

    async fn send_up(&mut self, now: Instant, to: SocketAddr, parcel: &Parcel) -> io::Result<()> {
        if let Some(client) = self.clients.make_room(parcel.client) {
            self.summary.evicted += 1;
            (self.report)(Report::Evicted { client });
        }
        let (socket, is_new) = self.clients.socket(now, parcel.client).await?;
        self.summary.clients += u64::from(is_new);
        socket.send_to(&parcel.bytes, to).await.map(drop)
    }

    async fn send_down(&mut self, parcel: &Parcel) -> io::Result<()> {
        let door = self.doors.of(parcel.server_port, &self.reads).await?;
        door.send_to(&parcel.bytes, parcel.client).await.map(drop)
    }

    async fn rebind(&mut self) {
        for client in self.clients.addresses() {
            match self.clients.rebind(client).await {
                Ok(port) => {
                    self.summary.rebound += 1;
                    (self.report)(Report::Rebound { client, port });
                }
                // The old port serves on: nothing is lost by it.
                Err(cause) => (self.report)(Report::Unsent { to: self.to, cause }),
            }
        }
    }

    fn finish(self) -> Summary {
        Summary { counters: *self.link.counters(), on_the_way: self.link.on_the_way(), ..self.summary }
    }
}

/// The only place where the relay learns what time it is.
#[expect(clippy::disallowed_methods, reason = "the link has no clock: this is where it is told the time")]
fn now() -> Instant {
    Instant::now()
}

fn interval(period: Duration) -> tokio::time::Interval {
    let period = period.max(Duration::from_millis(1));
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

async fn tick(interval: Option<&mut tokio::time::Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => pending().await,
    }
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => pending().await,
    }
}
