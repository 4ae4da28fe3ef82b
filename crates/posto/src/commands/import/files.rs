//! Which files a round reads: those named, or those of the feed's address, fetched where newer.

use std::path::PathBuf;

use anyhow::bail;
use posto_feeds::Feed;

use super::download::{Downloads, Patience, Wanted};
use super::{ImportArguments, aside};
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
    let urls = addresses(arguments, feed)?;
    let directory = data_directory(arguments.data.clone())?.join(DIRECTORY);
    // What is named may have changed without a word.
    let mut files = Files { paths: arguments.paths(), downloaded: Vec::new(), taken: false };
    files.taken = files.paths.is_empty() && book.is_some();
    let (language, book) = (arguments.language(), book.unwrap_or_default().to_owned());
    aside::run(move || {
        let downloads = Downloads { directory, patience: Patience::default(), language };
        for (url, number) in urls.iter().zip(1..) {
            let bar = super::send::bar(language.pick("baixando", "downloading"));
            let name = format!("{}-{number}", feed.slug);
            let fetched = downloads.fetch(Wanted { url, name: &name, book: &book }, &bar);
            bar.finish_and_clear();
            let fetched = fetched?;
            files.taken &= fetched.taken;
            files.paths.push(fetched.path.clone());
            files.downloaded.push(fetched.path);
        }
        Ok(files)
    })
    .await
}

fn addresses(arguments: &ImportArguments, feed: &Feed) -> anyhow::Result<Vec<String>> {
    if !arguments.url.is_empty() {
        return Ok(arguments.url.clone());
    }
    let addresses: Vec<_> = feed.files.iter().filter_map(|file| file.address).map(str::to_owned).collect();
    if addresses.is_empty() {
        bail!("{}", no_address(feed, arguments.language()));
    }
    Ok(addresses)
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
