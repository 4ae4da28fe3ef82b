//! `posto bench search`: searches and price changes in made-up markets and in the Italian register,
//! beside brute force, `rstar` and `kiddo` in the same run.

mod book;
mod measure;
mod sets;
mod yardsticks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use measure::{Row, micros};
use sets::Set;

/// The radii that are asked for.
const RADII_KM: [f64; 5] = [1.0, 5.0, 25.0, 100.0, 500.0];

/// Stations of the made-up markets, where none are asked for.
const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];

/// Where the Italian files lie beside the project.
const ITALY: &str = "../shared/data/italy";

#[derive(Debug, Args)]
pub struct SearchArguments {
    /// Stations of the made-up market, each with three prices [default: 10000, 100000 and 1000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    stations: Vec<u32>,
    /// Directory with the two files of the Italian register [default: ../shared/data/italy, where
    /// it exists]
    #[arg(long, value_name = "DIR")]
    italy: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// What was measured of one set.
struct Figures {
    name: String,
    held: book::Held,
    changes: book::Changes,
    rows: Vec<Row>,
}

pub fn run(arguments: &SearchArguments) -> anyhow::Result<ExitCode> {
    let sizes = if arguments.stations.is_empty() { &SIZES[..] } else { &arguments.stations };
    let mut sets: Vec<_> = sizes.iter().map(|stations| Set::made_up(*stations)).collect();
    let beside = PathBuf::from(ITALY);
    match &arguments.italy {
        Some(directory) => sets.insert(0, Set::italy(directory)?),
        None if arguments.stations.is_empty() && beside.is_dir() => sets.insert(0, Set::italy(&beside)?),
        None => {}
    }
    let mut all = Vec::new();
    for set in &sets {
        let figures = figures(set);
        if arguments.json {
            all.push(figures.to_json());
        } else {
            figures.print();
        }
    }
    if arguments.json {
        say!("{}", json!({ "sets": all }));
    }
    Ok(ExitCode::SUCCESS)
}

fn figures(set: &Set) -> Figures {
    let (book, held) = book::load(set);
    let mut rows = book::searches(&book, set);
    rows.extend(yardsticks::all(set));
    let changes = book::changes(&book, set);
    Figures { name: set.name.clone(), held, changes, rows }
}

impl Figures {
    fn print(&self) {
        let Self { name, held, changes, .. } = self;
        say!("{name}: {} stations, {} prices", held.counts.stations, held.counts.prices);
        say!("loaded in {:.2?}, {} bytes a station", held.loaded, held.bytes_per_station());
        say!("a price change {:.2?}, with a reader {:.2?}", changes.alone, changes.with_reader);
        say!("{:>14} {:>22} {:>22}", "", "p50 µs", "p99 µs");
        say!("{:14} {}", "radius km", RADII_KM.map(|radius_km| format!("{radius_km:>18}")).concat());
        for rows in self.rows.chunk_by(|one, two| one.what == two.what) {
            let what = rows.first().map_or("", |row| row.what);
            let cell = |row: &Row| format!("{:>9.2} {:>8.2}", micros(row.p50), micros(row.p99));
            say!("{what:14} {}", rows.iter().map(cell).collect::<String>());
        }
        say!("");
    }

    fn to_json(&self) -> Value {
        let Self { name, held, changes, .. } = self;
        let row = |row: &Row| {
            json!({ "search": row.what, "radius_km": row.radius_km, "p50_us": micros(row.p50), "p99_us": micros(row.p99),
                "runs": row.runs })
        };
        json!({
            "set": name,
            "stations": held.counts.stations,
            "prices": held.counts.prices,
            "loaded_s": held.loaded.as_secs_f64(),
            "bytes_per_station": held.bytes_per_station(),
            "change_us": micros(changes.alone),
            "change_with_reader_us": micros(changes.with_reader),
            "changes_per_second_with_reader": 1.0 / changes.with_reader.as_secs_f64(),
            "searches": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }
}
