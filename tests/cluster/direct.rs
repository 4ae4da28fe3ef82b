//! Readers that ask one server alone, over UDP and without a position: what it tells never goes back, not
//! even when it was killed between.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use posto_client::{Client, ConnectOptions};
use posto_market::{Position, StationId, geohash};

use crate::after::stored;
use crate::clients::REGISTERS;
use crate::register::Value;
use crate::support::longitude;

/// One reader for each server.
pub(crate) struct Direct {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<Value>>>,
}

/// What each was told, in order.
pub(crate) struct Read(Vec<Vec<Value>>);

impl Direct {
    pub(crate) fn start(servers: impl Iterator<Item = SocketAddr>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = servers.map(|server| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(read(server, &stop))
            })
        });
        let threads = threads.collect();
        Self { stop, threads }
    }

    pub(crate) fn stop(self) -> Read {
        self.stop.store(true, Ordering::SeqCst);
        Read(self.threads.into_iter().map(|thread| thread.join().expect("no panic")).collect())
    }
}

impl Read {
    /// That no reader saw anything older than before, by the order of this journal; how many answers that is.
    pub(crate) fn were_monotonic(&self, journal: &Path) -> usize {
        let order: HashMap<Value, usize> = stored(journal).into_iter().zip(1..).collect();
        for (server, values) in self.0.iter().enumerate() {
            let places: Vec<_> = values.iter().map(|value| order[value]).collect();
            let back = places.windows(2).find(|pair| pair[1] < pair[0]);
            assert!(back.is_none(), "server {server} told {back:?}");
            assert!(!places.is_empty(), "server {server} told nothing");
        }
        self.0.iter().map(Vec::len).sum()
    }
}

/// The last register's station, as its first report named it.
fn station() -> StationId {
    let position = Position::from_degrees(10.5, longitude(REGISTERS - 1)).expect("a place");
    StationId::parse(&geohash(position)).expect("an id")
}

async fn read(server: SocketAddr, stop: &AtomicBool) -> Vec<Value> {
    let patience = Duration::from_millis(300);
    let (mut values, mut client) = (Vec::new(), None);
    while !stop.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if client.is_none() {
            let options = ConnectOptions { timeout: patience, ..ConnectOptions::default() };
            client = Client::connect(server, options).await.ok().map(|client| client.with_patience(patience));
        }
        let Some(connected) = &client else { continue };
        match connected.station(station()).await {
            Ok(station) => values.extend(station.prices.first().map(|price| price.price)),
            // The server is gone, or has no such station yet, or puts off whoever asks.
            Err(_) => client = None,
        }
    }
    values
}
