//! What JetStream does without Posto: `posto bench cluster` holds it beside what Posto does in the same
//! run.

use std::time::{Duration, Instant};

use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use tokio::task::JoinSet;

use crate::error::ClusterError;
use crate::limits::{ATTEMPT_PAUSE, DUPLICATE_WINDOW};
use crate::link::{AskError, Link, StreamInfo};
use crate::options::{Connection, StreamOptions};
use crate::subject;

/// How long the nodes may take to make the stream.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is published.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Bytes of a message.
    pub bytes: usize,
    /// How many wait for their acknowledgement at a time.
    pub in_flight: usize,
    /// For how long.
    pub time: Duration,
}

/// Publishes into a stream made for it, as durable as Posto's and each message under a name of its own,
/// and deletes the stream; how long each message took until it was acknowledged.
///
/// # Errors
/// [`ClusterError`]: the settings are unusable, the stream cannot be made, or a message was refused.
pub async fn raw_publish(
    connection: &Connection,
    stream: &StreamOptions,
    load: Load,
) -> Result<Vec<Duration>, ClusterError> {
    let link = Link::open(connection, &stream.name).await?;
    make(&link, stream).await?;
    let started = Instant::now();
    let mut publishing = JoinSet::new();
    for publisher in 0..load.in_flight {
        let link = link.clone();
        publishing.spawn(async move {
            let (mut times, mut number) = (Vec::new(), 0_u64);
            while started.elapsed() < load.time {
                let sent = Instant::now();
                publish(&link, &format!("{publisher}-{number}"), load.bytes).await?;
                times.push(sent.elapsed());
                number += 1;
            }
            Ok::<_, ClusterError>(times)
        });
    }
    let mut times = Vec::new();
    for published in publishing.join_all().await {
        times.extend(published?);
    }
    delete(connection, &stream.name).await?;
    Ok(times)
}

async fn publish(link: &Link, name: &str, bytes: usize) -> Result<(), ClusterError> {
    let bad = |error: PublishError| problem(link.stream(), error.to_string());
    let message = PublishMessage::build().payload(vec![b'x'; bytes].into());
    let message = message.message_id(name).expected_stream(link.stream());
    let subject = format!("{}.bench", link.stream());
    link.context().send_publish(subject, message).await.map_err(bad)?.await.map(drop).map_err(bad)
}

async fn make(link: &Link, stream: &StreamOptions) -> Result<(), ClusterError> {
    let config = Config {
        name: stream.name.clone(),
        subjects: vec![subject::all(&stream.name)],
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        num_replicas: stream.replicas,
        duplicate_window: DUPLICATE_WINDOW,
        allow_direct: true,
        ..Config::default()
    };
    let started = Instant::now();
    loop {
        let refused = match link.ask::<StreamInfo>(format!("STREAM.CREATE.{}", stream.name), &config).await {
            Ok(_) => return Ok(()),
            Err(AskError::Refused(error)) => error.to_string(),
            Err(AskError::Silent(problem)) => problem,
            Err(AskError::NotFound) => "no answer".to_owned(),
        };
        if started.elapsed() >= PATIENCE {
            return Err(problem(&stream.name, refused));
        }
        tokio::time::sleep(ATTEMPT_PAUSE).await;
    }
}

/// Deletes a stream that was made to be measured.
///
/// # Errors
/// [`ClusterError`]: it cannot be deleted.
pub async fn delete(connection: &Connection, stream: &str) -> Result<(), ClusterError> {
    let link = Link::open(connection, stream).await?;
    let gone = link.context().delete_stream(stream).await;
    gone.map(drop).map_err(|error| problem(stream, error.to_string()))
}

fn problem(stream: &str, problem: String) -> ClusterError {
    ClusterError::BadStream { stream: stream.to_owned(), problem }
}
