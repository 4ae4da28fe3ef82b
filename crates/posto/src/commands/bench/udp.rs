//! `posto bench udp`: the same number of askers, each with one datagram in the air, first against
//! a raw echo, then against the server.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use posto_client::{Client, ConnectOptions};
use posto_market::{Area, Circle, Freshness, Fuel, Position};
use posto_wire::{Command, Request, Search, Value, command};
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::arguments::Settings;
use crate::commands::serve::Server;
use crate::config::Config;

pub async fn run(server: Option<&str>, sessions: usize, time: Duration) -> anyhow::Result<ExitCode> {
    let echo = echo(sessions, time).await?;
    let served = match server {
        Some(server) => {
            let mut addresses =
                tokio::net::lookup_host(server).await.with_context(|| format!("cannot resolve {server}"))?;
            ask(addresses.next().context("the server has no address")?, sessions, time).await?
        }
        None => own_server(sessions, time).await?,
    };
    say!(
        "{:<28} {:>12} {:>10} {:>10}",
        format!("{sessions} askers, {} s each", time.as_secs()),
        "requests/s",
        "p50",
        "p99"
    );
    print("raw UDP echo", &echo);
    print("P over reliable UDP", &served);
    say!("P reaches {:.0} % of the echo's rate", 100.0 * served.rate / echo.rate);
    Ok(ExitCode::SUCCESS)
}

struct Measured {
    rate: f64,
    median: Duration,
    high: Duration,
}

fn print(what: &str, measured: &Measured) {
    let Measured { rate, median, high } = measured;
    say!("{what:<28} {rate:>12.0} {:>7} us {:>7} us", median.as_micros(), high.as_micros());
}

/// A server of its own, in a directory of its own, for this run only.
async fn own_server(sessions: usize, time: Duration) -> anyhow::Result<Measured> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data").to_string_lossy().into_owned();
    let mut settings = Settings::default();
    settings.server.udp = Some("127.0.0.1:0".to_owned());
    settings.server.data = Some(data);
    let server = Server::bind(&Config::read(settings)?)?;
    let address = server.address;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move { drop(stopped.await) }));
    let measured = ask(address, sessions, time).await;
    drop(stop);
    serving.await??;
    measured
}

async fn ask(server: SocketAddr, sessions: usize, time: Duration) -> anyhow::Result<Measured> {
    let question = question()?;
    measure(sessions, time, |_| {
        let question = question.clone();
        async move {
            let client = Arc::new(Client::connect(server, ConnectOptions::default()).await?);
            Ok(move || {
                let (client, question) = (Arc::clone(&client), question.clone());
                async move { client.raw(question).await.map(drop).map_err(anyhow::Error::from) }
            })
        }
    })
    .await
}

/// The cheapest gasoline within 5 km of the sample stations.
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

/// A server that sends back what it gets, in one task as ours.
async fn echo(sessions: usize, time: Duration) -> anyhow::Result<Measured> {
    let server = UdpSocket::bind("127.0.0.1:0").await?;
    let address = server.local_addr()?;
    let echoing = tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = server.recv_from(&mut buffer).await {
            let _ = server.send_to(buffer.get(..length).unwrap_or_default(), from).await;
        }
    });
    let datagram = posto_wire::Packet::request(1, question()?).to_bytes();
    let measured = measure(sessions, time, |_| {
        let datagram = datagram.clone();
        async move {
            let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
            socket.connect(address).await?;
            Ok(move || {
                let (socket, datagram) = (Arc::clone(&socket), datagram.clone());
                async move {
                    let mut buffer = [0; 1500];
                    socket.send(&datagram).await?;
                    tokio::time::timeout(Duration::from_secs(1), socket.recv(&mut buffer)).await??;
                    Ok(())
                }
            })
        }
    })
    .await;
    echoing.abort();
    measured
}

/// Lets `sessions` askers ask for as long as `time`, each its next question after an answer.
async fn measure<Made, Asker, Asked>(
    sessions: usize,
    time: Duration,
    make: impl Fn(usize) -> Made,
) -> anyhow::Result<Measured>
where
    Made: Future<Output = anyhow::Result<Asker>>,
    Asker: Fn() -> Asked + Send + 'static,
    Asked: Future<Output = anyhow::Result<()>> + Send,
{
    let mut askers = Vec::new();
    for number in 0..sessions {
        askers.push(make(number).await?);
    }
    let started = Instant::now();
    let mut running = JoinSet::new();
    for ask in askers {
        running.spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < time {
                let asked = Instant::now();
                ask().await?;
                times.push(asked.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(ended) = running.join_next().await {
        times.extend(ended??);
    }
    let took = started.elapsed();
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    let count = u32::try_from(times.len()).map_or(f64::INFINITY, f64::from);
    Ok(Measured { rate: count / took.as_secs_f64(), median: at(50), high: at(99) })
}
