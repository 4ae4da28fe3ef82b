//! `posto bench udp`: searches over reliable UDP beside a raw echo of datagrams as long, in the same
//! run; and how long they take where datagrams are lost.
//!
//! Who asks is in `udp/asker.rs`, the echo in `udp/echo.rs`, server processes in `process.rs`.

mod asker;
mod echo;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use posto_relay::{Both, Chance, Faults, Options, Relay};
use posto_session::limits::V2_LEAST_WINDOW;
use serde_json::json;
use tokio::sync::oneshot;

use super::measured::Measured;
use super::process::Process;

use asker::Load;
pub use echo::serve as serve_echo;

/// What to measure.
#[derive(Debug, Args)]
pub struct UdpArguments {
    /// A running server; by default one is started for the run, with the sample prices
    #[arg(long, value_name = "HOST:PORT")]
    server: Option<String>,
    /// Sessions asking side by side
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    sessions: u16,
    /// Requests that each session has in the air
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    window: u16,
    /// Seconds for each line of the table
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Ask at this many requests a second in all, however long answers take (open loop); by default
    /// each answer is followed by the next request (closed loop)
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rate: Option<u32>,
    /// Also ask through a relay that loses these percentages of datagrams each way, such as 0,1,5,10,30
    #[arg(long, value_name = "PERCENT,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(0..=90))]
    loss: Vec<u32>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// A line of the table.
struct Line {
    what: String,
    measured: Measured,
    /// Processor time that the server took.
    server: Option<Duration>,
}

/// Measures and prints.
pub async fn run(arguments: &UdpArguments) -> anyhow::Result<ExitCode> {
    let time = Duration::from_secs(arguments.seconds);
    let load = Load {
        sessions: usize::from(arguments.sessions),
        window: usize::from(arguments.window),
        time,
        rate: arguments.rate,
        share: true,
    };
    let mut lines = vec![raw_echo(&load).await?];
    let (address, process) = match &arguments.server {
        Some(server) => {
            let found = tokio::net::lookup_host(server).await.with_context(|| format!("cannot resolve {server}"))?;
            (found.into_iter().next().context("the server has no address")?, None)
        }
        None => {
            let process = Process::server().await?;
            (process.address, Some(process))
        }
    };
    let process = process.as_ref();
    lines.push(line("P, one in a datagram", address, &Load { share: false, ..load }, process).await?);
    lines.push(line("P, sharing datagrams", address, &load, process).await?);
    for percent in &arguments.loss {
        lines.push(through_loss(address, *percent, &load, process).await?);
    }
    if arguments.json {
        print_json(&lines)
    } else {
        print_table(&lines, &load)
    }
    Ok(ExitCode::SUCCESS)
}

async fn raw_echo(load: &Load) -> anyhow::Result<Line> {
    let process = Process::echo().await?;
    let before = process.cpu_time();
    let measured = echo::ask(process.address, load).await?;
    Ok(Line { what: "raw UDP echo, 220 bytes".to_owned(), measured, server: process.cpu_since(before) })
}

async fn line(what: &str, server: SocketAddr, load: &Load, process: Option<&Process>) -> anyhow::Result<Line> {
    let before = process.and_then(Process::cpu_time);
    let measured = asker::ask(server, load).await?;
    let server = process.and_then(|process| process.cpu_since(before));
    Ok(Line { what: what.to_owned(), measured, server })
}

/// The same through a relay that loses datagrams, with few enough in the air for a person's patience.
async fn through_loss(
    server: SocketAddr,
    percent: u32,
    load: &Load,
    process: Option<&Process>,
) -> anyhow::Result<Line> {
    let faults = Faults { loss: Chance::of_million(percent * 10_000), ..Faults::none(Duration::ZERO) };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = Options { listen, to: server, faults: Both::same(faults), seed: 7, rebind: None };
    let relay = Relay::bind(options).await?;
    let address = relay.local_address();
    let (stop, stopped) = oneshot::channel::<()>();
    let relaying = tokio::spawn(relay.run(|_| (), async move { drop(stopped.await) }));
    // No more than the least window: what is measured is the network, not our own queue.
    let window = load.window.min(usize::try_from(V2_LEAST_WINDOW)?);
    let load = Load { window, share: false, ..*load };
    let line = line(&format!("P, {percent} % lost each way"), address, &load, process).await;
    drop(stop);
    relaying.await?;
    line
}

fn print_table(lines: &[Line], load: &Load) {
    let how = match load.rate {
        Some(rate) => format!("{rate}/s"),
        None => format!("{} in the air each", load.window),
    };
    say!("{} session(s), {how}, {} s a line", load.sessions, load.time.as_secs());
    say!(
        "{:<26} {:>10} {:>9} {:>9} {:>9} {:>8} {:>7} {:>12} {:>8}",
        "",
        "requests/s",
        "p50 us",
        "p99 us",
        "p99.9 us",
        "repeats",
        "failed",
        "per cpu-s",
        "of echo"
    );
    let echo = lines.first().map_or(f64::NAN, |line| line.measured.rate());
    for Line { what, measured, server } in lines {
        let [median, high, highest] = measured.percentiles().map(|time| time.as_micros());
        let per_cpu = server.map_or_else(|| "-".to_owned(), |cpu| format!("{:.0}", measured.per_second_of(cpu)));
        say!(
            "{what:<26} {:>10.0} {median:>9} {high:>9} {highest:>9} {:>8} {:>7} {per_cpu:>12} {:>7.0}%",
            measured.rate(),
            measured.repeats,
            measured.failed,
            100.0 * measured.rate() / echo
        );
    }
}

fn print_json(lines: &[Line]) {
    let line = |Line { what, measured, server }: &Line| {
        let [median, high, highest] = measured.percentiles().map(|time| time.as_secs_f64() * 1e6);
        json!({
            "what": what, "requests_per_s": measured.rate(), "p50_us": median, "p99_us": high, "p99_9_us": highest,
            "answered": measured.answered(), "repeats": measured.repeats, "failed": measured.failed,
            "server_cpu_s": server.map(|cpu| cpu.as_secs_f64()),
        })
    };
    say!("{}", json!({ "lines": lines.iter().map(line).collect::<Vec<_>>() }));
}
