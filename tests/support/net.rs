//! The seeded lossy link of `posto relay`, in virtual time around the sans-I/O cores: clients, one
//! server and what executes its requests, on one clock that jumps from event to event.
//!
//! The same seed gives the same run, datagram by datagram. What the clients ask, and what must be
//! true of it, is in `tests/sim`.

mod acts;
mod kinds;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use posto_relay::{Both, Direction, Link};
use posto_session::{
    Client, ClientConfig, ClientEvent, Port, Protocol, RequestId, RequestKey, Server, ServerConfig, ServerEvent,
};
use posto_wire::{Value, python};

pub use kinds::{Asked, Datagram, Execution, Executor, Outcome};
pub use posto_relay::{Blackout, Chance, Faults, flip_bits};

use crate::random::Random;
pub use crate::seeds::{chosen, for_each_seed, for_seeds};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Arrival(Datagram),
    /// The execution of this index is finished.
    Finished(usize),
    /// The program of this client does its next step.
    Step(usize),
}

/// One client's side.
pub struct Endpoint {
    /// The state machine.
    pub client: Client,
    /// Its socket's address.
    pub address: SocketAddr,
    /// Its session has been opened.
    pub connected: bool,
    requests: HashMap<RequestId, usize>,
}

/// Takes the datagrams that a test wants to lose.
pub type Filter = Box<dyn FnMut(&Datagram) -> bool>;

/// The network and all that hangs on it.
pub struct World {
    /// Where virtual time counts from; `now` is the time since then.
    start: Instant,
    /// Virtual time.
    pub now: Duration,
    /// What datagrams go through, either way.
    pub link: Link<Datagram>,
    /// Datagrams for which this is true are lost.
    pub filter: Option<Filter>,
    /// Keeps every datagram sent in `recorded`.
    pub record: bool,
    /// Datagrams sent so far, if they are recorded.
    pub recorded: Vec<Datagram>,
    /// The seeded numbers of the executor and the programs.
    pub random: Random,
    /// A client's program takes its next step up to this long after its session opened or failed
    /// to, or one of its requests ended.
    pub think: Duration,
    /// The server.
    pub server: Server,
    /// How often the server was started.
    pub servers: u32,
    /// The clients.
    pub clients: Vec<Endpoint>,
    /// Every request asked.
    pub asked: Vec<Asked>,
    /// Every execution.
    pub executions: Vec<Execution>,
    /// What new clients are made with; its seed and secret are each client's own.
    pub client: ClientConfig,
    /// v2's promises are asserted at every step: nothing is executed twice, every answer is the one
    /// of its request, nothing is in flight that is not being worked on.
    pub strict: bool,
    /// Times that sessions were opened in the place of others.
    pub reopenings: u64,
    /// What was executed, and in which server of which request.
    done: HashSet<String>,
    keys: HashSet<(u32, RequestKey)>,
    /// Executions of this server that are not finished.
    running: usize,
    config: ServerConfig,
    executor: Executor,
    host: IpAddr,
    happenings: BinaryHeap<Reverse<(Duration, u64, Happening)>>,
    happened: u64,
    next_port: u16,
}

/// The server's port; its session ports are the following ones.
const SERVER_PORT: u16 = 5000;

impl World {
    /// A network with a server and no clients.
    #[must_use]
    pub fn new(seed: u64, faults: Faults, executor: Executor) -> Self {
        let start = Instant::now();
        let mut random = Random::new(seed);
        let config = ServerConfig::new(secret(&mut random));
        Self {
            start,
            now: Duration::ZERO,
            link: Link::new(start, Both::same(faults), random.bits()),
            filter: None,
            record: false,
            recorded: Vec::new(),
            random,
            think: Duration::ZERO,
            server: Server::new(start, &config),
            servers: 1,
            clients: Vec::new(),
            asked: Vec::new(),
            executions: Vec::new(),
            client: ClientConfig { protocol: Protocol::V1, ..ClientConfig::new(0) },
            strict: false,
            reopenings: 0,
            done: HashSet::new(),
            keys: HashSet::new(),
            running: 0,
            config,
            executor,
            host: IpAddr::from([192, 0, 2, 1]),
            happenings: BinaryHeap::new(),
            happened: 0,
            next_port: 20_000,
        }
    }

    /// The same where both speak v2 and its promises are asserted.
    #[must_use]
    pub fn v2(seed: u64, faults: Faults, executor: Executor) -> Self {
        let mut world = Self::new(seed, faults, executor);
        world.client.protocol = Protocol::Any;
        world.strict = true;
        world
    }

    /// Lets this much time pass; nobody's program does anything in it.
    pub fn run(&mut self, time: Duration) {
        self.run_programs(time, |_, _| ());
    }

    /// Lets this much time pass; `program` is called for a client when its next step is due.
    pub fn run_programs(&mut self, time: Duration, mut program: impl FnMut(&mut Self, usize)) {
        let until = self.now + time;
        let mut standing = (self.now, 0);
        while let Some(next) = self.next_event().filter(|next| *next <= until) {
            standing = if next > self.now { (next, 0) } else { (self.now, standing.1 + 1) };
            assert!(standing.1 < 10_000, "time stands still at {:?}", self.now);
            self.now = self.now.max(next);
            let instant = self.instant();
            // Whoever must give up now does so before anything more arrives.
            self.server.handle_timeout(instant);
            for endpoint in &mut self.clients {
                if endpoint.client.poll_timeout().is_some_and(|due| due <= instant) {
                    endpoint.client.handle_timeout(instant);
                }
            }
            self.flush();
            match self.next_due() {
                Some(Happening::Step(client)) => program(self, client),
                Some(happening) => self.happen(happening),
                None => {}
            }
            self.flush();
            self.check_step();
        }
        self.now = self.now.max(until);
    }

    fn check_step(&self) {
        if self.strict {
            assert_eq!(self.server.requests_in_flight(), self.running, "in flight");
            assert!(self.server.sessions() <= self.config.max_sessions);
            assert!(self.clients.iter().all(|endpoint| endpoint.client.requests_in_flight() <= 256));
        }
    }

    fn next_event(&self) -> Option<Duration> {
        let timers = self.clients.iter().filter_map(|endpoint| endpoint.client.poll_timeout());
        let due =
            timers.chain(self.server.poll_timeout()).chain(self.link.poll_timeout()).min().map(|due| due - self.start);
        let happening = self.happenings.peek().map(|Reverse((at, ..))| *at);
        due.into_iter().chain(happening).min()
    }

    fn next_due(&mut self) -> Option<Happening> {
        if let Some((_, datagram)) = self.link.poll(self.instant()) {
            return Some(Happening::Arrival(datagram));
        }
        let Reverse((at, ..)) = self.happenings.peek()?;
        if *at > self.now {
            return None;
        }
        self.happenings.pop().map(|Reverse((_, _, happening))| happening)
    }

    fn happen(&mut self, happening: Happening) {
        let now = self.instant();
        match happening {
            Happening::Step(_) => {}
            Happening::Arrival(Datagram { from, to, bytes }) => {
                if to.ip() == self.host {
                    let port = match to.port() - SERVER_PORT {
                        0 => Port::Server,
                        above => Port::Session(usize::from(above) - 1),
                    };
                    self.server.handle_datagram(now, from, port, &bytes);
                } else if let Some(endpoint) = self.clients.iter_mut().find(|endpoint| endpoint.address == to) {
                    endpoint.client.handle_datagram(now, from, &bytes);
                }
            }
            Happening::Finished(index) => {
                let Execution { server, key, data, .. } = &self.executions[index];
                if *server == self.servers {
                    self.server.answer(*key, answer_to(data)).expect("no answer is too long");
                    self.running -= 1;
                }
            }
        }
    }

    /// Takes what the cores have to say until they are silent.
    fn flush(&mut self) {
        while let Some(event) = self.server.poll_event() {
            if let ServerEvent::Request { key, order } = event {
                let data = order.data;
                self.execute(key, data);
            }
        }
        while let Some(transmit) = self.server.poll_transmit() {
            let port = match transmit.port {
                Port::Server => SERVER_PORT,
                Port::Session(index) => SERVER_PORT + 1 + u16::try_from(index).expect("few ports"),
            };
            let from = SocketAddr::new(self.host, port);
            self.send(Datagram { from, to: transmit.to, bytes: transmit.bytes.to_vec() });
        }
        for index in 0..self.clients.len() {
            let from = self.clients[index].address;
            while let Some((to, bytes)) = self.clients[index].client.poll_transmit() {
                self.send(Datagram { from, to, bytes });
            }
            while let Some(event) = self.clients[index].client.poll_event() {
                self.note(index, event);
            }
        }
    }

    fn execute(&mut self, key: RequestKey, data: Value) {
        if self.chance(self.executor.refused) {
            return self.server.not_executed(key);
        }
        let again = !self.done.insert(python::dumps(&data));
        if self.strict {
            let known = data.as_object().is_some_and(|data| data.get("id").is_some());
            assert!(self.keys.insert((self.servers, key)), "executed again: {key:?}");
            assert!(!again || known, "executed again: {data:?}");
        }
        let time = data.as_object().and_then(|data| match data.get("demora_ms") {
            Some(Value::Integer(millis)) => u64::try_from(*millis).ok().map(Duration::from_millis),
            _ => None,
        });
        self.executions.push(Execution { server: self.servers, key, data, again });
        if self.chance(self.executor.lost) {
            return self.server.lost(key);
        }
        let time = time.unwrap_or_else(|| self.up_to(self.executor.slowest));
        self.running += 1;
        self.schedule(time, Happening::Finished(self.executions.len() - 1));
    }

    /// Notes how a request fares: it ends once, and by its deadline.
    fn note(&mut self, client: usize, event: ClientEvent) {
        let (id, outcome) = match event {
            ClientEvent::Retransmitted { id, .. } => {
                return self.asked[self.clients[client].requests[&id]].repeats += 1;
            }
            ClientEvent::Answered { id, answer } => (id, Outcome::Answered(answer.data)),
            ClientEvent::Failed { id, error } => (id, Outcome::Failed(error)),
            ClientEvent::Connected { .. } => {
                self.clients[client].connected = true;
                return self.wake(client);
            }
            ClientEvent::ConnectFailed(_) => return self.wake(client),
            ClientEvent::Reopening => return self.reopenings += 1,
            ClientEvent::StillConnecting { .. } | ClientEvent::GoingAway => return,
        };
        let index = self.clients[client].requests.remove(&id).expect("a request ends once");
        let asked = &mut self.asked[index];
        assert!(self.now <= asked.deadline, "{asked:?} ended at {:?}", self.now);
        assert_eq!(asked.ended, None);
        if let Outcome::Answered(answer) = &outcome {
            assert!(!self.strict || *answer == answer_to(&asked.data), "another's answer: {asked:?}");
        }
        asked.ended = Some((self.now, outcome));
        self.wake(client);
    }

    fn wake(&mut self, client: usize) {
        let time = self.up_to(self.think);
        self.schedule(time, Happening::Step(client));
    }

    fn send(&mut self, datagram: Datagram) {
        if self.record {
            self.recorded.push(datagram.clone());
        }
        if self.filter.as_mut().is_some_and(|filter| filter(&datagram)) {
            return;
        }
        let direction = if datagram.to.ip() == self.host { Direction::Up } else { Direction::Down };
        self.link.push(self.instant(), direction, datagram);
    }

    fn schedule(&mut self, after: Duration, happening: Happening) {
        self.happened += 1;
        self.happenings.push(Reverse((self.now + after, self.happened, happening)));
    }

    /// True this many times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        per_mille > 0 && self.random.below(1000) < per_mille
    }

    /// A time up to this one.
    pub fn up_to(&mut self, longest: Duration) -> Duration {
        self.random.up_to(longest)
    }

    fn instant(&self) -> Instant {
        self.start + self.now
    }
}

/// So many of a thousand datagrams.
#[must_use]
pub const fn per_mille(times: u32) -> Chance {
    Chance::per_mille(times)
}

/// The only right answer to this request; as long as it asks for.
#[must_use]
pub fn answer_to(data: &Value) -> Value {
    let mut answer = format!("feito: {}", python::dumps(data));
    if let Some(Value::Integer(length)) = data.as_object().and_then(|data| data.get("tamanho")) {
        let length = usize::try_from(*length).expect("small");
        while answer.len() < length {
            answer.push_str(&format!(" {}", answer.len()));
        }
    }
    answer.into()
}

fn secret(random: &mut Random) -> [u8; 32] {
    std::array::from_fn(|_| random.bits().to_be_bytes()[0])
}
