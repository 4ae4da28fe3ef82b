//! Real `nats-server` processes on loopback: started, killed, stopped, cut off and started again on the
//! same ports and files.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use posto_tests::http::get;
use posto_tests::process::root;
use serde_json::Value;
use tempfile::TempDir;

use crate::ports;
use crate::support::ENOUGH;
use crate::wire::{End, Wires};

/// nats-server as `cargo xtask test` installs it, or the one that `NATS_SERVER` names; `None`, with a word,
/// where there is none.
pub(crate) fn program() -> Option<PathBuf> {
    let installed = root().join("target/nats/bin/nats-server");
    let program = std::env::var_os("NATS_SERVER").map_or(installed, PathBuf::from);
    if program.exists() {
        return Some(program);
    }
    eprintln!("SKIPPED: {} is not here; cargo xtask test installs it", program.display());
    None
}

/// One of the nodes.
struct Node {
    configuration: PathBuf,
    log: PathBuf,
    clients: SocketAddr,
    monitor: SocketAddr,
    child: Option<Child>,
}

/// The nodes of a cluster; they end with it.
pub(crate) struct Nats {
    program: PathBuf,
    nodes: Vec<Node>,
    pub(crate) wires: Wires,
    _directory: TempDir,
}

impl Nats {
    /// Starts so many nodes and waits until they have chosen a leader; `None` where there is no nats-server.
    pub(crate) fn start(size: usize) -> Option<Self> {
        let program = program()?;
        let directory = tempfile::tempdir().expect("a directory");
        let mut wires = Wires::new();
        let routes: Vec<_> = (0..size).map(|_| ports::free()).collect();
        let nodes = (0..size).map(|number| {
            let others = (0..size).filter(|other| *other != number);
            let routes_out =
                others.map(|other| wires.lay(End::Node(number), End::Node(other), routes[other])).collect::<Vec<_>>();
            let (clients, monitor) = (ports::free(), ports::free());
            let path = directory.path().join(format!("n{number}"));
            std::fs::create_dir(&path).expect("a directory");
            let configuration = path.join("nats.conf");
            let text = configured(number, [clients, monitor, routes[number]], &routes_out, &path.to_string_lossy());
            std::fs::write(&configuration, text).expect("writable");
            Node { configuration, log: path.join("log"), clients, monitor, child: None }
        });
        let nodes = nodes.collect();
        let mut nats = Self { program, nodes, wires, _directory: directory };
        (0..size).for_each(|number| nats.start_again(number));
        nats.wait_until_led();
        Some(nats)
    }

    /// Lays the wires of a Posto server to the nodes; what to give it as `--cluster`.
    pub(crate) fn urls(&mut self, server: usize) -> String {
        let nodes = self.nodes.iter().enumerate();
        let entries = nodes.map(|(number, node)| self.wires.lay(End::Server(server), End::Node(number), node.clients));
        entries.map(|entry| format!("nats://{entry}")).collect::<Vec<_>>().join(",")
    }

    /// The nodes themselves, for those whom no fault is to meet.
    pub(crate) fn plain_urls(&self) -> String {
        self.nodes.iter().map(|node| format!("nats://{}", node.clients)).collect::<Vec<_>>().join(",")
    }

    /// Where the nodes' monitoring is.
    pub(crate) fn monitors(&self) -> String {
        self.nodes.iter().map(|node| format!("http://{}", node.monitor)).collect::<Vec<_>>().join(",")
    }

    /// Starts a node that is not running.
    pub(crate) fn start_again(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        assert!(node.child.is_none(), "it runs");
        let log = File::options().create(true).append(true).open(&node.log).expect("writable");
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(&node.configuration).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        node.child = Some(command.spawn().expect("nats-server starts"));
    }

    /// kill -9.
    pub(crate) fn kill(&mut self, number: usize) {
        let mut child = self.nodes[number].child.take().expect("it runs");
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
    }

    /// SIGSTOP or SIGCONT.
    pub(crate) fn signal(&self, number: usize, name: &str) {
        let id = self.nodes[number].child.as_ref().expect("it runs").id();
        let sent = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until all nodes that run answer, and one of them leads JetStream.
    pub(crate) fn wait_until_led(&self) {
        let started = Instant::now();
        while !self.is_led() {
            assert!(started.elapsed() < ENOUGH, "no leader: {}", self.logs());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn is_led(&self) -> bool {
        let running = self.nodes.iter().filter(|node| node.child.is_some());
        running.map(|node| ask(node.monitor, "/jsz")).all(|told| {
            let leader = told.as_ref().and_then(|told| told["meta_cluster"]["leader"].as_str());
            told.is_some() && (self.nodes.len() == 1 || leader.is_some_and(|name| !name.is_empty()))
        })
    }

    /// The node that leads this stream, where all agree on one.
    pub(crate) fn leader_of(&self, stream: &str) -> Option<usize> {
        let told = self.stream(stream)?;
        let name = told["cluster"]["leader"].as_str()?;
        name.strip_prefix("posto-")?.parse().ok()
    }

    /// What a node that runs tells of a stream.
    pub(crate) fn stream(&self, stream: &str) -> Option<Value> {
        let running = self.nodes.iter().filter(|node| node.child.is_some());
        running.filter_map(|node| ask(node.monitor, "/jsz?streams=true&config=true")).find_map(|told| {
            let accounts = told["account_details"].as_array()?.iter();
            let mut streams = accounts.filter_map(|account| account["stream_detail"].as_array()).flatten();
            streams.find(|found| found["name"] == stream).cloned()
        })
    }

    /// The ends of the nodes' logs.
    pub(crate) fn logs(&self) -> String {
        let logs = self.nodes.iter().map(|node| std::fs::read_to_string(&node.log).unwrap_or_default());
        logs.map(|log| last_lines(&log, 15)).collect::<Vec<_>>().join("\n---\n")
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        for child in self.nodes.iter_mut().filter_map(|node| node.child.as_mut()) {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// What a node's monitoring tells; `None` while nothing listens there or it is not ready.
fn ask(monitor: SocketAddr, target: &str) -> Option<Value> {
    TcpStream::connect(monitor).ok()?;
    let answer = get(monitor, target);
    (answer.status == 200).then(|| answer.json())
}

/// A node's configuration. Others are not told where its routes are: they are to come by the wires.
fn configured(number: usize, [clients, monitor, routes]: [SocketAddr; 3], others: &[SocketAddr], path: &str) -> String {
    let cluster = others.iter().map(|other| format!("\"nats://{other}\"")).collect::<Vec<_>>().join(", ");
    let cluster = if others.is_empty() {
        String::new()
    } else {
        format!(
            "cluster {{ name: \"posto\", listen: \"{routes}\", no_advertise: true, advertise: \"127.0.0.1:1\", \
             routes: [ {cluster} ] }}\n"
        )
    };
    format!(
        "server_name: \"posto-{number}\"\nlisten: \"{clients}\"\nhttp: \"{monitor}\"\nmax_payload: 1MB\n\
         jetstream {{ store_dir: \"{path}\", max_memory_store: 64MB, max_file_store: 1GB, sync_interval: always }}\n\
         {cluster}"
    )
}
