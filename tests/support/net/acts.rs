//! What a test does to the simulated network: clients come, ask and go, servers start again, links
//! change.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use posto_relay::{Blackout, Both, Faults};
use posto_session::{Ask, Client, ClientConfig, Ports, Server, ServerConfig};
use posto_wire::{Object, Value};

use super::{Asked, Datagram, Endpoint, Happening, SERVER_PORT, World, secret};

impl World {
    /// Another process of the server, made with this.
    pub fn configure_server(&mut self, configure: impl FnOnce(&mut ServerConfig)) {
        configure(&mut self.config);
        self.restart_server();
    }

    /// From now on the link has these faults, either way.
    pub fn set_faults(&mut self, faults: Faults) {
        *self.link.faults_mut() = Both::same(faults);
    }

    /// Time goes by in which nobody runs, as when a machine sleeps; what had to end in it ends after.
    pub fn jump(&mut self, time: Duration) {
        self.now += time;
        for asked in self.asked.iter_mut().filter(|asked| asked.ended.is_none()) {
            asked.deadline = asked.deadline.max(self.now);
        }
    }

    /// The client's address changes on its way, as a NAT does it; what comes to the old one is lost.
    pub fn rebind(&mut self, client: usize) {
        self.clients[client].address = self.new_address();
    }

    /// The address of the server.
    #[must_use]
    pub const fn server_address(&self) -> SocketAddr {
        SocketAddr::new(self.host, SERVER_PORT)
    }

    /// Everything is lost from now on for so long.
    pub fn black_out(&mut self, dark: Duration) {
        let blackout = Blackout::Once { from: self.now, to: self.now + dark };
        let Both { up, down } = self.link.faults_mut();
        up.blackouts.push(blackout);
        down.blackouts.push(blackout);
    }

    /// Datagrams in which bits were flipped on the way.
    #[must_use]
    pub fn corrupted(&self) -> u64 {
        let Both { up, down } = self.link.counters();
        up.corrupted + down.corrupted
    }

    /// The server keeps sessions on this many ports of their own.
    pub fn use_session_ports(&mut self, count: usize) {
        self.config.ports = Ports::Range(count);
        self.restart_server();
    }

    /// The server is a new process: other secret, no sessions, what it executed goes unanswered.
    pub fn restart_server(&mut self) {
        self.config.secret = secret(&mut self.random);
        self.servers += 1;
        self.running = 0;
        self.server = Server::new(self.instant(), &self.config);
    }

    /// A client on a port of its own begins to open a session.
    pub fn connect(&mut self) -> usize {
        let address = self.new_address();
        let client = self.new_client();
        self.clients.push(Endpoint { client, address, connected: false, requests: HashMap::new() });
        let index = self.clients.len() - 1;
        self.flush();
        index
    }

    /// The client opens a new session in the place of its old one: as a program does, on a new
    /// port, or as it must not, on the same.
    pub fn reconnect(&mut self, client: usize, same_port: bool) {
        let address = if same_port { self.clients[client].address } else { self.new_address() };
        let new = self.new_client();
        let endpoint = &mut self.clients[client];
        assert!(endpoint.client.is_closed() && endpoint.requests.is_empty(), "the old session is over");
        *endpoint = Endpoint { client: new, address, connected: false, requests: HashMap::new() };
        self.flush();
    }

    /// The client asks for something to be done that nobody else asked for.
    pub fn ask(&mut self, client: usize, patience: Duration) -> usize {
        self.ask_for(client, patience, false, Object::new())
    }

    /// The same, with more members; what is repeatable has an `id`, under which it is executed once.
    pub fn ask_for(&mut self, client: usize, patience: Duration, repeatable: bool, more: Object) -> usize {
        let index = self.asked.len();
        let name = if repeatable { "id" } else { "pedido" };
        let data: Value = more.with("acao", "D").with(name, format!("p{index}")).into();
        let deadline = self.now + patience;
        let ask = Ask { data: data.clone(), deadline: self.start + deadline, repeatable };
        let id = self.clients[client].client.request(self.start + self.now, ask).expect("a session takes a request");
        self.asked.push(Asked { client, data, at: self.now, deadline, repeatable, repeats: 0, ended: None });
        self.clients[client].requests.insert(id, index);
        self.flush();
        index
    }

    /// The client ends its session.
    pub fn close(&mut self, client: usize) {
        self.clients[client].client.close(self.start + self.now);
        self.flush();
    }

    /// Somebody sends this datagram (again): it arrives after this time.
    pub fn inject(&mut self, datagram: Datagram, after: Duration) {
        self.schedule(after, Happening::Arrival(datagram));
    }

    fn new_client(&mut self) -> Client {
        let ClientConfig { seed, secret, .. } = ClientConfig::new(self.random.bits());
        let config = ClientConfig { seed, secret, ..self.client.clone() };
        Client::new(self.start + self.now, SocketAddr::new(self.host, SERVER_PORT), &config)
    }

    fn new_address(&mut self) -> SocketAddr {
        self.next_port += 1;
        SocketAddr::from(([198, 51, 100, 7], self.next_port))
    }
}
