//! The nine sample prices that a new server starts with: beside a real feed they are in the way.
//!
//! Dropping them is an import like any other. It ends the prices of their stations as of 1970:
//! that ends prices of unknown time, as the samples are, and no price that anyone reported since. A
//! station without prices is found by no search.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use posto_client::{Call, ClientError, Pool};
use posto_feeds::dados;
use posto_market::{Currency, EndedPrice, ImportedStation, Station, Timestamp};
use posto_wire::ErrorCode;
use posto_wire::answer::{PriceFacts, ServerTime};

use super::limits::ASK_PATIENCE;
use super::reading::is_standard_input;
use super::{ImportArguments, aside};
use crate::config::SAMPLE_RECORDS;
use crate::explain::client_error;
use crate::language::Language;

/// The feed that may be the very samples.
const OWN_FEED: &str = "dados";

const CALL: Call<'static> = Call::within(ASK_PATIENCE);

/// What was there before an import.
pub struct Samples {
    /// Nothing but the samples.
    alone: bool,
}

impl Samples {
    /// Looks, by its counts, whether the server still has only the samples.
    pub async fn look(pool: Option<&Pool>, server: Option<&ServerTime>, language: Language) -> anyhow::Result<Self> {
        let (Some(pool), Some(server)) = (pool, server) else { return Ok(Self { alone: false }) };
        let all = samples()?;
        let prices: usize = all.iter().map(|sample| sample.prices.len()).sum();
        let counts = (usize::try_from(server.stations).ok(), usize::try_from(server.prices).ok());
        let as_many = counts == (Some(all.len()), Some(prices));
        Ok(Self { alone: as_many && prices_of(&left(pool, language).await?) == prices })
    }

    /// Drops the samples where it was asked for, or is now.
    pub async fn offer(&self, pool: &Pool, arguments: &ImportArguments) -> anyhow::Result<()> {
        let language = arguments.language();
        if arguments.drop_samples {
            return drop_them(pool, language).await;
        }
        if !self.alone || arguments.feed == OWN_FEED {
            return Ok(());
        }
        let hint = language.pick(
            "o servidor ainda tem os nove preços de amostra de Dourados; --drop-samples os encerra",
            "the server still has the nine sample prices of Dourados; --drop-samples ends them",
        );
        let standard_input = arguments.paths().iter().any(|path| is_standard_input(path));
        let someone = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if !someone || standard_input || arguments.watch.is_some() {
            say!("{hint}");
            return Ok(());
        }
        if agreed(language).await? { drop_them(pool, language).await } else { Ok(()) }
    }
}

async fn agreed(language: Language) -> anyhow::Result<bool> {
    eprint!(
        "{} ",
        language.pick(
            "O servidor ainda tem os nove preços de amostra de Dourados. Encerrá-los? [s/N]",
            "The server still has the nine sample prices of Dourados. End them? [y/N]",
        )
    );
    let answer = aside::run(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("cannot read standard input")?;
        Ok(line)
    });
    let answer = answer.await?.trim().to_lowercase();
    Ok(["s", "sim", "y", "yes"].contains(&answer.as_str()))
}

async fn drop_them(pool: &Pool, language: Language) -> anyhow::Result<()> {
    let left = left(pool, language).await?;
    let mut ended: usize = 0;
    for record in left {
        let outcome = pool.import(CALL, record).await.map_err(|error| client_error(error, language))?;
        ended += usize::try_from(outcome.prices_ended).unwrap_or(usize::MAX);
    }
    say!("  {ended:>8}  {}", language.pick("preços de amostra encerrados", "sample prices ended"));
    Ok(())
}

/// Records that end the samples which are still there.
async fn left(pool: &Pool, language: Language) -> anyhow::Result<Vec<ImportedStation>> {
    let mut left = Vec::new();
    for sample in samples()? {
        let id = sample.station.id.clone();
        let told = match pool.station(CALL, id.clone()).await {
            Ok(told) => told,
            Err(ClientError::Refused(mistake)) if mistake.code == ErrorCode::PostoDesconhecido => continue,
            Err(error) => return Err(client_error(error, language)),
        };
        let held = |price: &&posto_market::ImportedPrice| told.prices.iter().any(|told| is_sample(told, price));
        let ended: Vec<_> = sample
            .prices
            .iter()
            .filter(held)
            .map(|price| EndedPrice { fuel: price.fuel, at: Timestamp::from_millis(0) })
            .collect();
        if !ended.is_empty() {
            let station = Station::at(id, sample.station.position);
            left.push(ImportedStation { ended, ..ImportedStation::new(station) });
        }
    }
    Ok(left)
}

fn is_sample(told: &PriceFacts, sample: &posto_market::ImportedPrice) -> bool {
    let same = told.fuel == sample.fuel.code() && told.price == sample.quote.price.thousandths();
    same && told.reported_at.is_none()
}

fn prices_of(records: &[ImportedStation]) -> usize {
    records.iter().map(|record| record.ended.len()).sum()
}

fn samples() -> anyhow::Result<Vec<ImportedStation>> {
    let read = dados::read(SAMPLE_RECORDS)?;
    Ok(dados::stations(&read.records, Currency::BRL))
}
