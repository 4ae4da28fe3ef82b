//! `posto ping`: is the server there, how far away, and what gets lost on the way? The exchanges are in
//! `ping/exchange.rs`, what is printed in `ping/words.rs`.

mod exchange;
mod words;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::client::resolve;
use crate::language::Language;
use crate::patience::patience;
use crate::session::SessionArguments;
use exchange::{Ended, Exchange, Pinger};
use words::PingWords;

#[derive(Debug, Args)]
pub struct PingArguments {
    /// The server's host
    #[arg(default_value = "127.0.0.1")]
    host: String,
    /// The server's port
    #[arg(default_value_t = 5000)]
    port: u16,
    /// How many requests to make
    #[arg(long, short, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Time between two requests
    #[arg(long, short, value_name = "TIME", default_value = "1s", value_parser = patience)]
    interval: Duration,
    /// Our own address, by default any
    #[arg(long, value_name = "ADDR:PORT")]
    bind: Option<SocketAddr>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
    /// Language of what is printed [default: from LANG, else en]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
    #[command(flatten)]
    session: SessionArguments,
}

/// Handshakes and requests of one run.
#[derive(Debug, Default)]
struct Totals {
    /// Requests wanted, and answered.
    wanted: u32,
    answered: u32,
    repeats: u32,
    sent: (u64, u64),
    received: (u64, u64),
    strangers: u64,
    /// Of what was answered at the first try.
    round_trips: Vec<Duration>,
}

pub fn run(arguments: &PingArguments) -> anyhow::Result<ExitCode> {
    let language = arguments.lang.unwrap_or_else(|| Language::of_environment(Language::En));
    let words = PingWords { language, json: arguments.json };
    let server = resolve(&arguments.host, arguments.port)?;
    let options = arguments.session.connect_options()?;
    let mut pinger = Pinger::new(server, arguments.bind, (options.protocol, options.psk))?;
    let mut totals = Totals::default();
    words.begins(server);
    for number in 1..=arguments.count {
        if number > 1 {
            std::thread::sleep(arguments.interval);
        }
        totals.wanted += 1;
        if !pinger.is_open() {
            let handshake = pinger.open(|sent| words.waiting("handshake", number, sent))?;
            totals.add(&handshake);
            words.ended("handshake", number, &handshake);
            match handshake.ended {
                Ended::Answered => {}
                // More tries would be told the same.
                Ended::Refused(_) => break,
                Ended::Silent => continue,
            }
        }
        let request = pinger.ask(|sent| words.waiting("request", number, sent))?;
        totals.answered += u32::from(request.ended == Ended::Answered);
        totals.add(&request);
        words.ended("request", number, &request);
    }
    pinger.close();
    words.summary(&totals);
    Ok(if totals.answered > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Totals {
    fn add(&mut self, exchange: &Exchange) {
        self.repeats += exchange.repeats;
        self.sent = (self.sent.0 + exchange.sent.0, self.sent.1 + exchange.sent.1);
        self.received = (self.received.0 + exchange.received.0, self.received.1 + exchange.received.1);
        self.strangers += exchange.strangers;
        if exchange.ended == Ended::Answered && exchange.repeats == 0 {
            self.round_trips.push(exchange.took);
        }
    }

    /// The shortest, mean and longest round trip, in milliseconds.
    fn round_trips_ms(&self) -> Option<[f64; 3]> {
        let count = u32::try_from(self.round_trips.len()).ok().filter(|count| *count > 0)?;
        let (least, most) = (self.round_trips.iter().min()?, self.round_trips.iter().max()?);
        let mean = self.round_trips.iter().sum::<Duration>() / count;
        Some([*least, mean, *most].map(millis))
    }

    fn to_json(&self) -> serde_json::Value {
        let round_trip =
            self.round_trips_ms().map(|[least, mean, most]| json!({"min": least, "mean": mean, "max": most}));
        json!({"kind": "summary", "requests": self.wanted, "answered": self.answered, "repeats": self.repeats,
            "sent": {"datagrams": self.sent.0, "bytes": self.sent.1},
            "received": {"datagrams": self.received.0, "bytes": self.received.1},
            "from_others": self.strangers, "round_trip_ms": round_trip})
    }
}

/// Milliseconds, to the hundredth.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}
