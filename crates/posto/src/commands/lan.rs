//! `--lan`: the server made known on the local network, and its new prices told there. The prices come
//! from the server by a session of its own, as everyone else's do: there is no back door.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use posto_client::{Client, ConnectOptions};
use posto_lan::{Announced, Message, Rate, Sender, announce, limits::PRICES_PER_SECOND};
use posto_market::{Fuel, Price};
use posto_session::{Protocol, Psk};
use posto_wire::answer::PriceChange;
use posto_wire::command::{ChangesRequest, JournalPlace};
use tokio::task::JoinHandle;

use super::serve::reachable;
use crate::config::Config;

/// By whom prices are told.
const USER: &str = "posto";

/// How long the server is asked to wait for a change.
const WAIT: Duration = Duration::from_secs(20);

/// How long nothing is asked after it went wrong.
const PAUSE: Duration = Duration::from_secs(2);

/// The server on the local network; not any more when this is dropped.
pub struct Lan {
    _announced: Announced,
    telling: JoinHandle<()>,
}

impl Lan {
    /// Makes the server at this address known, where the settings want it.
    ///
    /// # Errors
    /// That the group or multicast DNS cannot be used.
    pub fn start(config: &Config, address: SocketAddr) -> anyhow::Result<Option<Self>> {
        let Some(group) = &config.lan else { return Ok(None) };
        let sender = group.sender()?;
        let announced = announce(&name(address), address, &group.interfaces)?;
        if address.ip().is_loopback()
            && (group.interfaces.is_empty() || group.interfaces.iter().any(|ip| !ip.is_loopback()))
        {
            tracing::warn!("--lan: the server listens at {address}, where only this machine reaches it (see --udp)");
        }
        tracing::info!(group = %group.address, "known on the local network");
        let telling = tokio::spawn(tell(reachable(address), config.access.psk.clone(), sender));
        Ok(Some(Self { _announced: announced, telling }))
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        self.telling.abort();
    }
}

/// A name that no other server of this network has.
fn name(address: SocketAddr) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String =
        host.trim().chars().filter(|character| character.is_ascii_alphanumeric() || *character == '-').collect();
    let host = if host.is_empty() { "posto".to_owned() } else { host };
    format!("{host}-{}", address.port())
}

/// Tells what changes, for as long as the server is there.
async fn tell(server: SocketAddr, psk: Option<Psk>, sender: Sender) {
    let mut place = None;
    let mut rate = Rate::of(PRICES_PER_SECOND);
    loop {
        if let Err(error) = follow(server, psk.clone(), &mut place, |change| publish(&sender, &mut rate, change)).await
        {
            tracing::debug!(%error, "the local network hears no prices for a moment");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Follows the server's changes until its session fails.
async fn follow(
    server: SocketAddr,
    psk: Option<Psk>,
    place: &mut Option<JournalPlace>,
    mut each: impl FnMut(&PriceChange),
) -> anyhow::Result<()> {
    let options = ConnectOptions { protocol: Protocol::V2, psk, ..ConnectOptions::default() };
    let client = Client::connect(server, options).await?;
    loop {
        let wait = if place.is_some() { WAIT } else { Duration::ZERO };
        let told = client.changes(ChangesRequest { after: place.clone(), wait }).await.context("no changes")?;
        // Where changes are missed they are missed: what is told here is no more than information.
        told.changes.iter().for_each(&mut each);
        *place = Some(JournalPlace { book: told.book, position: told.position });
    }
}

fn publish(sender: &Sender, rate: &mut Rate<()>, change: &PriceChange) {
    let Some(data) = in_words(change).filter(|_| rate.allows(Instant::now(), ())) else { return };
    if let Err(error) = sender.send(&Message { user: USER.to_owned(), data }) {
        tracing::debug!(%error, "the local network was not told of a price");
    }
}

/// `gasolina 4.999 BRL/l, Auto Posto Tauros (-22.223665;-54.771388)`; `None` where a price ended.
fn in_words(change: &PriceChange) -> Option<String> {
    let (fuel, price) = (Fuel::from_code(change.fuel)?.name_pt(), Price::from_thousandths(change.price?)?);
    let station = &change.station;
    let name = station.name.as_deref().or(station.brand.as_deref()).unwrap_or(&station.id);
    let (per, lat, lon) = (format!("{}/{}", change.currency, change.unit), station.lat, station.lon);
    Some(format!("{fuel} {price} {per}, {name} ({lat:.6};{lon:.6})"))
}
