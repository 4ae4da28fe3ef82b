//! One who listens: reads the ring at its own pace and makes events of what it wants to hear.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use posto_wire::answer::{self, PriceChange};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::ring::{Next, Place};
use super::{Hub, Seat, Wish};
use crate::limits::{EVENTS_AT_ONCE, EVENTS_RETRY, HEARTBEAT};
use crate::shapes::{Attributions, EndedPrice, Resync, StationPrice};

/// A listener on its seat.
#[derive(Debug)]
pub(crate) struct Listener {
    hub: Hub,
    wish: Wish,
    attributions: Arc<Attributions>,
    /// Up to where everything was told.
    place: Place,
    /// What comes next.
    next: VecDeque<Arc<PriceChange>>,
    changed: watch::Receiver<()>,
    stopped: watch::Receiver<bool>,
    heartbeat: Instant,
    is_greeted: bool,
    _seat: Seat,
}

impl Listener {
    /// Who hears what happens from now on, or after the event that it names. `None`: the watch has
    /// ended meanwhile.
    pub(crate) fn new(hub: &Hub, seat: Seat, wish: Wish, attributions: &Arc<Attributions>) -> Option<Self> {
        let (changed, stopped) = (hub.0.changed.subscribe(), hub.0.stopped.subscribe());
        let newest = hub.newest()?;
        Some(Self {
            hub: hub.clone(),
            place: wish.after.clone().unwrap_or(newest),
            wish,
            attributions: Arc::clone(attributions),
            next: VecDeque::new(),
            changed,
            stopped,
            heartbeat: Instant::now() + HEARTBEAT,
            is_greeted: false,
            _seat: seat,
        })
    }

    /// Its events, until the gateway stops.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> + Send {
        unfold(self, |mut listener| async move { Some((Ok(listener.event().await?), listener)) })
    }

    /// The next event; `None` where the gateway stops.
    async fn event(&mut self) -> Option<Event> {
        if *self.stopped.borrow() {
            return None;
        }
        if !self.is_greeted {
            self.is_greeted = true;
            return Some(self.at_place(Event::default().comment("listening").retry(EVENTS_RETRY)));
        }
        loop {
            if let Some(event) = self.event_of_next() {
                self.heartbeat = Instant::now() + HEARTBEAT;
                return Some(event);
            }
            self.changed.mark_unchanged();
            match self.hub.after(&self.place, EVENTS_AT_ONCE) {
                Next::Changes(changes) => {
                    self.next = changes.into();
                    // Others may run, also where nothing of all this is wanted.
                    tokio::task::yield_now().await;
                }
                Next::Missed(why, place) => {
                    self.place = place;
                    let event = Event::default().event("resync").json_data(Resync::from(why)).unwrap_or_default();
                    return Some(self.at_place(event));
                }
                Next::Nothing => {
                    let was_quiet = tokio::select! {
                        _ = self.changed.changed() => false,
                        () = sleep_until(self.heartbeat) => true,
                        () = told_to_stop(&mut self.stopped) => return None,
                    };
                    if was_quiet {
                        self.heartbeat = Instant::now() + HEARTBEAT;
                        return Some(self.at_place(Event::default().comment("alive")));
                    }
                }
            }
        }
    }

    /// An event with the id of what was told last. Without data it is none for the page, but the
    /// browser notes the id: whoever hears nothing for long still comes back to where it was.
    fn at_place(&self, event: Event) -> Event {
        event.id(self.place.to_string())
    }

    /// The first of what comes next that is wanted.
    fn event_of_next(&mut self) -> Option<Event> {
        while let Some(change) = self.next.pop_front() {
            self.place.position = change.position;
            if self.wish.wants(&change)
                && let Some(event) = self.told(&change)
            {
                return Some(self.at_place(event));
            }
        }
        None
    }

    /// `None` for a fuel that this gateway does not know.
    fn told(&self, change: &PriceChange) -> Option<Event> {
        let distance_m = self.wish.distance_m(change);
        let event = match priced(change, distance_m) {
            None => {
                let ended = EndedPrice::new(change.clone(), distance_m, &self.attributions).ok()?;
                Event::default().event("ended").json_data(ended)
            }
            Some(found) => {
                let station = StationPrice::new(found, &self.attributions).ok()?;
                Event::default().event("price").json_data(station)
            }
        };
        event.ok()
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// The change as a search would have found it; `None` where it is an end.
fn priced(change: &PriceChange, distance_m: Option<f64>) -> Option<answer::StationPrice> {
    let price = answer::PriceFacts {
        fuel: change.fuel,
        price: change.price?,
        currency: change.currency.clone(),
        unit: change.unit.clone(),
        reported_at: change.at.clone(),
        stale: change.stale,
        suspect: change.suspect,
    };
    let (station, opening) = (change.station.clone(), change.opening.clone());
    Some(answer::StationPrice { station, price, opening, distance_m, trip_cost: None })
}
