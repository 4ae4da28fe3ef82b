//! The stream found or made, and compared with what a book needs of it.

use std::collections::HashMap;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::stream::{Config, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType};
use posto_store::{EMPTY_BASE, Found, StreamId};
use tokio::time::{Instant, sleep};

use crate::error::ClusterError;
use crate::limits::{ATTEMPT_PAUSE, DUPLICATE_WINDOW, REMIND_EVERY, SHORTER_FOR};
use crate::link::{AskError, Link, StreamInfo};
use crate::options::StreamOptions;
use crate::subject;

/// The member of a stream's metadata with the id of its book.
pub(crate) const BOOK: &str = "posto-book";
/// The member with what the book held before the first message.
const BASE: &str = "posto-base";

/// A stream that fits.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) id: StreamId,
    /// Its last message.
    pub(crate) last: u64,
}

/// Finds the stream or makes it, by what the file of this server holds; waits for NATS as long as it
/// takes.
pub(crate) async fn establish(
    link: &Link,
    options: &StreamOptions,
    found: Option<&Found>,
) -> Result<Established, ClusterError> {
    let follows = found.is_some_and(|found| found.followed.is_some());
    let mut patience = Patience::default();
    loop {
        let problem = match link.stream_info().await {
            Ok(info) => return check(&info, options),
            Err(AskError::Refused(error)) => error.to_string(),
            Err(AskError::Silent(problem)) => problem,
            Err(AskError::NotFound) if follows => {
                patience.has_been_gone(link.stream())?;
                format!("the stream {} is not there", link.stream())
            }
            Err(AskError::NotFound) => match create(link, options, found).await {
                Ok(()) => continue,
                Err(AskError::Refused(error)) => hopeless(options, &error)?,
                Err(AskError::Silent(problem)) => {
                    patience.gone_since = None;
                    problem
                }
                Err(AskError::NotFound) => "no answer".to_owned(),
            },
        };
        patience.wait(&problem).await;
    }
}

/// Who waits for NATS says so now and then.
struct Patience {
    told: Option<Instant>,
    gone_since: Option<Instant>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { told: Some(Instant::now()), gone_since: None }
    }
}

impl Patience {
    async fn wait(&mut self, problem: &str) {
        let now = Instant::now();
        if self.told.is_none_or(|told| now - told >= REMIND_EVERY / 5) {
            tracing::warn!(problem, "waiting for NATS JetStream");
            self.told = Some(now + REMIND_EVERY);
        }
        sleep(ATTEMPT_PAUSE).await;
    }

    /// Nodes that have just come back may not know of it yet.
    fn has_been_gone(&mut self, stream: &str) -> Result<(), ClusterError> {
        let since = *self.gone_since.get_or_insert_with(Instant::now);
        if since.elapsed() < SHORTER_FOR {
            return Ok(());
        }
        Err(ClusterError::Gone { stream: stream.to_owned() })
    }
}

/// Makes the stream. Of several servers that do so at once one succeeds; the others find its stream.
async fn create(link: &Link, options: &StreamOptions, found: Option<&Found>) -> Result<(), AskError> {
    let (book, base) = match found {
        Some(found) => (found.book_id.clone(), found.base.clone()),
        None => (new_book().map_err(|error| AskError::Silent(error.to_string()))?, EMPTY_BASE.to_owned()),
    };
    let config = config(options, HashMap::from([(BOOK.to_owned(), book), (BASE.to_owned(), base)]));
    match link.ask::<StreamInfo>(format!("STREAM.CREATE.{}", options.name), &config).await {
        Ok(_) => {
            tracing::info!(stream = options.name, replicas = options.replicas, "the stream was made");
            Ok(())
        }
        Err(AskError::Refused(error)) if error.error_code() == ErrorCode::STREAM_NAME_EXIST => Ok(()),
        Err(error) => Err(error),
    }
}

/// The stream as it must be.
fn config(options: &StreamOptions, metadata: HashMap<String, String>) -> Config {
    Config {
        name: options.name.clone(),
        description: Some("Entries of Posto's journal, in their order".to_owned()),
        subjects: vec![subject::all(&options.name)],
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        num_replicas: options.replicas,
        max_bytes: options.max_bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        max_age: options.max_age.unwrap_or_default(),
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        metadata,
        ..Config::default()
    }
}

/// A refusal that will not change by itself.
fn hopeless(options: &StreamOptions, error: &async_nats::jetstream::Error) -> Result<String, ClusterError> {
    let bad = |problem: String| ClusterError::BadStream { stream: options.name.clone(), problem };
    match error.error_code() {
        ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED => Err(bad(format!(
            "this NATS runs without a cluster and keeps no {} copies: run three nodes, or try it out with \
             --cluster-replicas 1",
            options.replicas
        ))),
        ErrorCode::STREAM_SUBJECT_OVERLAP => {
            Err(bad(format!("another stream has subjects of {} already", subject::all(&options.name))))
        }
        ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT | ErrorCode::JETSTREAM_NOT_ENABLED => {
            Err(bad("JetStream is not switched on for this user".to_owned()))
        }
        // Nodes may be missing that will come.
        _ => Ok(error.to_string()),
    }
}

/// Whether the stream keeps what a book needs.
fn check(info: &StreamInfo, options: &StreamOptions) -> Result<Established, ClusterError> {
    let config = &info.config;
    let stream = || config.name.clone();
    let (Some(book), Some(base)) = (config.metadata.get(BOOK), config.metadata.get(BASE)) else {
        return Err(ClusterError::ForeignStream { stream: stream() });
    };
    let problems: Vec<_> = fatal(config).into_iter().filter_map(|(wrong, problem)| wrong.then_some(problem)).collect();
    if !problems.is_empty() {
        return Err(ClusterError::BadStream { stream: stream(), problem: problems.join("; ") });
    }
    for difference in differences(config, options) {
        tracing::warn!(stream = config.name, "{difference}");
    }
    let id = StreamId { name: stream(), book: book.clone(), base: base.clone() };
    Ok(Established { id, last: info.state.last })
}

/// What would lose entries or keep servers from following.
fn fatal(config: &Config) -> [(bool, &'static str); 8] {
    [
        (config.storage != StorageType::File, "its storage must be `file`"),
        (config.retention != RetentionPolicy::Limits, "its retention must be `limits`"),
        (config.discard != DiscardPolicy::New, "its discard policy must be `new`: `old` drops what servers still need"),
        (config.no_ack, "it must acknowledge (no_ack is set)"),
        (config.persist_mode == Some(PersistenceMode::Async), "its persist_mode must not be `async`"),
        (config.max_messages_per_subject > 0, "it must not bound the messages per subject: it drops those before"),
        (config.mirror.is_some() || config.sources.is_some(), "it must not mirror or gather other streams"),
        (config.subjects != [subject::all(&config.name)], "its subjects must be `NAME.>`, with its own name"),
    ]
}

/// What differs from the settings, and how that is mended.
fn differences(config: &Config, options: &StreamOptions) -> Vec<String> {
    let mut told = Vec::new();
    if config.num_replicas < options.replicas {
        told.push(format!(
            "the stream has {} copies, not {}: losing {} loses acknowledged prices (`nats stream edit --replicas`)",
            config.num_replicas,
            options.replicas,
            if config.num_replicas == 1 { "one node" } else { "two nodes" }
        ));
    }
    if !config.deny_delete || !config.deny_purge {
        told.push("the stream lets messages be deleted: a server that has not executed them will stop".to_owned());
    }
    if config.duplicate_window < DUPLICATE_WINDOW {
        told.push(format!(
            "the stream's duplicate window is {} s, less than {} s",
            config.duplicate_window.as_secs(),
            DUPLICATE_WINDOW.as_secs()
        ));
    }
    let max_bytes = u64::try_from(config.max_bytes).ok();
    if options.max_bytes.is_some() && options.max_bytes != max_bytes {
        told.push(format!(
            "the stream's size is bounded to {}, not as --cluster-max-bytes says (`nats stream edit --max-bytes`)",
            max_bytes.map_or_else(|| "nothing".to_owned(), |bytes| format!("{bytes} bytes"))
        ));
    }
    if options.max_age.is_some_and(|age| age != config.max_age) {
        told.push(format!(
            "the stream keeps messages for {} s (0: for ever), not as --cluster-max-age says (`nats stream edit \
             --max-age`)",
            config.max_age.as_secs()
        ));
    }
    told
}

fn new_book() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> StreamOptions {
        crate::Options::new(Vec::new()).stream
    }

    fn made() -> Config {
        config(&options(), HashMap::from([(BOOK.to_owned(), "b".to_owned()), (BASE.to_owned(), "0.0.0".to_owned())]))
    }

    #[test]
    fn a_stream_made_here_fits() {
        assert!(fatal(&made()).iter().all(|(wrong, _)| !wrong));
        assert_eq!(differences(&made(), &options()), Vec::<String>::new());
    }

    #[test]
    fn what_drops_entries_is_refused_and_what_differs_is_told() {
        let bad = Config {
            discard: DiscardPolicy::Old,
            max_messages_per_subject: 1,
            subjects: vec!["other.>".to_owned()],
            ..made()
        };
        assert_eq!(fatal(&bad).iter().filter(|(wrong, _)| *wrong).count(), 3);
        let other = Config { num_replicas: 1, deny_purge: false, max_bytes: 5, ..made() };
        assert_eq!(differences(&other, &StreamOptions { max_bytes: Some(6), ..options() }).len(), 3);
    }
}
