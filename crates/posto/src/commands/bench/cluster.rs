//! `posto bench cluster`: acknowledged reports a second over a replicated log, beside what NATS JetStream
//! does alone in the same run, and how fast a new server catches up.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use posto_cluster::yardstick::{self, Load};
use posto_cluster::{Cluster, Connection, Joining, Options};
use posto_store::Journal;
use serde_json::{Value, json};

use super::journal::{PLACES, report, send};
use super::measured::Measured;

/// How many reports wait at a time.
const WRITERS: [u32; 3] = [1, 256, 1024];

/// How many of JetStream's own messages wait at a time.
const IN_FLIGHT: [usize; 2] = [1, 256];

/// Bytes of such a message: those of a report.
const BYTES: usize = 480;

#[derive(Debug, Args)]
pub struct ClusterArguments {
    /// The NATS nodes, with commas between; what is made there is deleted again
    #[arg(long, value_name = "URLS", default_value = "nats://127.0.0.1:4222")]
    cluster: String,
    /// Copies of the log: 1, 3 or 5
    #[arg(long, default_value_t = 3)]
    replicas: usize,
    /// Seconds for each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// A directory on the disk to measure; what is written there is deleted again
    #[arg(long, value_name = "DIR", default_value = ".")]
    disk: std::path::PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What so many at a time reached.
struct Reached {
    at_a_time: usize,
    measured: Measured,
}

/// How fast a server without anything came to have everything.
struct CaughtUp {
    messages: u64,
    took: Duration,
}

pub async fn run(arguments: &ClusterArguments) -> anyhow::Result<ExitCode> {
    let scratch = tempfile::Builder::new().prefix("posto-bench-").tempdir_in(&arguments.disk);
    let scratch = scratch.with_context(|| format!("cannot write in {}", arguments.disk.display()))?;
    let bench = Bench::new(arguments, scratch.path());
    let mut raw = Vec::new();
    for in_flight in IN_FLIGHT {
        raw.push(bench.raw(in_flight).await?);
    }
    let followed = bench.followed().await;
    // It may be there still where something went wrong, and is not where nothing was made.
    let deleted = yardstick::delete(&bench.options.connection, &bench.options.stream.name).await;
    let (reports, caught_up) = followed?;
    deleted?;
    if arguments.json {
        let list = |all: &[Reached]| all.iter().map(as_json).collect::<Vec<_>>();
        let CaughtUp { messages, took } = &caught_up;
        let caught_up = json!({"messages": messages, "seconds": took.as_secs_f64()});
        say!("{}", json!({"jetstream": list(&raw), "reports": list(&reports), "caught_up": caught_up}));
    } else {
        raw.iter().for_each(|reached| print("JetStream alone", reached));
        reports.iter().for_each(|reached| print("reports acknowledged", reached));
        let CaughtUp { messages, took } = caught_up;
        say!("a new server has all {messages} messages after {took:.1?}: {:.0}/s", per_second(messages, took));
    }
    Ok(ExitCode::SUCCESS)
}

fn print(what: &str, Reached { at_a_time, measured }: &Reached) {
    let [p50, p99, _] = measured.percentiles();
    let what = format!("{what}, {at_a_time} at a time");
    say!("{what:<42} {:>8.0}/s   p50 {:>6} us   p99 {:>6} us", measured.rate(), p50.as_micros(), p99.as_micros());
}

fn as_json(Reached { at_a_time, measured }: &Reached) -> Value {
    let [p50, p99, _] = measured.percentiles().map(|time| time.as_secs_f64() * 1_000.0);
    json!({"at_a_time": at_a_time, "per_s": measured.rate(), "p50_ms": p50, "p99_ms": p99})
}

fn per_second(count: u64, time: Duration) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from) / time.as_secs_f64()
}

/// What is measured, where.
struct Bench<'a> {
    options: Options,
    time: Duration,
    scratch: &'a Path,
}

impl<'a> Bench<'a> {
    fn new(arguments: &ClusterArguments, scratch: &'a Path) -> Self {
        let servers = arguments.cluster.split(',').map(|url| url.trim().to_owned()).collect();
        let mut options = Options::new(servers);
        // Two benches at once are two streams.
        options.stream.name = format!("posto-bench-{}", std::process::id());
        options.stream.replicas = arguments.replicas;
        Self { options, time: Duration::from_secs(arguments.seconds.max(1)), scratch }
    }

    fn connection(&self) -> &Connection {
        &self.options.connection
    }

    async fn raw(&self, in_flight: usize) -> anyhow::Result<Reached> {
        let mut stream = self.options.stream.clone();
        stream.name.push_str("-raw");
        let load = Load { bytes: BYTES, in_flight, time: self.time };
        let started = Instant::now();
        let times = yardstick::raw_publish(self.connection(), &stream, load).await?;
        // Making and deleting the stream is not counted.
        let took = started.elapsed().min(self.time);
        Ok(Reached { at_a_time: in_flight, measured: Measured::new(times, took) })
    }

    /// Reports through a journal that follows a new stream, then a second journal from nothing.
    async fn followed(&self) -> anyhow::Result<(Vec<Reached>, CaughtUp)> {
        let (journal, _cluster) = self.join("first").await?;
        let (journal, reached) = tokio::task::spawn_blocking({
            let time = self.time;
            move || measure(&journal, time).map(|reached| (journal, reached))
        })
        .await??;
        let messages = journal.position();
        journal.close()?;
        let started = Instant::now();
        let (journal, _cluster) = self.join("second").await?;
        while journal.position() < messages {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = started.elapsed();
        journal.close()?;
        Ok((reached, CaughtUp { messages, took }))
    }

    async fn join(&self, directory: &str) -> anyhow::Result<(Journal, Cluster)> {
        let directory = self.scratch.join(directory);
        let joining = Joining::begin(self.options.clone(), &directory).await?;
        let (opened, follower) = Journal::open_following(posto_store::Options::new(&directory), joining.stream())?;
        let cluster = joining.start(follower)?;
        let journal = opened.journal.sequenced_by(std::sync::Arc::clone(&cluster.sequencer));
        while !journal.standing().log.is_some_and(|log| log.writable) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok((journal, cluster))
    }
}

/// Keeps so many reports waiting; every place is known before the measurement begins.
fn measure(journal: &Journal, time: Duration) -> anyhow::Result<Vec<Reached>> {
    send(journal, 256, |sent| (sent < PLACES).then(|| report(sent, false)))?;
    let mut before = PLACES;
    let mut reached = Vec::new();
    for writers in WRITERS {
        let started = Instant::now();
        let times = send(journal, writers, |sent| (started.elapsed() < time).then(|| report(before + sent, true)))?;
        before += u32::try_from(times.len())?;
        let measured = Measured::new(times, started.elapsed());
        reached.push(Reached { at_a_time: usize::try_from(writers)?, measured });
    }
    Ok(reached)
}
