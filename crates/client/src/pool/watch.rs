//! The pool's first server watched: every change of a price there, in the order of its journal,
//! however often the server is started again meanwhile.
//!
//! It has a session of its own, which no breaker and no choice between servers knows of: a request
//! that waits on purpose says nothing of how fast the server is. The first server is the one that takes
//! the writes, so its journal is where things change.

use std::time::Duration;

use posto_session::{Protocol, Psk, ServerKind};
use posto_udp::ConnectOptions;
use posto_wire::answer::Changes;
use posto_wire::command::{ChangesRequest, JournalPlace};

use super::address::resolve;
use crate::client::Client;
use crate::error::ClientError;
use crate::limits::{
    GATHERING_PAUSE, MANY_CHANGES, MAX_WATCH_PAUSE, WATCH_CONNECT_TIMEOUT, WATCH_PATIENCE, WATCH_PAUSE, WATCH_WAIT,
};

/// A watch kept on one server.
#[derive(Debug)]
pub struct Watch {
    server: String,
    protocol: Protocol,
    psk: Option<Psk>,
    client: Option<Client>,
    /// Up to where everything was told.
    known: Option<JournalPlace>,
    /// How many changes to go back at the beginning.
    back: u64,
    /// To wait before the server is asked again.
    pause: Duration,
}

impl Watch {
    pub(super) fn new(server: String, protocol: Protocol, psk: Option<Psk>) -> Self {
        Self { server, protocol, psk, client: None, known: None, back: 0, pause: Duration::ZERO }
    }

    /// The same, beginning with so many of the last changes, where the server still has them.
    #[must_use]
    pub fn going_back(self, back: u64) -> Self {
        Self { back, ..self }
    }

    /// The next that is to be told: changes that follow on what was told before, or, with
    /// `resync`, that some are missing. The first answer has no changes: the watch begins at its
    /// `from`, while the journal has come to its `position`.
    ///
    /// Dropped before it is ready, it loses nothing.
    ///
    /// # Errors
    /// Why the server could not be asked. The next call waits a little and tries again: first 100 ms,
    /// then longer each time, up to 5 s.
    pub async fn next(&mut self) -> Result<Changes, ClientError> {
        loop {
            tokio::time::sleep(self.pause).await;
            let begins = self.known.is_none();
            let mut changes = match self.ask().await {
                Ok(changes) => changes,
                Err(error) => {
                    self.pause = (self.pause * 2).clamp(WATCH_PAUSE, MAX_WATCH_PAUSE);
                    return Err(error);
                }
            };
            let mut position = changes.position;
            if begins {
                position = position.saturating_sub(self.back).max(changes.from.unwrap_or(position));
                changes.from = Some(position);
            }
            let says_something = begins || changes.resync || !changes.changes.is_empty();
            let is_waited_for = changes.changes.len() < MANY_CHANGES && !begins;
            self.pause = if is_waited_for && says_something { GATHERING_PAUSE } else { Duration::ZERO };
            self.known = Some(JournalPlace { book: changes.book.clone(), position });
            if says_something {
                return Ok(changes);
            }
        }
    }

    async fn ask(&mut self) -> Result<Changes, ClientError> {
        let client = match self.client.take().filter(|client| !client.is_closed() && !client.health().is_going_away()) {
            Some(client) => client,
            None => self.connect().await?,
        };
        let after = self.known.clone();
        let wait = if after.is_some() { WATCH_WAIT } else { Duration::ZERO };
        let changes = client.changes(ChangesRequest { after, wait }).await?;
        self.client = Some(client);
        Ok(changes)
    }

    async fn connect(&self) -> Result<Client, ClientError> {
        let address = resolve(&self.server).await?;
        let options = ConnectOptions {
            timeout: WATCH_CONNECT_TIMEOUT,
            protocol: self.protocol,
            psk: self.psk.clone(),
            ..ConnectOptions::default()
        };
        let client = Client::connect(address, options).await?.with_patience(WATCH_PATIENCE);
        if client.kind() == ServerKind::Original { Err(ClientError::NotSupported) } else { Ok(client) }
    }
}
