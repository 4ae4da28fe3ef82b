//! Why a server cannot take part in a cluster, or not any more.

use std::path::PathBuf;

use posto_store::OpenError;
use thiserror::Error;

use crate::message::MessageError;

/// Why the log cannot be followed: one sentence for the person who runs the server.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// What the journal's file says of itself cannot be read.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// The journal follows another stream.
    #[error("{} follows the stream {found:?}, not {wanted:?}: name that one, or choose another data directory", directory.display())]
    OtherStream {
        /// Where the journal is.
        directory: PathBuf,
        /// The stream that it follows.
        found: String,
        /// The stream of the settings.
        wanted: String,
    },
    /// The settings of the connection cannot be used.
    #[error("cannot connect to NATS: {0}")]
    Settings(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The stream is of another program.
    #[error("the stream {stream} is not Posto's: its metadata names no book; choose another name with --stream")]
    ForeignStream {
        /// Its name.
        stream: String,
    },
    /// The stream is set up so that acknowledged prices may be lost, or not be found by all.
    #[error("the stream {stream} cannot be used: {problem}")]
    BadStream {
        /// Its name.
        stream: String,
        /// What is wrong, and what it should be.
        problem: String,
    },
    /// The stream has the book of another cluster.
    #[error(
        "the stream {stream} belongs to another book than this server's data directory: choose another data \
         directory (or another stream with --stream)"
    )]
    OtherBook {
        /// Its name.
        stream: String,
    },
    /// Messages that this server has not executed are gone.
    #[error(
        "the stream {stream} no longer has message {needed} (its first is {first}): start this server from a backup of \
         another one (`posto backup`)"
    )]
    Missing {
        /// Its name.
        stream: String,
        /// The message that this server needs next.
        needed: u64,
        /// The first that there is.
        first: u64,
    },
    /// The stream has fewer messages than this server executed.
    #[error(
        "the stream {stream} ends at message {last}, and this server has executed up to {position}: the stream has lost \
         messages, or was restored from an older copy; see data/ops/CLUSTER.md, \"Restore\""
    )]
    Shorter {
        /// Its name.
        stream: String,
        /// Its last message.
        last: u64,
        /// The last message executed.
        position: u64,
    },
    /// The stream has lost messages and given their numbers to others.
    #[error(
        "message {position} of the stream {stream} is not the one that this server has executed: the stream has lost \
         messages, or was restored from an older copy; see data/ops/CLUSTER.md, \"Restore\""
    )]
    Replaced {
        /// Its name.
        stream: String,
        /// The message's place.
        position: u64,
    },
    /// A message cannot be executed, and none may be skipped.
    #[error("message {position} of the stream {stream} cannot be executed: {cause}")]
    Message {
        /// The stream's name.
        stream: String,
        /// Its place.
        position: u64,
        /// Why.
        cause: MessageError,
    },
    /// The stream was removed while it was followed.
    #[error("the stream {stream} is gone: it was removed; see data/ops/CLUSTER.md, \"Restore\"")]
    Gone {
        /// Its name.
        stream: String,
    },
}
