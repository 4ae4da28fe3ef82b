//! What the log's leader says of it, for people.

use std::time::Duration;

use crate::error::ClusterError;
use crate::limits::CONNECT_WITHIN;
use crate::link::{AskError, Link, StreamInfo};
use crate::options::Connection;
use crate::setup::BOOK;

/// The stream, as its leader describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub stream: String,
    /// The id of its book, where it is a stream of Posto.
    pub book: Option<String>,
    /// How many messages it holds.
    pub messages: u64,
    /// Their bytes, in one copy.
    pub bytes: u64,
    /// The most bytes it takes; `None`: no bound of its own.
    pub max_bytes: Option<u64>,
    /// How long it keeps messages; `None`: for ever.
    pub max_age: Option<Duration>,
    /// Its first message.
    pub first: u64,
    /// Its last message; 0: none yet.
    pub last: u64,
    /// Who leads; `None`: a single node, or nobody.
    pub leader: Option<String>,
    /// How many copies there should be.
    pub replicas: usize,
    /// The copies but the leader's.
    pub copies: Vec<Copy>,
}

/// A copy of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The node that keeps it.
    pub node: String,
    /// It has all that the leader has.
    pub current: bool,
    /// The node is known to be away.
    pub offline: bool,
    /// How many messages it is behind the leader.
    pub lag: u64,
    /// When the leader last heard from it.
    pub heard: Duration,
}

impl Status {
    /// Asks, and waits a moment for the answer.
    ///
    /// # Errors
    /// [`ClusterError::Settings`]: NATS cannot be reached, or knows of no such stream.
    pub async fn ask(connection: &Connection, stream: &str) -> Result<Self, ClusterError> {
        let link = Link::open(connection, stream).await?;
        let connected = async {
            while !link.is_connected() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let patience = CONNECT_WITHIN.saturating_mul(2);
        let failed = |problem: String| ClusterError::Settings(problem);
        tokio::time::timeout(patience, connected)
            .await
            .map_err(|_| failed(format!("none of {} answers", connection.servers.join(", "))))?;
        match link.stream_info().await {
            Ok(info) => Ok(info.into()),
            Err(AskError::NotFound) => Err(failed(format!("there is no stream {stream}"))),
            Err(AskError::Refused(error)) => Err(failed(error.to_string())),
            Err(AskError::Silent(problem)) => Err(failed(format!("the stream {stream} has no leader: {problem}"))),
        }
    }
}

impl From<StreamInfo> for Status {
    fn from(StreamInfo { config, state, cluster }: StreamInfo) -> Self {
        let copies = cluster.iter().flat_map(|cluster| &cluster.replicas);
        let copies = copies.map(|peer| Copy {
            node: peer.name.clone(),
            current: peer.current,
            offline: peer.offline,
            lag: peer.lag.unwrap_or(0),
            heard: peer.active,
        });
        Self {
            book: config.metadata.get(BOOK).cloned(),
            messages: state.messages,
            bytes: state.bytes,
            max_bytes: u64::try_from(config.max_bytes).ok(),
            max_age: Some(config.max_age).filter(|age| !age.is_zero()),
            first: state.first,
            last: state.last,
            copies: copies.collect(),
            leader: cluster.and_then(|cluster| cluster.leader),
            replicas: config.num_replicas,
            stream: config.name,
        }
    }
}
