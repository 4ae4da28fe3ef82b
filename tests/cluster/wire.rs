//! Wires between the processes that can be cut: what is sent into a cut one waits, as in a network
//! that loses every packet until it is mended and TCP sends them again.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// The wires of one cluster; they end with it.
pub(crate) struct Wires {
    runtime: Runtime,
    laid: Vec<Wire>,
}

/// From one process to an address.
struct Wire {
    from: End,
    to: End,
    cut: Arc<watch::Sender<bool>>,
}

/// Who is at an end of a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The NATS node of this number.
    Node(usize),
    /// The Posto server of this number.
    Server(usize),
}

impl Wires {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self { runtime: runtime.expect("a runtime"), laid: Vec::new() }
    }

    /// Lays one to where somebody listens or will: where it is to be entered.
    pub(crate) fn lay(&mut self, from: End, to: End, address: SocketAddr) -> SocketAddr {
        let cut = Arc::new(watch::channel(false).0);
        let listener = self.runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a free port");
        let entry = listener.local_addr().expect("an address");
        self.runtime.spawn(carry(listener, address, Arc::clone(&cut)));
        self.laid.push(Wire { from, to, cut });
        entry
    }

    /// Cuts, or mends, all that lead to or from here.
    pub(crate) fn cut(&self, end: End, is_cut: bool) {
        for wire in self.laid.iter().filter(|wire| wire.from == end || wire.to == end) {
            wire.cut.send_replace(is_cut);
        }
    }
}

async fn carry(listener: TcpListener, to: SocketAddr, cut: Arc<watch::Sender<bool>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let mut cut = cut.subscribe();
        tokio::spawn(async move {
            // A connection that is opened through a cut wire is open to one end only, until it is mended.
            if cut.wait_for(|is_cut| !is_cut).await.is_err() {
                return;
            }
            let Ok(onward) = TcpStream::connect(to).await else { return };
            let (_, _) = (stream.set_nodelay(true), onward.set_nodelay(true));
            let ((here, back), (there, on)) = (stream.into_split(), onward.into_split());
            tokio::spawn(pass(here, on, cut.clone()));
            pass(there, back, cut).await;
        });
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut cut: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut bytes).await.unwrap_or(0);
        if cut.wait_for(|is_cut| !is_cut).await.is_err() || count == 0 {
            // Dropping both halves of one direction closes it; the other follows.
            let _ = to.shutdown().await;
            return;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
