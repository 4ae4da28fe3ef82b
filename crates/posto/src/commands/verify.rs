//! `posto verify`: whether the journal's file is whole.

use std::process::ExitCode;

use clap::Args;
use posto_store::Verification;
use posto_wire::time;
use serde_json::json;

use crate::arguments::DataArguments;
use crate::config::data_directory;

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArguments,
}

pub fn run(arguments: VerifyArguments) -> anyhow::Result<ExitCode> {
    let found = posto_store::verify(&data_directory(arguments.data)?)?;
    if arguments.json {
        say!("{}", as_json(&found));
    } else {
        print(&found);
    }
    Ok(if found.defects.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(found: &Verification) -> serde_json::Value {
    json!({"file": found.path.to_string_lossy(), "application_id": found.application_id, "version": found.version,
        "book": found.book_id, "stations": found.stations, "prices": found.prices, "reports": found.reports,
        "ids": found.ids, "stations_without_prices": found.stations_without_prices,
        "out_of_sight": found.out_of_sight, "acts": found.acts, "withdrawn": found.withdrawn, "flags": found.flags,
        "newest_sequence": found.newest_sequence, "newest_at": found.newest_at.map(time::format),
        "stream": found.followed.as_ref().map(|followed| &followed.stream),
        "stream_position": found.followed.as_ref().map(|followed| followed.position),
        "whole": found.defects.is_empty(), "defects": found.defects})
}

fn print(found: &Verification) {
    say!("{}", found.path.display());
    say!("  application id {:#x}, version {}, book {}", found.application_id, found.version, found.book_id);
    let lines = [
        (u64::try_from(found.stations).unwrap_or(u64::MAX), "stations"),
        (found.stations_without_prices, "of them without a price"),
        (u64::try_from(found.prices).unwrap_or(u64::MAX), "current prices"),
        (found.reports, "prices in the history"),
        (found.ids, "ids of reports remembered"),
        (found.acts, "acts of operators"),
        (u64::try_from(found.out_of_sight).unwrap_or(u64::MAX), "stations out of sight"),
        (found.withdrawn, "prices withdrawn"),
        (found.flags, "flags of users to look at"),
    ];
    for (count, what) in lines {
        say!("  {count:>10}  {what}");
    }
    match found.newest_at {
        Some(at) => say!("  newest: number {}, {}", found.newest_sequence, time::format(at)),
        None => say!("  newest: none"),
    }
    if let Some(followed) = &found.followed {
        say!("  follows the stream {}, up to message {}", followed.stream, followed.position);
    }
    for defect in &found.defects {
        say!("  DAMAGED: {defect}");
    }
    if found.defects.is_empty() {
        say!("  whole");
    }
}
