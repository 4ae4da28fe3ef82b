//! `posto bench http`: searches and durable reports over HTTP beside a bare axum handler with answers
//! as long, in the same run.
//!
//! Who asks is in `http/load.rs`: raw HTTP/1.1 over tokio on a thread of its own, with nothing but
//! what a request needs; the bare handler is in `http/bare.rs`. Servers are processes of their own.

mod bare;
mod load;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

pub use bare::serve as serve_bare;
use load::{Load, Question};

use super::measured::Measured;
use super::process::Process;

/// What to measure.
#[derive(Debug, Args)]
pub struct HttpArguments {
    /// A running gateway; by default server and gateway are started for
    /// the run, with the sample prices. It gets made-up prices
    #[arg(long, value_name = "HOST:PORT")]
    gateway: Option<String>,
    /// Connections asking side by side, one run each
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',', default_values_t = [32, 64],
        value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: Vec<u16>,
    /// Seconds for each line of the table
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Ask at this many requests a second in all, however long answers take (open loop: a late answer delays
    /// none of the times that later ones are measured from); by default each answer is followed by the next
    /// request (closed loop)
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rate: Option<u32>,
    /// Measure just these
    #[arg(long, value_enum, value_name = "WHAT,…", value_delimiter = ',',
        default_values_t = [Question::Cheapest, Question::List, Question::Report])]
    only: Vec<Question>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Two lines of the table: the same question to the bare handler and to the gateway.
struct Pair {
    question: Question,
    connections: u16,
    /// Bytes of an answer's body.
    bytes: usize,
    bare: Line,
    posto: Line,
}

struct Line {
    measured: Measured,
    /// Processor time that the server took.
    server: Option<Duration>,
}

/// Measures and prints.
pub async fn run(arguments: &HttpArguments) -> anyhow::Result<ExitCode> {
    let (address, process) = match &arguments.gateway {
        Some(gateway) => {
            let found = tokio::net::lookup_host(gateway).await.with_context(|| format!("cannot resolve {gateway}"))?;
            (found.into_iter().next().context("the gateway has no address")?, None)
        }
        None => {
            let process = Process::up().await?;
            (process.address, Some(process))
        }
    };
    let mut pairs = Vec::new();
    for connections in &arguments.connections {
        for question in &arguments.only {
            let load = Load {
                question: *question,
                connections: *connections,
                time: Duration::from_secs(arguments.seconds),
                rate: arguments.rate,
            };
            pairs.push(pair(&load, address, process.as_ref()).await?);
        }
    }
    if arguments.json {
        print_json(&pairs)
    } else {
        print_table(&pairs, arguments)
    }
    Ok(ExitCode::SUCCESS)
}

async fn pair(load: &Load, gateway: SocketAddr, process: Option<&Process>) -> anyhow::Result<Pair> {
    let bytes = load::length(load.question, gateway).await?;
    let handler = Process::bare_http(bytes).await?;
    let bare = line(load, handler.address, Some(&handler)).await?;
    drop(handler);
    let posto = line(load, gateway, process).await?;
    Ok(Pair { question: load.question, connections: load.connections, bytes, bare, posto })
}

async fn line(load: &Load, server: SocketAddr, process: Option<&Process>) -> anyhow::Result<Line> {
    let before = process.and_then(Process::cpu_time);
    let measured = load::ask(server, *load).await?;
    let server = process.and_then(|process| process.cpu_since(before));
    Ok(Line { measured, server })
}

fn print_table(pairs: &[Pair], arguments: &HttpArguments) {
    let how = arguments.rate.map_or_else(|| "one after the other".to_owned(), |rate| format!("{rate}/s in all"));
    say!("{how}, {} s a line", arguments.seconds);
    say!(
        "{:<34} {:>4} {:>10} {:>9} {:>9} {:>9} {:>7} {:>10} {:>8} {:>8}",
        "",
        "-c",
        "requests/s",
        "p50 us",
        "p99 us",
        "p99.9 us",
        "failed",
        "per cpu-s",
        "of bare",
        "p99 of"
    );
    for pair in pairs {
        let [_, bare_high, _] = pair.bare.measured.percentiles();
        for (line, is_bare) in [(&pair.bare, true), (&pair.posto, false)] {
            let [median, high, highest] = line.measured.percentiles();
            let what =
                if is_bare { format!("bare axum, {} bytes", pair.bytes) } else { pair.question.words().to_owned() };
            let per_cpu =
                line.server.map_or_else(|| "-".to_owned(), |cpu| format!("{:.0}", line.measured.per_second_of(cpu)));
            say!(
                "{what:<34} {:>4} {:>10.0} {:>9} {:>9} {:>9} {:>7} {per_cpu:>10} {:>7.0}% {:>7.1}x",
                pair.connections,
                line.measured.rate(),
                median.as_micros(),
                high.as_micros(),
                highest.as_micros(),
                line.measured.failed,
                100.0 * line.measured.rate() / pair.bare.measured.rate(),
                high.as_secs_f64() / bare_high.as_secs_f64(),
            );
        }
    }
}

fn print_json(pairs: &[Pair]) {
    let line = |Line { measured, server }: &Line| {
        let [median, high, highest] = measured.percentiles().map(|time| time.as_secs_f64() * 1e6);
        json!({
            "requests_per_s": measured.rate(), "p50_us": median, "p99_us": high, "p99_9_us": highest,
            "answered": measured.answered(), "failed": measured.failed,
            "server_cpu_s": server.map(|cpu| cpu.as_secs_f64()),
        })
    };
    let pair = |pair: &Pair| {
        json!({
            "what": pair.question.words(), "connections": pair.connections, "bytes": pair.bytes,
            "bare": line(&pair.bare), "posto": line(&pair.posto),
            "of_bare": pair.posto.measured.rate() / pair.bare.measured.rate(),
        })
    };
    say!("{}", json!({ "pairs": pairs.iter().map(pair).collect::<Vec<_>>() }));
}
