//! A whole book at once, as a server reads it from its disk: no search looks on, so one tree is made
//! in the end instead of a few hundred on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize};

use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};

use super::ended::Ended;
use super::hidden::Hidden;
use super::index::{Index, Place};
use super::writer::Writer;
use super::{Book, Inner};
use crate::change::Change;
use crate::money::Money;
use crate::number::index;
use crate::part::{Part, Recent};
use crate::shelf::Shelf;
use crate::station::Station;
use crate::time::Timestamp;
use crate::tree::{Loaded, Tree};
use crate::word::Word;

/// Takes the changes that make a book and then makes it: several times as fast as
/// [`Book::apply`] with [`Book::settle`] at the end, for the same book.
#[derive(Debug, Default)]
pub struct BookLoader {
    loaded: Loaded,
    /// A station's slot is its place in `loaded`.
    index: Index,
    ended: Ended,
    hidden: Hidden,
    prices: usize,
    newest: Option<Timestamp>,
}

impl BookLoader {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a change, as [`Book::apply`] does: the latest wins, and a quote for a station that did
    /// not come before it changes nothing and returns `false`.
    pub fn apply(&mut self, change: Change) -> bool {
        match change {
            Change::Station(station) => self.put_station(&station),
            Change::Quote { station, fuel, quote } => {
                let Some(slot) = self.index.slot(&station) else { return false };
                let word = Word::new(quote.price, quote.reported_at);
                let money = Money::new(quote.currency, quote.unit);
                self.newest = self.newest.max(quote.reported_at);
                if !self.loaded.put(index(slot), fuel, (word, money)) {
                    self.prices += 1;
                    self.ended.forget(&station, fuel);
                }
                self.loaded.set_coordinates(index(slot), fuel, quote.coordinates);
            }
            Change::End { station, fuel, at } => {
                let Some(slot) = self.index.slot(&station) else { return false };
                if self.loaded.put(index(slot), fuel, (Word::NONE, Money::NONE)) {
                    self.prices -= 1;
                }
                self.loaded.set_coordinates(index(slot), fuel, None);
                self.ended.note(&station, fuel, at);
            }
            Change::Hide { station, into } => {
                if self.index.slot(&station).is_none() {
                    return false;
                }
                self.hidden.hide(station, into);
            }
            Change::Show { station } => self.hidden.show(&station),
        }
        true
    }

    /// The book, its suspect prices judged.
    #[must_use]
    pub fn finish(self) -> Book {
        let (recent, uid) = (Recent::new(1), 2);
        let tree = Tree::build(uid, &[Part::Tree(Arc::new(self.loaded.into_tree()))]);
        for at in 0..tree.len() {
            self.index.set(tree.slot(at), Place { uid, at });
        }
        let trees = if tree.len() > 0 { vec![Arc::new(tree)] } else { Vec::new() };
        let mut writer = Writer::default();
        writer.last_uid = uid;
        let inner = Inner {
            shelf: ArcSwap::from_pointee(Shelf::new(trees, Arc::new(recent), Vec::new(), 0)),
            index: RwLock::new(self.index),
            ended: self.ended,
            hidden: self.hidden,
            writer: Mutex::new(writer),
            prices: AtomicUsize::new(self.prices),
            newest: AtomicI64::new(self.newest.map_or(i64::MIN, Timestamp::millis)),
        };
        inner.judge_all();
        Book { inner: Arc::new(inner), merging: Mutex::new(None) }
    }

    fn put_station(&mut self, station: &Station) {
        if let Some(slot) = self.index.slot(&station.id) {
            self.loaded.replace(index(slot), station);
        } else {
            let slot = self.index.next();
            self.loaded.push(station, slot);
            self.index.push(station.id.clone(), Place { uid: 0, at: index(slot) });
        }
    }
}
