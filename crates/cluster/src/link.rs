//! The connection to NATS. It is kept up for ever: who is away is waited for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::client::RequestErrorKind;
use async_nats::connection::State;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ClusterError;
use crate::limits::{ANSWER_WITHIN, ATTEMPT, CONNECT_WITHIN, MAX_IN_FLIGHT, PING_EVERY, RECONNECT_PAUSE, REMIND_EVERY};
use crate::options::Connection;

/// The connection, and the stream that it is about.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    client: Client,
    context: Context,
    stream: Arc<str>,
}

/// Why a question to JetStream got no answer, or a bad one.
#[derive(Debug)]
pub(crate) enum AskError {
    /// There is no such stream.
    NotFound,
    /// JetStream refuses.
    Refused(jetstream::Error),
    /// No answer: it may come another time.
    Silent(String),
}

impl Link {
    /// Begins to connect, and does not wait for it.
    pub(crate) async fn open(connection: &Connection, stream: &str) -> Result<Self, ClusterError> {
        let servers = addresses(&connection.servers)?;
        let options = named_by(&servers, options(connection).await?).retry_on_initial_connect();
        let client = options.connect(servers).await.map_err(|error| ClusterError::Settings(error.to_string()))?;
        let publishing = ContextBuilder::new()
            .timeout(ATTEMPT.max(ANSWER_WITHIN))
            .ack_timeout(ATTEMPT)
            .max_ack_inflight(4 * MAX_IN_FLIGHT);
        let context = publishing.build(client.clone());
        Ok(Self { client, context, stream: stream.into() })
    }

    pub(crate) const fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn stream(&self) -> &str {
        &self.stream
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// The version of the node that this is connected to, and its name.
    pub(crate) fn node(&self) -> Option<(String, String)> {
        self.client.try_server_info().map(|info| (info.version.clone(), info.server_name.clone()))
    }

    /// Whether the node that this is connected to says anything: it answers at once to what nobody
    /// listens to.
    pub(crate) async fn is_node_live(&self) -> bool {
        let nobody = self.client.new_inbox();
        let said = self.client.request(nobody, "".into());
        let said = tokio::time::timeout(ANSWER_WITHIN / 2, said).await;
        said.is_ok_and(|said| said.is_err_and(|error| error.kind() == RequestErrorKind::NoResponders))
    }

    /// Leaves the node that this is connected to for another one.
    pub(crate) async fn leave_node(&self) {
        // Where it fails, the connection is being made anew already.
        let _ = self.client.force_reconnect().await;
    }

    /// Asks JetStream's API, and waits a moment for the answer.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        question: String,
        content: &impl Serialize,
    ) -> Result<T, AskError> {
        let answer = self.context.request::<_, _, Response<T>>(question, content);
        match tokio::time::timeout(ANSWER_WITHIN, answer).await {
            Err(_) => Err(AskError::Silent("no answer".to_owned())),
            Ok(Err(error)) => Err(AskError::Silent(error.to_string())),
            Ok(Ok(Response::Ok(answer))) => Ok(answer),
            Ok(Ok(Response::Err { error })) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Err(AskError::NotFound)
            }
            // Not now.
            Ok(Ok(Response::Err { error })) if error.code() == 503 => Err(AskError::Silent(error.to_string())),
            Ok(Ok(Response::Err { error })) => Err(AskError::Refused(error)),
        }
    }

    /// What the stream's leader says of it.
    pub(crate) async fn stream_info(&self) -> Result<StreamInfo, AskError> {
        self.ask(format!("STREAM.INFO.{}", self.stream), &()).await
    }
}

/// What Posto reads of a stream's description.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StreamInfo {
    pub(crate) config: jetstream::stream::Config,
    pub(crate) state: StreamState,
    #[serde(default)]
    pub(crate) cluster: Option<jetstream::stream::ClusterInfo>,
}

/// Its messages.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct StreamState {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    #[serde(rename = "first_seq")]
    pub(crate) first: u64,
    #[serde(rename = "last_seq")]
    pub(crate) last: u64,
}

/// The nodes' addresses.
fn addresses(servers: &[String]) -> Result<Vec<ServerAddr>, ClusterError> {
    let parsed = servers.iter().map(|server| (server, server.parse()));
    parsed
        .map(|(server, parsed)| parsed.map_err(|error| ClusterError::Settings(format!("{server}: {error}"))))
        .collect()
}

/// With the user and password, or the token, that an address names.
fn named_by(servers: &[ServerAddr], options: ConnectOptions) -> ConnectOptions {
    let named = servers.iter().find_map(|server| Some((server.username()?, server.password())));
    match named {
        Some((user, Some(password))) => options.user_and_password(decoded(user), decoded(password)),
        Some((token, None)) => options.token(decoded(token)),
        None => options,
    }
}

/// A part of a URL without its `%2F`s.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What NATS users are used to give, made into options.
pub(crate) async fn options(connection: &Connection) -> Result<ConnectOptions, ClusterError> {
    let mut options = ConnectOptions::new()
        .name("posto")
        .connection_timeout(CONNECT_WITHIN)
        .ping_interval(PING_EVERY)
        .request_timeout(Some(ANSWER_WITHIN))
        .reconnect_delay_callback(pause_before)
        .event_callback({
            let told = Arc::new(Told::default());
            move |event| {
                told.tell(&event);
                std::future::ready(())
            }
        });
    if let Some(file) = &connection.credentials {
        let unreadable = |error| ClusterError::Settings(format!("{}: {error}", file.display()));
        options = options.credentials_file(file).await.map_err(unreadable)?;
    }
    if let Some(file) = &connection.ca {
        options = options.add_root_certificates(file.clone()).require_tls(true);
    }
    if let Some((certificate, key)) = &connection.certificate {
        options = options.add_client_certificate(certificate.clone(), key.clone()).require_tls(true);
    }
    Ok(options)
}

/// The first attempts follow one another quickly: another node is there.
fn pause_before(attempt: usize) -> Duration {
    let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
    Duration::from_millis(20).saturating_mul(attempt.saturating_sub(1)).min(RECONNECT_PAUSE)
}

/// Writes into the log what becomes of the connection, and the same trouble not again and again.
#[derive(Default)]
struct Told(Mutex<Option<(String, Instant)>>);

impl Told {
    fn tell(&self, event: &Event) {
        match event {
            Event::Connected => {
                *self.0.lock() = None;
                tracing::info!("connected to NATS");
            }
            Event::Disconnected => tracing::warn!("the connection to NATS is lost"),
            Event::LameDuckMode => tracing::info!("the NATS node is about to stop: another one is looked for"),
            Event::SlowConsumer(_) => tracing::warn!("NATS sends faster than this server reads"),
            Event::Draining | Event::Closed => tracing::debug!(%event, "the connection to NATS ends"),
            Event::ServerError(error) => tracing::warn!(%error, "NATS says"),
            Event::ClientError(error) => {
                let (text, now) = (error.to_string(), Instant::now());
                let mut last = self.0.lock();
                let is_news = last.as_ref().is_none_or(|(told, at)| *told != text || now - *at >= REMIND_EVERY);
                if is_news {
                    tracing::warn!(error = text, "cannot connect to NATS: trying again and again");
                    *last = Some((text, now));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_encodes_is_decoded() {
        assert_eq!(decoded("p%2Fw%40%"), "p/w@%");
        assert_eq!(decoded("100%2"), "100%2");
    }

    #[test]
    fn the_first_attempts_to_reconnect_follow_one_another_quickly() {
        assert_eq!(pause_before(1), Duration::ZERO);
        assert!(pause_before(4) < Duration::from_millis(100) && pause_before(1000) == RECONNECT_PAUSE);
    }
}
