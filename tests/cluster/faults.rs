//! Faults: what they do to a group, and how long nothing was acknowledged because of them.

use std::fmt;
use std::time::{Duration, Instant};

use posto_tests::random::Random;

use crate::clients::Done;
use crate::register::Act;
use crate::support::{Group, STREAM};
use crate::wire::End;

/// A fault, and whom it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// kill -9 of a NATS node.
    KillNode(usize),
    /// kill -9 of the node that leads the stream.
    KillLeader,
    /// kill -9 of all three nodes at once.
    KillAllNodes,
    /// SIGSTOP of a node, then SIGCONT.
    PauseNode(usize),
    /// The node's network is cut from all others and from the servers, then mended.
    CutNode(usize),
    /// kill -9 of a server.
    KillServer(usize),
    /// kill -9 of all servers but this one.
    KillAllServersBut(usize),
    /// SIGSTOP of a server, then SIGCONT.
    PauseServer(usize),
    /// The server's network to all nodes is cut, then mended.
    CutServer(usize),
    /// kill -9 of a server, and of the stream's leader in the same moment.
    KillServerAndLeader(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::KillNode(_) => "kill -9 of a NATS node",
            Self::KillLeader => "kill -9 of the stream's leader",
            Self::KillAllNodes => "kill -9 of all NATS nodes",
            Self::PauseNode(_) => "a NATS node stopped",
            Self::CutNode(_) => "a NATS node cut off",
            Self::KillServer(_) => "kill -9 of a server",
            Self::KillAllServersBut(_) => "kill -9 of two servers",
            Self::PauseServer(_) => "a server stopped",
            Self::CutServer(_) => "a server cut off from NATS",
            Self::KillServerAndLeader(_) => "kill -9 of server and leader",
        })
    }
}

impl Fault {
    /// Whether it may leave the stream without a leader.
    pub(crate) const fn meets_nodes(self) -> bool {
        !matches!(self, Self::KillServer(_) | Self::KillAllServersBut(_) | Self::PauseServer(_) | Self::CutServer(_))
    }
}

/// Every kind of fault once, at whom and in which order the seed says.
pub(crate) fn every_kind(random: &mut Random) -> Vec<Fault> {
    let [one, two, three, four, five, six, seven, eight] = [(); 8].map(|()| random.place(3));
    let mut faults = vec![
        Fault::KillNode(one),
        Fault::KillLeader,
        Fault::KillAllNodes,
        Fault::PauseNode(two),
        Fault::CutNode(three),
        Fault::KillServer(four),
        Fault::KillAllServersBut(five),
        Fault::PauseServer(six),
        Fault::CutServer(seven),
        Fault::KillServerAndLeader(eight),
    ];
    for at in (1..faults.len()).rev() {
        faults.swap(at, random.place(at + 1));
    }
    faults
}

/// How long a fault lasts: mostly shorter than NATS takes to notice, else long enough for it.
pub(crate) fn lasting(random: &mut Random, long: bool) -> Duration {
    let milliseconds = match random.below(3) {
        0 if long => 4_000 + random.below(8_000),
        _ => 200 + random.below(1_800),
    };
    Duration::from_millis(milliseconds)
}

/// When a fault began, and when all ran again.
pub(crate) struct Inflicted {
    pub(crate) fault: Fault,
    pub(crate) began: Instant,
    pub(crate) mended: Instant,
}

impl Group {
    /// Does it, and undoes it after this time.
    pub(crate) fn inflict(&mut self, fault: Fault, lasting: Duration) -> Inflicted {
        let began = Instant::now();
        match fault {
            Fault::KillNode(node) => self.without_nodes(&[node], lasting),
            Fault::KillLeader => self.without_nodes(&[self.leader()], lasting),
            Fault::KillAllNodes => self.without_nodes(&[0, 1, 2], lasting),
            Fault::PauseNode(node) => {
                self.nats.signal(node, "STOP");
                std::thread::sleep(lasting);
                self.nats.signal(node, "CONT");
            }
            Fault::CutNode(node) => self.cut(End::Node(node), lasting),
            Fault::KillServer(server) => self.without_servers(&[server], lasting),
            Fault::KillAllServersBut(spared) => {
                let others: Vec<_> = (0..self.servers.len()).filter(|server| *server != spared).collect();
                self.without_servers(&others, lasting);
            }
            Fault::PauseServer(server) => {
                self.servers[server].signal("STOP");
                std::thread::sleep(lasting);
                self.servers[server].signal("CONT");
            }
            Fault::CutServer(server) => self.cut(End::Server(server), lasting),
            Fault::KillServerAndLeader(server) => {
                let leader = self.leader();
                self.servers[server].kill();
                self.without_nodes(&[leader], lasting);
                self.servers[server].start();
            }
        }
        Inflicted { fault, began, mended: Instant::now() }
    }

    /// The stream's leader, or any node where there is none now.
    fn leader(&self) -> usize {
        self.nats.leader_of(STREAM).unwrap_or(0)
    }

    fn without_nodes(&mut self, nodes: &[usize], lasting: Duration) {
        nodes.iter().for_each(|&node| self.nats.kill(node));
        std::thread::sleep(lasting);
        nodes.iter().for_each(|&node| self.nats.start_again(node));
    }

    fn without_servers(&mut self, servers: &[usize], lasting: Duration) {
        servers.iter().for_each(|&server| self.servers[server].kill());
        std::thread::sleep(lasting);
        servers.iter().for_each(|&server| self.servers[server].start());
    }

    fn cut(&self, end: End, lasting: Duration) {
        self.nats.wires.cut(end, true);
        std::thread::sleep(lasting);
        self.nats.wires.cut(end, false);
    }
}

/// The longest time in which nobody's report was acknowledged, of those that began while the fault
/// lasted or just after it.
pub(crate) fn stall(inflicted: &Inflicted, done: &[Done]) -> Duration {
    let mut told: Vec<_> = done
        .iter()
        .filter(|done| done.operation.act == Act::Write && done.operation.end.is_some())
        .map(|done| done.at + done.took)
        .collect();
    told.sort_unstable();
    let gaps = told.windows(2).filter(|pair| pair[1] > inflicted.began && pair[0] < inflicted.mended);
    gaps.map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}
