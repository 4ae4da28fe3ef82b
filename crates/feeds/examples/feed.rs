//! Reads a feed's files, in any order, and prints what was read, what was left out and how long it
//! took: `cargo run --release -p posto-feeds --example feed -- FEED FILE…`.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use posto_feeds::{Input, Terms};
use posto_market::{Currency, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let slug = arguments.next().ok_or("FEED FILE…")?;
    let feed = posto_feeds::named(&slug).ok_or("no such feed")?;
    let open = |path: String| -> Result<Input, Box<dyn Error>> {
        let file = File::open(&path).map_err(|error| format!("{path}: {error}"))?;
        Ok(Input::new(path, BufReader::new(file))?)
    };
    let inputs = arguments.map(open).collect::<Result<Vec<_>, _>>()?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let start = Instant::now();
    let terms = Terms { now: Timestamp::from_millis(now), currency: Currency::BRL };
    let mut records = feed.read(feed.sort(inputs)?, &terms)?;
    for record in &mut records {
        record?;
    }
    println!("{:?}", start.elapsed());
    let summary = records.summary();
    for rows in &summary.files {
        println!("{:>8} rows of {}", rows.rows, rows.file);
    }
    for line in summary.lines() {
        println!("{:>8} {}", line.count, line.text_en);
    }
    println!("other fuels: {:?}", summary.other_fuels);
    for (reason, skips) in summary.skipped.iter() {
        println!("{:>8} refused, {}", skips.count, reason.text_en());
        for place in &skips.examples {
            println!("         {}, line {}: {}", place.file, place.line, place.found);
        }
    }
    Ok(())
}
