//! A session with a server opened, and what the server says of itself then.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use posto_udp::ConnectOptions;
use posto_wire::answer::ServerTime;

use super::{Book, Client, ClientError, Lent, Opening, Server};
use crate::limits::POOL_CONNECT_TIMEOUT;

impl Server {
    /// Opens a session where there is none, which asks for the book.
    ///
    /// # Errors
    /// Why none can be had.
    pub(in crate::pool) async fn meet(&self, deadline: Instant) -> Result<(), ClientError> {
        let asked = Instant::now();
        let met = self.session(deadline).await.map(drop);
        if met.is_err() {
            self.note(asked, &met);
        }
        met
    }

    /// Opens a session; the caller holds `opening`.
    pub(super) async fn open(&self, deadline: Instant) -> Result<Arc<Lent>, ClientError> {
        let now = Instant::now();
        if let Some((_, error)) = self.refusal(now) {
            return Err(error);
        }
        let timeout = deadline.saturating_duration_since(now).min(POOL_CONNECT_TIMEOUT);
        let opened = tokio::time::timeout(timeout, self.connect(timeout)).await;
        let opened = opened.unwrap_or_else(|_| Err(self.silent()));
        match opened {
            Ok(client) => {
                self.counts.opened.fetch_add(1, Ordering::Relaxed);
                let lent = Arc::new(Lent::new(client, &self.retransmitted));
                self.state().failed = None;
                self.sessions.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&lent));
                Ok(lent)
            }
            Err(error) => {
                // A caller in more of a hurry than a handshake may take says nothing about the server.
                if timeout == POOL_CONNECT_TIMEOUT {
                    self.state().failed = Some((Instant::now(), error.clone()));
                }
                Err(error)
            }
        }
    }

    async fn connect(&self, timeout: Duration) -> Result<Client, ClientError> {
        let client =
            self.connect_with(ConnectOptions { timeout, keep_alive: true, ..ConnectOptions::default() }).await?;
        if self.options.asks_book {
            self.ask_book(&client, timeout).await?;
        }
        Ok(client)
    }

    /// A session beside those that are lent.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(in crate::pool) async fn connect_with(&self, options: ConnectOptions) -> Result<Client, ClientError> {
        let Opening { protocol, psk, resolver, .. } = &self.options;
        let address = match self.found.1 {
            Some(address) => address,
            None => resolver.one(&self.name).await?,
        };
        Client::connect(address, ConnectOptions { protocol: *protocol, psk: psk.clone(), ..options }).await
    }

    /// Learns which book it is of, and whether it belongs to a group; `None` of an original server.
    ///
    /// # Errors
    /// Why it does not say.
    pub(in crate::pool) async fn ask_book(
        &self,
        client: &Client,
        wait: Duration,
    ) -> Result<Option<ServerTime>, ClientError> {
        let (book, time) = match client.lent(wait, None, None).time().await {
            Ok(time) => (Book::Named(time.book.clone()), Some(time)),
            Err(ClientError::NotSupported) => (Book::Nameless, None),
            Err(error) => return Err(error),
        };
        let mut state = self.state();
        (state.book, state.is_member) = (book, time.as_ref().is_some_and(|time| time.group.member));
        drop(state);
        Ok(time)
    }
}
