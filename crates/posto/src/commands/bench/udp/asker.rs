//! Who asks: our client's state machine with a socket and a clock, and nothing between.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use posto_market::{Area, Circle, Freshness, Fuel, Position};
use posto_session::{Ask, Client, ClientConfig, ClientEvent, Protocol};
use posto_wire::{Command, Request, Search, Value, command};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::commands::bench::measured::Measured;

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub sessions: usize,
    /// Requests in the air in each.
    pub window: usize,
    pub time: Duration,
    /// Requests a second in all; `None`: the next when one is answered.
    pub rate: Option<u32>,
    /// Whether requests ready at the same time travel in one datagram.
    pub share: bool,
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks a server for the cheapest gasoline within 5 km of the sample stations.
pub async fn ask(server: SocketAddr, load: &Load) -> anyhow::Result<Measured> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..load.sessions {
        running.spawn(Session::open(server, *load, number).await?.run());
    }
    let (mut times, mut repeats, mut failed) = (Vec::new(), 0, 0);
    while let Some(ended) = running.join_next().await {
        let session = ended??;
        times.extend(session.times);
        repeats += session.repeats;
        failed += session.failed;
    }
    Ok(Measured { repeats, failed, ..Measured::new(times, started.elapsed()) })
}

fn question() -> anyhow::Result<Value> {
    let centre = Position::from_degrees(-22.2175, -54.7653).context("a position")?;
    let circle = Circle::new(centre, 5.0).context("a circle")?;
    let search = Search {
        coordinates: Some(command::coordinates_of(centre)),
        freshness: Freshness::Any,
        limit: 1,
        ..Search::new(Fuel::Gasoline, Area::Circle(circle))
    };
    Ok(Request::text(Command::Cheapest(search)).to_value())
}

struct Session {
    socket: UdpSocket,
    client: Client,
    question: Value,
    load: Load,
    /// When each request was asked, or with a rate should have been.
    asked: HashMap<posto_session::RequestId, Instant>,
    /// When the next one is to be asked, with a rate.
    next: Instant,
    times: Vec<Duration>,
    repeats: u64,
    failed: u64,
}

impl Session {
    async fn open(server: SocketAddr, load: Load, number: usize) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let seed = u64::try_from(number)?;
        let mut config =
            ClientConfig { protocol: Protocol::V2, share_datagrams: load.share, ..ClientConfig::new(seed) };
        getrandom::fill(&mut config.secret)?;
        let now = Instant::now();
        let client = Client::new(now, server, &config);
        let (asked, times) = (HashMap::new(), Vec::new());
        Ok(Self { socket, client, question: question()?, load, asked, next: now, times, repeats: 0, failed: 0 })
    }

    async fn run(mut self) -> anyhow::Result<Self> {
        let mut until = None;
        loop {
            let now = Instant::now();
            while let Some(event) = self.client.poll_event() {
                match event {
                    ClientEvent::Answered { id, .. } => {
                        self.times.extend(self.asked.remove(&id).map(|asked| now.saturating_duration_since(asked)));
                    }
                    ClientEvent::Failed { id, .. } => {
                        self.asked.remove(&id);
                        self.failed += 1;
                    }
                    ClientEvent::Retransmitted { .. } => self.repeats += 1,
                    ClientEvent::Connected { .. } => (until, self.next) = (Some(now + self.load.time), now),
                    ClientEvent::ConnectFailed(error) => bail!("no session: {error}"),
                    ClientEvent::StillConnecting { .. } | ClientEvent::Reopening | ClientEvent::GoingAway => {}
                }
            }
            match until {
                Some(until) if now < until => self.ask_more(now)?,
                Some(_) if self.asked.is_empty() => self.client.close(now),
                _ => {}
            }
            while let Some((to, bytes)) = self.client.poll_transmit() {
                if self.socket.try_send_to(&bytes, to).is_err() {
                    self.socket.send_to(&bytes, to).await?;
                }
            }
            if self.client.is_closed() {
                return Ok(self);
            }
            self.wait(until).await;
        }
    }

    fn ask_more(&mut self, now: Instant) -> anyhow::Result<()> {
        loop {
            let (due, asked) = match self.load.rate {
                Some(_) => (self.next <= now, self.next),
                None => (self.asked.len() < self.load.window, now),
            };
            if !due {
                return Ok(());
            }
            let ask = Ask { data: self.question.clone(), deadline: now + PATIENCE, repeatable: true };
            match self.client.request(now, ask) {
                Ok(id) => drop(self.asked.insert(id, asked)),
                // More than the client keeps waiting: the server cannot follow.
                Err(posto_session::RequestError::TooManyWaiting) if self.load.rate.is_some() => self.failed += 1,
                Err(error) => return Err(error.into()),
            }
            self.next += self.pause();
        }
    }

    /// Between two requests of this session, with a rate.
    fn pause(&self) -> Duration {
        let sessions = u32::try_from(self.load.sessions).unwrap_or(u32::MAX);
        self.load.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) * sessions / rate)
    }

    async fn wait(&mut self, until: Option<Instant>) {
        let next = self.load.rate.and(until).map(|_| self.next);
        let due = self.client.poll_timeout().into_iter().chain(next).chain(until.filter(|_| !self.asked.is_empty()));
        let due = due.min().unwrap_or_else(|| Instant::now() + PATIENCE);
        // That the time is up is seen by the state machine itself.
        let _ = tokio::time::timeout_at(due.into(), self.socket.readable()).await;
        let now = Instant::now();
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = self.socket.try_recv_from(&mut buffer) {
            self.client.handle_datagram(now, from, buffer.get(..length).unwrap_or_default());
        }
        self.client.handle_timeout(now);
    }
}
