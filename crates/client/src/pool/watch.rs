//! The pool's book watched: every change of a price there, in the order of its journal, however often
//! servers are started again meanwhile.
//!
//! It has a session of its own, which no breaker and no choice between servers knows of: a request
//! that waits on purpose says nothing of how fast the server is. The first server is the one that takes
//! the writes, so its journal is where things change; positions mean the same to all servers of a group,
//! so the watch goes on at another one of it where the one watched falls silent.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use posto_session::{ServerKind, Spoken};
use posto_udp::ConnectOptions;
use posto_wire::answer::Changes;
use posto_wire::command::{ChangesRequest, JournalPlace};

use super::choice::Roster;
use super::members::Members;
use super::server::Server;
use crate::client::Client;
use crate::error::ClientError;
use crate::limits::{
    GATHERING_PAUSE, MANY_CHANGES, MAX_WATCH_PAUSE, POOL_CONNECT_TIMEOUT, WATCH_CONNECT_TIMEOUT, WATCH_LOOK,
    WATCH_PATIENCE, WATCH_PAUSE, WATCH_SILENCE, WATCH_WAIT,
};

/// A watch kept on one book.
#[derive(Debug)]
pub struct Watch {
    members: Arc<Members>,
    /// The session, and whether another server could be watched instead.
    client: Option<(Client, bool)>,
    /// Whom it was tried with last; of a roster that may be another one by now.
    at: usize,
    /// Up to where everything was told.
    known: Option<JournalPlace>,
    /// How many changes to go back at the beginning.
    back: u64,
    /// To wait before the server is asked again.
    pause: Duration,
}

impl Watch {
    pub(super) const fn new(members: Arc<Members>) -> Self {
        Self { members, client: None, at: 0, known: None, back: 0, pause: Duration::ZERO }
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
    /// Why no server could be asked. The next call waits a little and tries again: first 100 ms,
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
        let usable = |client: &Client| !client.is_closed() && !client.health().is_going_away();
        let (client, has_others) = match self.client.take().filter(|(client, _)| usable(client)) {
            Some(session) => session,
            None => self.connect().await?,
        };
        let after = self.known.clone();
        let waited = after.is_some();
        let wait = if after.is_some() { WATCH_WAIT } else { Duration::ZERO };
        let asked = client.changes(ChangesRequest { after, wait });
        // Who is watched alone is waited for: it may come back before the answer is due.
        let changes = if has_others { unless_silent(&client, asked).await? } else { asked.await? };
        if has_others && waited && changes.changes.is_empty() && hears_nothing(&client).await? {
            // Another one is asked next.
            client.close().await;
        } else {
            self.client = Some((client, has_others));
        }
        Ok(changes)
    }

    /// A session with the first of those that may be watched, beginning with the one after whom it was
    /// tried with last; and whether there are several.
    async fn connect(&mut self) -> Result<(Client, bool), ClientError> {
        let roster = self.members.known(Instant::now() + WATCH_CONNECT_TIMEOUT).await;
        let (mut failure, now) = (None, Instant::now());
        let mut order: Vec<_> = (0..roster.main).map(|step| (self.at + step) % roster.main).collect();
        // One after the other, but those first that are known to be there.
        order.sort_by_key(|index| !roster.servers.get(*index).is_some_and(|server| server.seems_well(now)));
        for index in order {
            let Some(server) = roster.servers.get(index) else { continue };
            match self.meet(&roster, index, server).await {
                Ok(Some(client)) => {
                    // Where it fails, the next one is tried first.
                    self.at = index + 1;
                    let others = (0..roster.main).filter(|other| *other != index);
                    let has_others =
                        roster.is_of_the_group(index) && others.into_iter().any(|other| roster.may_be_watched(other));
                    return Ok((client, has_others));
                }
                Ok(None) => {}
                // What the first server says is what is told: the others are only a way out.
                Err(error) if index == 0 || failure.is_none() => failure = Some(error),
                Err(_) => {}
            }
        }
        self.at = 0;
        // All that may be watched are still starting.
        Err(failure.unwrap_or(ClientError::ServerBusy { retry_after: WATCH_CONNECT_TIMEOUT }))
    }

    /// A session with this server, if its changes are those of the pool's book.
    async fn meet(&self, roster: &Roster, index: usize, server: &Server) -> Result<Option<Client>, ClientError> {
        if !roster.may_be_watched(index) {
            return Ok(None);
        }
        // Where there are others nobody waits long for one.
        let timeout = if roster.main > 1 { POOL_CONNECT_TIMEOUT } else { WATCH_CONNECT_TIMEOUT };
        let options = ConnectOptions { timeout, ..ConnectOptions::default() };
        let client = server.connect_with(options).await?.with_patience(WATCH_PATIENCE);
        if client.kind() == ServerKind::Original {
            return if index == 0 { Err(ClientError::NotSupported) } else { Ok(None) };
        }
        if roster.main > 1 {
            let time = server.ask_book(&client, WATCH_PATIENCE).await?;
            let is_ready = time.as_ref().is_none_or(|time| time.group.caught_up != Some(false));
            let goes_on = match (&self.known, &time) {
                (Some(known), Some(time)) => index == 0 || known.book == time.book,
                _ => true,
            };
            let is_ours = index == 0 || roster.is_of_the_group(index);
            if !(is_ready && goes_on && is_ours) {
                client.close().await;
                return Ok(None);
            }
        }
        Ok(Some(client))
    }
}

/// Whether a server that had nothing new for long has heard nothing of its log itself.
async fn hears_nothing(client: &Client) -> Result<bool, ClientError> {
    let time = client.time().await?;
    Ok(time.group.silent_ms.is_some_and(|silent| u128::from(silent) >= WATCH_SILENCE.as_millis()))
}

/// Waits for an answer as long as the server gives any sign of life: it is asked each second whether it
/// still works on it. In v1 nobody asks.
async fn unless_silent<T>(
    client: &Client,
    answer: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    if client.spoken() == Spoken::V1 {
        return answer.await;
    }
    let (asked, mut answer) = (Instant::now(), std::pin::pin!(answer));
    loop {
        match tokio::time::timeout(WATCH_LOOK, &mut answer).await {
            Ok(outcome) => return outcome,
            Err(_) if client.health().last_heard().max(asked).elapsed() < WATCH_SILENCE => {}
            Err(_) => return Err(ClientError::Silent { server: client.peer().to_string(), with_key: false }),
        }
    }
}
