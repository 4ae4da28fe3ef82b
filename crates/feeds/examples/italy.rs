//! Reads Italy's two files and prints what was read, what was left out and how long it took:
//! `cargo run --release -p posto-feeds --example italy -- REGISTER PRICES`.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use posto_feeds::italy;
use posto_market::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let [register, prices] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "REGISTER PRICES")?;
    let open = |path: String| File::open(&path).map(BufReader::new).map_err(|error| format!("{path}: {error}"));
    let start = Instant::now();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let summary = italy::read(open(register)?, open(prices)?, Timestamp::from_millis(now), |_| {})?;
    println!("{:?}", start.elapsed());
    println!("{} stations, {} prices, {} without", summary.stations, summary.prices, summary.without_prices);
    println!("{} served beside self-service, {} superseded", summary.served_beside_self, summary.superseded);
    println!("other fuels: {:?}", summary.other_fuels);
    for (reason, skips) in summary.skipped.iter() {
        println!("skipped, {}: {}", reason.text_en(), skips.count);
        for place in &skips.examples {
            println!("  {}, line {}: {}", place.file, place.line, place.found);
        }
    }
    Ok(())
}
