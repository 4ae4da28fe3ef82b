//! The frame that all feeds share: what a feed is ([`Feed`], all of them in [`crate::all`]), the
//! files it takes ([`Input`]) and its records, one at a time ([`Records`]).

use std::io::{BufRead, Cursor, Read};

use posto_market::{Currency, ImportedStation, Timestamp};

use crate::error::FeedError;
use crate::limits::MAX_BEGINNING_BYTES;
use crate::report::Reason;
use crate::sanity::Country;
use crate::summary::Summary;

/// One record of a feed: a station with its prices and ended prices.
pub type FeedRecord = ImportedStation;

/// What begins to read the files of a feed.
pub(crate) type Open = fn(Inputs, &Terms) -> Result<Box<dyn Records>, FeedError>;

/// A file being read.
pub(crate) type Reader = Box<dyn BufRead + Send>;

/// The records of a reading, in the order of the feed; after the last one, or the first error,
/// `None`. Records handed out before an error are good.
pub trait Records: Iterator<Item = Result<FeedRecord, FeedError>> + Send {
    /// What was read so far; complete once the last record has been taken.
    fn summary(&self) -> Summary;
}

/// A public source of stations and prices.
pub struct Feed {
    /// What `posto import` calls it: `italy`.
    pub slug: &'static str,
    /// Its name for people, in Portuguese.
    pub name_pt: &'static str,
    /// Its name for people, in English.
    pub name_en: &'static str,
    /// The source label of its stations, with which their ids begin (`it`); `None` where stations
    /// keep their own.
    pub source: Option<&'static str>,
    /// The line that its licence asks to be shown; `None` where no licence asks.
    pub attribution: Option<&'static str>,
    /// The files it may be read from.
    pub files: &'static [FeedFile],
    /// Where its stations are and what its prices may be; `None` for anywhere.
    pub country: Option<&'static Country>,
    /// Reads files that were sorted.
    pub(crate) open: Open,
}

/// One kind of file of a feed.
pub struct FeedFile {
    /// The feed's own name of it: what places and errors call it, whatever its path.
    pub name: &'static str,
    /// What it holds, in Portuguese.
    pub about_pt: &'static str,
    /// What it holds, in English.
    pub about_en: &'static str,
    /// Where it can be downloaded without a key; `None` for an alternative to another file, and
    /// where a key or an area must be chosen first.
    pub address: Option<Address>,
    /// Whether a file that begins like this is one, whatever its encoding.
    pub(crate) recognise: fn(&str) -> bool,
}

/// Where a file of a feed can be downloaded.
#[derive(Clone, Copy)]
pub enum Address {
    /// The whole file at once.
    Whole(&'static str),
    /// Page by page.
    Pages(Pages),
}

/// A file that comes in pages.
#[derive(Clone, Copy)]
pub struct Pages {
    /// Its address, with [`Pages::NUMBER`] where a page's number goes, from 1.
    pub url: &'static str,
    /// Whether a page is past the last one: there is nothing in it.
    pub(crate) is_past_end: fn(&mut dyn BufRead) -> Result<bool, FeedError>,
}

impl Pages {
    /// What stands for a page's number in an address.
    pub const NUMBER: &'static str = "{page}";

    /// Whether a page is past the last one: there is nothing in it.
    ///
    /// # Errors
    /// Those of reading it: it is no page of this feed.
    pub fn is_past_end(&self, page: &mut dyn BufRead) -> Result<bool, FeedError> {
        (self.is_past_end)(page)
    }
}

/// What a reading is told beside its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The time: later reports are refused.
    pub now: Timestamp,
    /// The currency of prices whose feed does not tell it.
    pub currency: Currency,
}

/// A file that somebody gave, in any order.
pub struct Input {
    label: String,
    beginning: String,
    written_at: Option<Timestamp>,
    reader: Reader,
}

/// Files of which it is known which one of the feed's each is.
pub struct Inputs {
    feed: &'static Feed,
    files: Vec<(&'static FeedFile, Input)>,
}

impl Feed {
    /// Tells the files apart by how they begin. One that cannot be told is taken for the first
    /// kind that is still missing, so that its reader says what is wrong with it.
    ///
    /// # Errors
    /// [`FeedError::Empty`], [`FeedError::OtherFeed`] for a file that is another feed's,
    /// [`FeedError::TooManyFiles`].
    pub fn sort(&'static self, inputs: Vec<Input>) -> Result<Inputs, FeedError> {
        let mut sorted = Inputs { feed: self, files: Vec::with_capacity(inputs.len()) };
        let mut unknown = Vec::new();
        for input in inputs {
            if input.beginning.trim().is_empty() {
                return Err(FeedError::Empty { label: input.label });
            }
            match self.recognise(&input.beginning) {
                Some(file) => sorted.files.push((file, input)),
                None => unknown.push(input),
            }
        }
        for input in unknown {
            let belongs_to = |feed: &&Self| feed.slug != self.slug && feed.recognise(&input.beginning).is_some();
            if let Some(other) = crate::all().iter().copied().find(belongs_to) {
                return Err(FeedError::OtherFeed { label: input.label, feed: self.slug, belongs_to: other.slug });
            }
            let missing = self.files.iter().find(|file| !sorted.files.iter().any(|(known, _)| known.name == file.name));
            match missing {
                Some(file) => sorted.files.push((file, input)),
                None => return Err(FeedError::TooManyFiles { label: input.label, feed: self.slug }),
            }
        }
        Ok(sorted)
    }

    /// Begins to read.
    ///
    /// # Errors
    /// [`FeedError`] where a file is missing, cannot be read or is not what it should be.
    pub fn read(&'static self, inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
        let records = (self.open)(inputs, terms)?;
        Ok(Box::new(Watched { feed: self.slug, records, ended: false }))
    }

    fn recognise(&self, beginning: &str) -> Option<&'static FeedFile> {
        self.files.iter().find(|file| (file.recognise)(beginning))
    }
}

impl Input {
    /// A file and what messages shall call it (its path).
    ///
    /// # Errors
    /// [`FeedError::Read`] where its beginning cannot be read.
    pub fn new(label: impl Into<String>, mut reader: impl BufRead + Send + 'static) -> Result<Self, FeedError> {
        let label = label.into();
        let most = u64::try_from(MAX_BEGINNING_BYTES).unwrap_or(u64::MAX);
        let mut beginning = Vec::new();
        let read = (&mut reader).take(most).read_to_end(&mut beginning);
        read.map_err(|source| FeedError::Unreadable { label: label.clone(), source })?;
        let text = String::from_utf8_lossy(&beginning).trim_start_matches('\u{feff}').to_owned();
        Ok(Self { label, beginning: text, written_at: None, reader: Box::new(Cursor::new(beginning).chain(reader)) })
    }

    /// Tells when the file was written or downloaded: the time of prices that tell none themselves
    /// (Germany's `list.php`), which are else of now.
    #[must_use]
    pub fn written_at(self, time: Timestamp) -> Self {
        Self { written_at: Some(time), ..self }
    }
}

impl Inputs {
    /// The feed's own name of each file, and the label it was given.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files.iter().map(|(file, input)| (file.name, input.label.as_str()))
    }

    /// When the first file of this name was written, where known.
    pub(crate) fn written_at(&self, name: &str) -> Option<Timestamp> {
        self.files.iter().find(|(file, _)| file.name == name)?.1.written_at
    }

    /// The first file of this name, once.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Reader> {
        let at = self.files.iter().position(|(file, _)| file.name == name)?;
        Some(self.files.remove(at).1.reader)
    }

    /// The first file of this name.
    ///
    /// # Errors
    /// [`FeedError::MissingFile`].
    pub(crate) fn need(&mut self, name: &'static str) -> Result<Reader, FeedError> {
        let feed = self.feed.slug;
        self.take(name).ok_or(FeedError::MissingFile { feed, file: name })
    }

    /// Nothing is left that a reader has no use for.
    ///
    /// # Errors
    /// [`FeedError::TooManyFiles`].
    pub(crate) fn finish(self) -> Result<(), FeedError> {
        let feed = self.feed.slug;
        match self.files.into_iter().next() {
            Some((_, input)) => Err(FeedError::TooManyFiles { label: input.label, feed }),
            None => Ok(()),
        }
    }
}

/// Records of which something must come, and from the right country.
struct Watched {
    feed: &'static str,
    records: Box<dyn Records>,
    ended: bool,
}

impl Watched {
    /// What is wrong with a reading that handed out nothing.
    fn fault(&self) -> Option<FeedError> {
        let (feed, summary) = (self.feed, self.records.summary());
        let elsewhere = [Reason::OutsideCountry, Reason::SwappedCoordinates].map(|why| summary.skipped.count(why));
        let elsewhere = elsewhere.iter().sum::<usize>();
        if summary.read() == 0 && summary.not_stations == 0 {
            return Some(FeedError::NoRecords { feed });
        }
        let none_inside = elsewhere > 0 && elsewhere == summary.station_rows;
        none_inside.then_some(FeedError::OtherCountry { feed, stations: elsewhere })
    }
}

impl Iterator for Watched {
    type Item = Result<FeedRecord, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.records.next();
        self.ended = !matches!(next, Some(Ok(_)));
        next.or_else(|| self.fault().map(Err))
    }
}

impl Records for Watched {
    fn summary(&self) -> Summary {
        self.records.summary()
    }
}

#[cfg(test)]
mod tests;
