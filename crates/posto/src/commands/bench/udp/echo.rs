//! The limit: datagrams sent back as they are, by a loop on tokio's socket, with as many in the air.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::asker::Load;
use crate::commands::bench::measured::Measured;
use crate::output::announce;
use crate::shutdown::Stop;

/// As long as a question and its answer are on average.
const BYTES: usize = 220;

/// An echo that has not come after this long is lost.
const LOST: Duration = Duration::from_secs(1);

/// Sends back what comes, until it is told to stop (a process of its own, as the server is).
pub async fn serve(address: SocketAddr) -> anyhow::Result<ExitCode> {
    let stop = Stop::listen()?;
    let socket = UdpSocket::bind(address).await?;
    announce(format_args!("udp {}\n", socket.local_addr()?));
    let echo = async {
        let mut buffer = [0; 2048];
        loop {
            socket.readable().await?;
            while let Ok((length, from)) = socket.try_recv_from(&mut buffer) {
                let datagram = buffer.get(..length).unwrap_or_default();
                if socket.try_send_to(datagram, from).is_err() {
                    socket.send_to(datagram, from).await?;
                }
            }
        }
    };
    tokio::select! {
        ended = echo => ended,
        () = stop.requested() => Ok(ExitCode::SUCCESS),
    }
}

/// Keeps datagrams in the air between here and an echo.
pub async fn ask(echo: SocketAddr, load: &Load) -> anyhow::Result<Measured> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..load.sessions {
        running.spawn(exchange(echo, *load));
    }
    let mut times = Vec::new();
    while let Some(ended) = running.join_next().await {
        times.extend(ended??);
    }
    Ok(Measured::new(times, started.elapsed()))
}

async fn exchange(echo: SocketAddr, load: Load) -> anyhow::Result<Vec<Duration>> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect(echo).await?;
    let until = Instant::now() + load.time;
    let mut sent = vec![Instant::now(); load.window];
    let mut times = Vec::new();
    for slot in 0..u16::try_from(load.window)? {
        socket.send(&datagram(slot)).await?;
    }
    let mut buffer = [0; 2048];
    while Instant::now() < until {
        if tokio::time::timeout(LOST, socket.readable()).await.is_err() {
            anyhow::bail!("the echo lost datagrams");
        }
        while let Ok(length) = socket.try_recv(&mut buffer) {
            let Some([high, low, ..]) = buffer.get(..length) else { continue };
            let slot = u16::from_be_bytes([*high, *low]);
            let now = Instant::now();
            if let Some(sent) = sent.get_mut(usize::from(slot)) {
                times.push(now.saturating_duration_since(*sent));
                *sent = now;
                let datagram = buffer.get(..length).unwrap_or_default();
                if socket.try_send(datagram).is_err() {
                    socket.send(datagram).await?;
                }
            }
        }
    }
    Ok(times)
}

fn datagram(slot: u16) -> [u8; BYTES] {
    let mut datagram = [b' '; BYTES];
    let number = slot.to_be_bytes();
    datagram.iter_mut().zip(number).for_each(|(byte, digit)| *byte = digit);
    datagram
}
