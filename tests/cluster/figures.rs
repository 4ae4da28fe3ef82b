//! The figures of `data/ops/CLUSTER.md`, of a release build: `POSTO_BINARY=target/release/posto cargo test
//! --release -p posto-tests --test cluster -- --ignored --nocapture figures`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use posto_client::{Call, Pool, PoolOptions};
use posto_market::{Position, StationId, geohash};
use posto_tests::process::{posto, run};

use crate::nats::Nats;
use crate::support::{Group, longitude, report};

/// How long each is measured.
const TIME: Duration = Duration::from_secs(4);

/// Questions in the air.
const ASKERS: usize = 64;

#[test]
#[ignore = "figures, of a release build"]
fn figures_of_reports_beside_jetstream_alone_and_of_catching_up() {
    let Some(nats) = Nats::start(3) else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let mut bench = posto(["bench", "cluster", "--cluster", &nats.plain_urls(), "--disk"]);
    let output = run(bench.arg(directory.path()), "", Duration::from_secs(300));
    eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
}

#[test]
#[ignore = "figures, of a release build"]
fn figures_of_reads_from_one_two_and_three_servers() {
    let Some(group) = Group::start(&[]) else { return };
    for place in 0..50 {
        assert_eq!(report(group.http(), place, 1_000 + place, None, "").status, 201);
    }
    group.settle();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for servers in 1..=group.servers.len() {
        let addresses: Vec<_> = group.servers[..servers].iter().map(|server| server.address).collect();
        let processes = group.servers[..servers].iter().filter_map(|server| server.serving.as_ref());
        let processes: Vec<_> = processes.map(posto_tests::process::Serving::id).collect();
        let (own, theirs) = (processor_time(std::process::id()), total(&processes));
        let (answers, took) = runtime.block_on(read(&addresses));
        let [own, theirs] = [processor_time(std::process::id()) - own, total(&processes) - theirs]
            .map(|time| micros_each(time, answers));
        let rate = f64::from(u32::try_from(answers).expect("few")) / took.as_secs_f64();
        eprintln!(
            "{servers} servers: {rate:.0} reads/s; processor time each: servers {theirs:.1} us, client {own:.1} us"
        );
    }
    group.end();
}

fn micros_each(time: Duration, answers: u64) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(u32::try_from(answers.max(1)).expect("few"))
}

fn total(processes: &[u32]) -> Duration {
    processes.iter().map(|process| processor_time(*process)).sum()
}

/// Fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms.
fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    let (_, after_name) = stat.rsplit_once(')').expect("a name");
    let ticks = after_name.split_ascii_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks"));
    Duration::from_millis(10 * ticks.sum::<u64>())
}

/// Asks as fast as is answered; how many answers there were, in which time.
async fn read(servers: &[SocketAddr]) -> (u64, Duration) {
    let options = PoolOptions {
        servers: servers.iter().map(ToString::to_string).collect(),
        ..PoolOptions::new(servers[0].to_string())
    };
    let pool = Arc::new(Pool::new(options));
    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let asking = (0..ASKERS).map(|asker| {
        let (pool, stop, answers) = (Arc::clone(&pool), Arc::clone(&stop), Arc::clone(&answers));
        tokio::spawn(async move {
            let mut place = u32::try_from(asker).expect("few");
            while !stop.load(Ordering::Relaxed) {
                place = (place + 1) % 50;
                let position = Position::from_degrees(10.5, longitude(place)).expect("a place");
                let station = StationId::parse(&geohash(position)).expect("an id");
                pool.station(Call::within(Duration::from_secs(5)), station).await.expect("an answer");
                answers.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let asking: Vec<_> = asking.collect();
    let started = Instant::now();
    tokio::time::sleep(TIME).await;
    stop.store(true, Ordering::Relaxed);
    for asker in asking {
        asker.await.expect("no panic");
    }
    let measured = (answers.load(Ordering::Relaxed), started.elapsed());
    pool.close().await;
    measured
}
