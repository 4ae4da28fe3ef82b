//! A feed's file fetched from its address: only where it is newer than the one kept from before
//! (`ETag`, `If-Modified-Since`), politely, and whole or not at all.

mod kept;

use std::fmt::Display;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;
use tempfile::NamedTempFile;
use ureq::http::{HeaderMap, Response, StatusCode, header};
use ureq::{Agent, Body};

use super::limits;
use crate::language::Language;
use kept::Kept;

/// Who asks: administrators of a feed's server see what to complain about.
const USER_AGENT: &str = concat!("posto/", env!("CARGO_PKG_VERSION"), " (imports public fuel prices)");

/// How patient a download is; the default is what `limits.rs` says.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The pause before the second attempt.
    pub first_pause: Duration,
    /// Longest silence inside a file.
    pub silence: Duration,
    /// Longest file, in bytes.
    pub most_bytes: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first_pause: limits::FIRST_PAUSE, silence: limits::SILENCE_TIMEOUT, most_bytes: limits::MAX_DOWNLOAD }
    }
}

/// Downloads into one directory.
#[derive(Debug, Clone)]
pub struct Downloads {
    pub directory: PathBuf,
    pub patience: Patience,
    pub language: Language,
}

/// A file to fetch.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub url: &'a str,
    /// Its name in the directory.
    pub name: &'a str,
    /// The book (the identity of its journal) that may have taken it in before.
    pub book: &'a str,
}

/// A file that is here now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    pub path: PathBuf,
    /// Whether it is the very file that was [taken in](Downloads::note_taken) before.
    pub taken: bool,
}

/// Why an attempt failed, and whether the next one may fare better.
#[derive(Debug)]
struct Failure {
    problem: String,
    again: Again,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    /// After the usual pause, or as long as the server says.
    After(Option<Duration>),
}

impl Downloads {
    /// Fetches a file; blocks, up to [`limits::ATTEMPTS`] times as long as one attempt may take.
    pub fn fetch(&self, wanted: Wanted<'_>, bar: &ProgressBar) -> anyhow::Result<Downloaded> {
        let Wanted { url, name, book } = wanted;
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        let path = self.directory.join(name);
        let kept = Kept::read(&path, url);
        let agent = self.agent(url);
        let (mut attempts, mut pause) = (0, self.patience.first_pause);
        loop {
            attempts += 1;
            let failure = match self.attempt(&agent, url, &kept, bar) {
                Ok(Some((file, new))) => {
                    file.persist(&path).with_context(|| path.display().to_string())?;
                    Kept { url: url.to_owned(), ..new }.write(&path)?;
                    return Ok(Downloaded { path, taken: false });
                }
                Ok(None) => return Ok(Downloaded { path, taken: kept.taken_by.as_deref() == Some(book) }),
                Err(failure) => failure,
            };
            bar.set_position(0);
            let wait = match failure.again {
                Again::After(asked) => Some(asked.unwrap_or(pause)).filter(|wait| *wait <= limits::MAX_PAUSE),
                Again::Never => None,
            };
            let Some(wait) = wait.filter(|_| attempts < limits::ATTEMPTS) else {
                anyhow::bail!("{url}: {} ({})", failure.problem, self.tried(attempts));
            };
            std::thread::sleep(wait);
            pause *= 2;
        }
    }

    /// Remembers that the book has all of this file, so that it is not sent again for nothing.
    pub fn note_taken(path: &Path, book: &str) -> anyhow::Result<()> {
        Kept::note_taken(path, book)
    }

    fn agent(&self, url: &str) -> Agent {
        Agent::config_builder()
            .user_agent(USER_AGENT)
            // What is packed stays packed on the disk; the reader unpacks it.
            .accept_encoding("gzip")
            .http_status_as_error(false)
            // What begins safe stays safe.
            .https_only(url.starts_with("https:"))
            .max_redirects(limits::MAX_REDIRECTIONS)
            .timeout_connect(Some(limits::CONNECT_TIMEOUT))
            .timeout_recv_response(Some(limits::ANSWER_TIMEOUT))
            .timeout_per_read(Some(self.patience.silence))
            .timeout_global(Some(limits::DOWNLOAD_TIMEOUT))
            .build()
            .into()
    }

    /// `None`: what is kept is still what the server has.
    fn attempt(
        &self,
        agent: &Agent,
        url: &str,
        kept: &Kept,
        bar: &ProgressBar,
    ) -> Result<Option<(NamedTempFile, Kept)>, Failure> {
        let mut request = agent.get(url);
        if let Some(tag) = &kept.etag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        if let Some(since) = &kept.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, since);
        }
        let response = request.call().map_err(|error| self.unanswered(&error))?;
        match response.status() {
            StatusCode::OK => self.receive(response, bar).map(Some),
            StatusCode::NOT_MODIFIED if kept.is_conditional() => Ok(None),
            status => Err(self.refused(status, response.headers())),
        }
    }

    /// The whole body, in a file that is to replace the one from before.
    fn receive(&self, response: Response<Body>, bar: &ProgressBar) -> Result<(NamedTempFile, Kept), Failure> {
        let (head, body) = response.into_parts();
        let most = self.patience.most_bytes;
        if let Some(length) = body.content_length() {
            bar.set_length(length);
        }
        let mut file = NamedTempFile::new_in(&self.directory).map_err(|error| local(&error))?;
        let mut body = bar.wrap_read(body.into_reader()).take(most.saturating_add(1));
        let mut buffer = vec![0; 1 << 16];
        let mut length: u64 = 0;
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.broken_off(length, &error)),
            };
            file.write_all(buffer.get(..read).unwrap_or_default()).map_err(|error| local(&error))?;
            length = length.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        }
        if length > most {
            let pt = format!("o arquivo passa de {most} bytes");
            let problem = self.language.choose(pt, format!("the file is longer than {most} bytes"));
            return Err(Failure { problem, again: Again::Never });
        }
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
        Ok((file, Kept { etag, last_modified, ..Kept::default() }))
    }

    fn unanswered(&self, error: &ureq::Error) -> Failure {
        use ureq::Error as E;
        let lasting = match error {
            E::BadUri(_) | E::Http(_) | E::TooManyRedirects | E::RequireHttpsOnly(_) | E::Rustls(_) | E::Tls(_) => true,
            // What TLS does not like about a server comes like this, too.
            E::Io(error) => error.kind() == io::ErrorKind::InvalidData,
            _ => false,
        };
        let problem = format!("{}: {error}", self.language.pick("sem resposta", "no answer"));
        Failure { problem, again: if lasting { Again::Never } else { Again::After(None) } }
    }

    fn refused(&self, status: StatusCode, headers: &HeaderMap) -> Failure {
        let passing =
            status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
        let asked = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Failure {
            problem: format!("{} {status}", self.language.pick("o servidor respondeu", "the server answered")),
            again: if passing { Again::After(asked.map(Duration::from_secs)) } else { Again::Never },
        }
    }

    fn broken_off(&self, length: u64, error: &io::Error) -> Failure {
        let pt = format!("interrompido depois de {length} bytes: {error}");
        let en = format!("broken off after {length} bytes: {error}");
        Failure { problem: self.language.choose(pt, en), again: Again::After(None) }
    }

    fn tried(&self, attempts: u32) -> String {
        let (pt, en) = match attempts {
            1 => ("1 tentativa".to_owned(), "1 attempt".to_owned()),
            _ => (format!("{attempts} tentativas"), format!("{attempts} attempts")),
        };
        self.language.choose(pt, en)
    }
}

/// Our own disk: no attempt fares better.
fn local(error: &impl Display) -> Failure {
    Failure { problem: error.to_string(), again: Again::Never }
}

#[cfg(test)]
mod tests;
