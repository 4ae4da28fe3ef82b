//! Times of many runs, and the memory of this process.

use std::time::{Duration, Instant};

/// No more time than this goes into one row, however slow what it measures is.
const LONGEST: Duration = Duration::from_secs(2);

/// But so many runs are made anyway.
const FEWEST: usize = 20;

/// One line of the results.
#[derive(Debug)]
pub struct Row {
    pub what: &'static str,
    pub radius_km: f64,
    pub p50: Duration,
    pub p99: Duration,
    pub runs: usize,
}

impl Row {
    /// Runs it on one question after another.
    pub fn of<T, R>(what: &'static str, radius_km: f64, questions: &[T], mut run: impl FnMut(&T) -> R) -> Self {
        let mut times = Vec::with_capacity(questions.len());
        let begun = Instant::now();
        for question in questions {
            let asked = Instant::now();
            drop(std::hint::black_box(run(question)));
            times.push(asked.elapsed());
            if times.len() >= FEWEST && begun.elapsed() > LONGEST {
                break;
            }
        }
        times.sort_unstable();
        let nth = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
        Self { what, radius_km, p50: nth(50), p99: nth(99), runs: times.len() }
    }
}

pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Memory of this process in bytes, where Linux tells; else 0.
pub fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}
