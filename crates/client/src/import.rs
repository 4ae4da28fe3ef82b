//! A record longer than a server reads, sent in parts (PROTOCOL §7.13): what is known of the station
//! first, then its prices and ends. A blank erases nothing, so the parts together say what the
//! record says; and how much of a name is sent does not depend on the prices beside it.

use posto_market::{ImportedStation, Label, Station};
use posto_wire::answer::Imported;

use crate::client::Client;
use crate::error::ClientError;
use crate::limits::{PRICES_PER_PART, SHORTER_LABELS};

/// Imports a record, in one piece where it fits.
pub(crate) async fn import(client: &Client, record: ImportedStation) -> Result<Imported, ClientError> {
    match client.import_once(record.clone()).await {
        Err(ClientError::TooLarge { .. }) => in_parts(client, &record).await,
        outcome => outcome,
    }
}

async fn in_parts(client: &Client, record: &ImportedStation) -> Result<Imported, ClientError> {
    let mut told = facts(client, &record.station).await?;
    for part in parts(record) {
        let more = client.import_once(part).await?;
        told = Imported {
            prices_changed: told.prices_changed.saturating_add(more.prices_changed),
            prices_ended: told.prices_ended.saturating_add(more.prices_ended),
            prices_unchanged: told.prices_unchanged.saturating_add(more.prices_unchanged),
            ..told
        };
    }
    Ok(told)
}

/// What is known of the station; its names cut where it is too long even so (a character outside
/// ASCII takes six bytes).
async fn facts(client: &Client, station: &Station) -> Result<Imported, ClientError> {
    let mut outcome = client.import_once(ImportedStation::new(station.clone())).await;
    for characters in SHORTER_LABELS {
        if !matches!(outcome, Err(ClientError::TooLarge { .. })) {
            break;
        }
        outcome = client.import_once(ImportedStation::new(with_shorter_labels(station, characters))).await;
    }
    outcome
}

/// The prices and ends, each part with as much of the station as says whose they are.
fn parts(record: &ImportedStation) -> impl Iterator<Item = ImportedStation> {
    let station = &record.station;
    let bare = Station { source: station.source.clone(), ..Station::at(station.id.clone(), station.position) };
    let ends = (!record.ended.is_empty())
        .then(|| ImportedStation { ended: record.ended.clone(), ..ImportedStation::new(bare.clone()) });
    let prices = record.prices.chunks(PRICES_PER_PART);
    prices
        .map(move |prices| ImportedStation { prices: prices.to_vec(), ..ImportedStation::new(bare.clone()) })
        .chain(ends)
}

fn with_shorter_labels(station: &Station, characters: usize) -> Station {
    let cut = |label: &Option<Label>| {
        let text = label.as_ref().map(|label| label.as_str().chars().take(characters).collect::<String>());
        text.as_deref().and_then(Label::new)
    };
    Station { address: cut(&station.address), name: cut(&station.name), brand: cut(&station.brand), ..station.clone() }
}
