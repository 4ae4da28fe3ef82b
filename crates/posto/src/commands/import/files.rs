//! Which files a round reads: those named, or those of the feed's address, fetched where newer.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use posto_feeds::{Address, Feed, Pages};

use super::download::{Downloaded, Downloads, Patience, Wanted};
use super::limits::{MAX_PAGES, PAGE_PAUSE};
use super::{ImportArguments, aside, input};
use crate::config::data_directory;
use crate::language::Language;

/// Where downloads are kept, inside the directory of prices.
const DIRECTORY: &str = "downloads";

/// The files of one round.
pub struct Files {
    pub paths: Vec<PathBuf>,
    /// Those of them that were downloaded.
    downloaded: Vec<PathBuf>,
    /// Whether the book has taken every one of them before.
    pub taken: bool,
}

/// Names or fetches the files. `book` is the identity of the server's journal, where there is one to
/// send to.
pub async fn get(arguments: &ImportArguments, feed: &'static Feed, book: Option<&str>) -> anyhow::Result<Files> {
    if !arguments.download && arguments.url.is_empty() {
        return Ok(Files { paths: arguments.paths(), downloaded: Vec::new(), taken: false });
    }
    let addresses = addresses(arguments, feed)?;
    let directory = data_directory(arguments.data.clone())?.join(DIRECTORY);
    // What is named may have changed without a word.
    let mut files = Files { paths: arguments.paths(), downloaded: Vec::new(), taken: false };
    files.taken = files.paths.is_empty() && book.is_some();
    let (language, book) = (arguments.language(), book.unwrap_or_default().to_owned());
    aside::run(move || {
        let downloads = Downloads { directory, patience: Patience::default(), language };
        let mut fetching = Fetching { downloads, book, files };
        for (wanted, number) in addresses.iter().zip(1..) {
            let name = format!("{}-{number}", feed.slug);
            match &wanted.pages {
                None => {
                    let file = fetching.fetch(&wanted.url, &name)?;
                    fetching.take(file);
                }
                Some(pages) => fetching.fetch_pages(&wanted.url, &name, pages)?,
            }
        }
        Ok(fetching.files)
    })
    .await
}

/// An address to fetch, page by page where it has any.
struct Source {
    url: String,
    pages: Option<Pages>,
}

/// The files fetched so far.
struct Fetching {
    downloads: Downloads,
    book: String,
    files: Files,
}

impl Fetching {
    fn fetch(&self, url: &str, name: &str) -> anyhow::Result<Downloaded> {
        let bar = super::send::bar(self.downloads.language.pick("baixando", "downloading"));
        let fetched = self.downloads.fetch(Wanted { url, name, book: &self.book }, &bar);
        bar.finish_and_clear();
        fetched
    }

    fn take(&mut self, file: Downloaded) {
        self.files.taken &= file.taken;
        self.files.paths.push(file.path.clone());
        self.files.downloaded.push(file.path);
    }

    /// One page after the other, up to the first that has nothing or repeats the one before. The
    /// first is taken as it is: what is wrong with it is its reader's to say.
    fn fetch_pages(&mut self, url: &str, name: &str, pages: &Pages) -> anyhow::Result<()> {
        let mut before: Option<PathBuf> = None;
        for page in 1..=MAX_PAGES {
            let page_url = url.replace(Pages::NUMBER, &page.to_string());
            let file = self.fetch(&page_url, &format!("{name}-{page}"))?;
            if let Some(before) = &before
                && (same(before, &file.path)? || self.is_past_end(&file.path, pages)?)
            {
                return Ok(());
            }
            before = Some(file.path.clone());
            self.take(file);
            std::thread::sleep(PAGE_PAUSE);
        }
        let language = self.downloads.language;
        bail!(
            "{url}: {}",
            language.choose(format!("mais de {MAX_PAGES} páginas"), format!("more than {MAX_PAGES} pages"))
        )
    }

    fn is_past_end(&self, page: &Path, pages: &Pages) -> anyhow::Result<bool> {
        let mut opened = input::open(page, &ProgressBar::hidden(), self.downloads.language)?;
        // What cannot be read is a page, so that its reader says what is wrong.
        Ok(opened.first_mut().is_some_and(|file| pages.is_past_end(&mut file.reader).unwrap_or(false)))
    }
}

/// Whether a server gave the same page twice, as one does that knows of no pages.
fn same(one: &Path, other: &Path) -> anyhow::Result<bool> {
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    Ok(read(one)? == read(other)?)
}

fn addresses(arguments: &ImportArguments, feed: &Feed) -> anyhow::Result<Vec<Source>> {
    let own = feed.files.iter().filter_map(|file| file.address);
    let own: Vec<_> = own
        .map(|address| match address {
            Address::Whole(url) => Source { url: url.to_owned(), pages: None },
            Address::Pages(pages) => Source { url: pages.url.to_owned(), pages: Some(pages) },
        })
        .collect();
    if !arguments.url.is_empty() {
        let pages = own.iter().find_map(|source| source.pages);
        return arguments.url.iter().map(|url| named(url, pages, arguments.language())).collect();
    }
    if own.is_empty() {
        bail!("{}", no_address(feed, arguments.language()));
    }
    Ok(own)
}

/// An address of the command line; `{page}` in it asks for its pages.
fn named(url: &str, pages: Option<Pages>, language: Language) -> anyhow::Result<Source> {
    let asked = url.contains(Pages::NUMBER);
    if asked && pages.is_none() {
        let (pt, en) = ("esta fonte não vem em páginas", "this feed does not come in pages");
        bail!("--url {url}: {}: {}", Pages::NUMBER, language.pick(pt, en));
    }
    Ok(Source { url: url.to_owned(), pages: pages.filter(|_| asked) })
}

fn no_address(feed: &Feed, language: Language) -> String {
    let slug = feed.slug;
    language.choose(
        format!("{slug} não tem um endereço que sirva para todos: diga-o com --url"),
        format!("{slug} has no address that serves everyone: give it with --url"),
    )
}

/// Remembers that the book has all of these files.
pub fn note_taken(files: &Files, book: &str) -> anyhow::Result<()> {
    files.downloaded.iter().try_for_each(|path| Downloads::note_taken(path, book))
}
