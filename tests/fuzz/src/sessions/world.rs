//! A server, two clients and the network between them, in virtual time; and what must hold of them
//! whatever happens:
//!
//! - a request ends exactly once, and by its deadline;
//! - nobody executes a request of one session twice, and one that must not be repeated is executed
//!   once at all (unless somebody forges datagrams), through restarts, replays and moves;
//! - an answer of v2 is the one that was given to that very request;
//! - no datagram is longer than 1,200 bytes, none is answered by many, no timer stands still;
//! - the counts of requests in the air agree with what was handed out.
//!
//! What may be forged is checked only where nobody forges.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use posto_session::{
    Ask, Client, ClientConfig, ClientEvent, Port, RequestError, RequestId, RequestKey, Server, ServerConfig,
    ServerEvent,
};
use posto_wire::limits::MAX_DATAGRAM;
use posto_wire::{Object, Value};

use super::seen::Seen;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Datagrams on their way, and datagrams recorded, at most; more are lost.
const MOST_DATAGRAMS: usize = 64;

/// How long a request may take.
const DEADLINES: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(1), Duration::from_millis(100), Duration::ZERO];

/// A datagram on its way.
#[derive(Clone)]
pub(super) struct Datagram {
    from: SocketAddr,
    to: SocketAddr,
    /// What it says.
    pub(super) bytes: Vec<u8>,
}

struct Asked {
    number: u64,
    deadline: Instant,
}

struct Peer {
    config: ClientConfig,
    client: Client,
    address: SocketAddr,
    asked: HashMap<RequestId, Asked>,
}

/// Everything.
pub(super) struct World {
    now: Instant,
    config: ServerConfig,
    server: Server,
    restarts: u64,
    peers: [Peer; 2],
    on_the_way: VecDeque<Datagram>,
    recorded: VecDeque<Datagram>,
    pending: Vec<(RequestKey, u64)>,
    executed: HashSet<(u64, RequestKey)>,
    /// How often each number was executed, and whether it may be more than once.
    times: HashMap<u64, u32>,
    repeatable: HashSet<u64>,
    numbers: u64,
    forged: bool,
    seen: Seen,
}

fn at(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), port))
}

fn server_address() -> SocketAddr {
    at(9, 5000)
}

/// The number in a request or an answer of ours.
fn number_of(data: &Value) -> Option<u64> {
    match data.as_object()?.get("n")? {
        Value::Integer(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

impl World {
    pub(super) fn new(config: ServerConfig, clients: [ClientConfig; 2]) -> Self {
        let now = *START + Duration::from_secs(100);
        let mut port = 1000;
        let peers = clients.map(|config| {
            port += 1000;
            Peer {
                client: Client::new(now, server_address(), &config),
                config,
                address: at(1, port),
                asked: HashMap::new(),
            }
        });
        Self {
            now,
            server: Server::new(*START, &config),
            config,
            restarts: 0,
            peers,
            on_the_way: VecDeque::new(),
            recorded: VecDeque::new(),
            pending: Vec::new(),
            executed: HashSet::new(),
            times: HashMap::new(),
            repeatable: HashSet::new(),
            numbers: 0,
            forged: false,
            seen: Seen::default(),
        }
    }

    pub(super) fn ask(&mut self, peer: usize, more: usize, kind: usize) {
        self.numbers += 1;
        let (number, repeatable) = (self.numbers, kind.is_multiple_of(2));
        let deadline = self.now + DEADLINES[kind / 2 % DEADLINES.len()];
        let length = [0, 10, 850, 1_100][if more == 0 { kind / 8 % 4 } else { 0 }];
        let object = Object::new().with("acao", "T").with("n", u32::try_from(number).expect("few"));
        let data = object.with("pad", "x".repeat(length)).into();
        let Peer { client, asked, .. } = &mut self.peers[peer];
        match client.request(self.now, Ask { data, deadline, repeatable }) {
            Ok(id) => {
                assert!(asked.insert(id, Asked { number, deadline }).is_none(), "an id given twice");
                self.repeatable.extend(repeatable.then_some(number));
            }
            Err(RequestError::Closed) => assert!(client.is_closed() || client.requests_in_flight() == 0),
            Err(RequestError::TooManyWaiting | RequestError::TooLarge { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// Everything that the machines have to say is taken, and checked.
    pub(super) fn settle(&mut self) {
        while let Some(event) = self.server.poll_event() {
            if let ServerEvent::Request { key, order } = event {
                let number = number_of(&order.data).unwrap_or(0);
                assert!(self.executed.insert((self.restarts, key)), "executed twice in its session: {key:?}");
                let times = self.times.entry(number).or_default();
                *times += 1;
                assert!(*times == 1 || self.forged || self.repeatable.contains(&number), "{number} executed again");
                self.pending.push((key, number));
            }
        }
        let mut sent = 0;
        while let Some(transmit) = self.server.poll_transmit() {
            let datagram = Datagram { from: server_address(), to: transmit.to, bytes: transmit.bytes.to_vec() };
            self.send(datagram);
            sent += 1;
        }
        for index in 0..self.peers.len() {
            let from = self.peers[index].address;
            while let Some((to, bytes)) = self.peers[index].client.poll_transmit() {
                self.send(Datagram { from, to, bytes });
                sent += 1;
            }
            self.hear(index);
        }
        // 70 KB of an answer to each of some requests are the most that one event can set free.
        assert!(sent <= 2_000, "{sent} datagrams for one event");
        assert_eq!(self.server.requests_in_flight(), self.pending.len());
        assert!(self.server.sessions() <= self.config.max_sessions);
    }

    fn hear(&mut self, index: usize) {
        let (now, forged, seen) = (self.now, self.forged, &mut self.seen);
        let Peer { client, asked, config, .. } = &mut self.peers[index];
        while let Some(event) = client.poll_event() {
            seen.count(&event, config);
            match event {
                ClientEvent::Answered { id, answer } => {
                    let Asked { number, .. } = asked.remove(&id).expect("it ended once, and was asked");
                    // v1 does not protect its answers.
                    let own = answer.packet.is_some() || forged || number_of(&answer.data) == Some(number);
                    assert!(own, "{number} got another's answer: {:?}", answer.data);
                }
                ClientEvent::Failed { id, .. } => drop(asked.remove(&id).expect("it ended once, and was asked")),
                _ => {}
            }
        }
        assert!(client.requests_in_flight() <= asked.len());
        assert!(!client.is_closed() || asked.is_empty(), "the session ended without what was asked in it");
        assert!(asked.len() <= 1_000 && asked.values().all(|asked| asked.deadline + Duration::from_secs(40) > now));
    }

    fn send(&mut self, datagram: Datagram) {
        assert!(!datagram.bytes.is_empty() && datagram.bytes.len() <= MAX_DATAGRAM);
        if self.recorded.len() >= MOST_DATAGRAMS {
            self.recorded.pop_front();
        }
        self.recorded.push_back(datagram.clone());
        if self.on_the_way.len() < MOST_DATAGRAMS {
            self.on_the_way.push_back(datagram);
        }
    }

    fn arrive(&mut self, Datagram { from, to, bytes }: &Datagram) {
        if *to == server_address() {
            self.server.handle_datagram(self.now, *from, Port::Server, bytes);
        } else if let Some(peer) = self.peers.iter_mut().find(|peer| peer.address == *to) {
            peer.client.handle_datagram(self.now, *from, bytes);
        }
        self.settle();
    }

    /// One of the datagrams on their way arrives.
    pub(super) fn deliver(&mut self, which: usize) {
        let index = which % self.on_the_way.len().max(1);
        if let Some(datagram) = self.on_the_way.remove(index) {
            self.arrive(&datagram);
        }
    }

    pub(super) fn repeat(&mut self, which: usize) {
        let datagram = self.on_the_way.get(which % self.on_the_way.len().max(1)).cloned();
        datagram.into_iter().for_each(|datagram| self.arrive(&datagram));
    }

    pub(super) fn lose(&mut self, which: usize) {
        self.on_the_way.remove(which % self.on_the_way.len().max(1));
    }

    /// One bit of a datagram flips, and it arrives: what one bit does, every level sees.
    pub(super) fn damage(&mut self, which: usize, bit: usize) {
        let index = which % self.on_the_way.len().max(1);
        if let Some(mut datagram) = self.on_the_way.remove(index) {
            let bit = bit % (datagram.bytes.len() * 8);
            datagram.bytes[bit / 8] ^= 1 << (bit % 8);
            self.arrive(&datagram);
        }
    }

    /// A datagram sent before, perhaps long ago, arrives again.
    pub(super) fn replay(&mut self, which: usize) {
        let datagram = self.recorded(which).cloned();
        datagram.into_iter().for_each(|datagram| self.arrive(&datagram));
    }

    pub(super) fn recorded(&self, which: usize) -> Option<&Datagram> {
        self.recorded.get(which % self.recorded.len().max(1))
    }

    /// Somebody else's datagram, in the name of whoever sent the recorded one.
    pub(super) fn forge(&mut self, which: usize, bytes: Vec<u8>) {
        let Some(datagram) = self.recorded(which).cloned() else { return };
        self.forged = true;
        self.arrive(&Datagram { bytes, ..datagram });
    }

    pub(super) fn wait(&mut self, time: Duration) {
        self.now += time;
        let mut turns = 0;
        while self.timeouts().is_some_and(|due| due <= self.now) {
            self.server.handle_timeout(self.now);
            self.peers.iter_mut().for_each(|peer| peer.client.handle_timeout(self.now));
            self.settle();
            turns += 1;
            assert!(turns < 20, "a timer stands still");
        }
        let late = |peer: &Peer| peer.asked.values().any(|asked| asked.deadline <= self.now);
        assert!(!self.peers.iter().any(late), "a request outlives its deadline");
    }

    fn timeouts(&self) -> Option<Instant> {
        let clients = self.peers.iter().filter_map(|peer| peer.client.poll_timeout());
        self.server.poll_timeout().into_iter().chain(clients).min()
    }

    pub(super) fn wait_for_next_timeout(&mut self) {
        let due = self.timeouts().map_or(Duration::ZERO, |due| due.saturating_duration_since(self.now));
        self.wait(due);
    }

    pub(super) fn answer(&mut self, which: usize, length: usize) {
        if self.pending.is_empty() {
            return;
        }
        let (key, number) = self.pending.swap_remove(which % self.pending.len());
        let object = Object::new().with("n", u32::try_from(number).unwrap_or(0));
        let pad: String = "x\"".chars().cycle().take(length).collect();
        // Too long for v1, or for v2: the client is told so.
        let _ = self.server.answer(key, object.with("pad", pad).into());
        self.settle();
    }

    /// A request ends at the server without an answer.
    pub(super) fn refuse(&mut self, which: usize) {
        if self.pending.is_empty() {
            return;
        }
        let (key, number) = self.pending.swap_remove(which / 4 % self.pending.len());
        match which % 4 {
            0 => self.server.lost(key),
            1 => {
                self.server.expired(key);
                self.forget(key, number); // of v1 it may be asked again
            }
            _ => {
                self.server.not_executed(key);
                self.forget(key, number);
            }
        }
    }

    /// It was not executed after all.
    fn forget(&mut self, key: RequestKey, number: u64) {
        self.executed.remove(&(self.restarts, key));
        self.times.entry(number).and_modify(|times| *times -= 1);
    }

    pub(super) fn close(&mut self, peer: usize) {
        self.peers[peer].client.close(self.now);
    }

    /// The client's program opens another session, from another port.
    pub(super) fn open_again(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        if peer.client.is_closed() {
            peer.config.seed += 100;
            peer.config.secret[0] = peer.config.secret[0].wrapping_add(1);
            peer.client = Client::new(self.now, server_address(), &peer.config);
            self.move_client(index);
        }
    }

    /// The client's address changes on the way: what is sent to the old one is lost.
    pub(super) fn move_client(&mut self, peer: usize) {
        let address = &mut self.peers[peer].address;
        address.set_port(address.port() + 1);
    }

    pub(super) fn drain(&mut self) {
        self.server.drain();
    }

    /// The server is started again, perhaps without its key: it knows nothing any more.
    pub(super) fn restart(&mut self, which: usize) {
        self.restarts += 1;
        self.config.secret = [u8::try_from(2 + self.restarts % 200).expect("small"); 32];
        if which.is_multiple_of(8) {
            self.config.psk = None;
        }
        self.pending.clear();
        self.server = Server::new(self.now, &self.config);
    }

    /// From now on nothing is lost and everything is answered: all ends.
    pub(super) fn heal(mut self) -> Seen {
        self.calm(Duration::from_secs(6));
        assert!(self.peers.iter().all(|peer| peer.asked.is_empty()), "never ended");
        for peer in &mut self.peers {
            peer.client.close(self.now);
        }
        self.calm(Duration::from_secs(10));
        assert!(self.peers.iter().all(|peer| peer.client.is_closed()), "never closed");
        self.seen
    }

    fn calm(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        while self.now < end {
            while !self.on_the_way.is_empty() {
                self.deliver(0);
                while !self.pending.is_empty() {
                    self.answer(0, 0);
                }
            }
            let due = self.timeouts().map_or(end, |due| due.clamp(self.now, end));
            self.wait(due.saturating_duration_since(self.now).max(Duration::from_millis(1)));
        }
    }
}
