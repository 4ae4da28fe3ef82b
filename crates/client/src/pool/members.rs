//! The servers of a pool, as far as they are known: one for each name, or one for each address of a name
//! that has several, which are looked up again and again.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use super::PoolOptions;
use super::address::is_address;
use super::choice::Roster;
use super::server::Server;
use crate::limits::{LEAST_LOOK_UP_PAUSE, LOOK_UP_EVERY, POOL_CONNECT_TIMEOUT};

/// Who is in a pool.
#[derive(Debug)]
pub(super) struct Members {
    options: PoolOptions,
    roster: RwLock<Arc<Roster>>,
    /// Whether anything is to be looked up.
    has_names: bool,
    looked: Mutex<Looked>,
    /// Held by whoever looks up the names for the first time.
    first: tokio::sync::Mutex<()>,
}

/// When names were looked up.
#[derive(Debug, Default)]
struct Looked {
    last: Option<Instant>,
    /// Somebody is at it.
    is_looking: bool,
    /// A server did not answer: it may have moved.
    in_doubt: bool,
}

impl Members {
    pub(super) fn new(options: PoolOptions) -> Self {
        let has_names = options.servers.iter().chain(&options.fallbacks).any(|name| !is_address(name));
        let unknown = vec![Vec::new(); options.servers.len() + options.fallbacks.len()];
        let roster = roster_of(&options, &unknown, &[]);
        Self {
            options,
            roster: RwLock::new(Arc::new(roster)),
            has_names,
            looked: Mutex::default(),
            first: tokio::sync::Mutex::default(),
        }
    }

    /// Who is there now.
    pub(super) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.roster.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, once the names have been looked up; where that is some time ago it is begun again.
    pub(super) async fn known(self: &Arc<Self>, deadline: Instant) -> Arc<Roster> {
        if self.has_names {
            if self.looked().last.is_none() {
                let wait = deadline.saturating_duration_since(Instant::now()).min(POOL_CONNECT_TIMEOUT);
                if tokio::time::timeout(wait, self.first_look()).await.is_err() {
                    // Each name is looked up by whoever opens a session then, and the rest goes on beside:
                    // nobody else waits for it, and one looks at a time.
                    let mut looked = self.looked();
                    looked.last.get_or_insert_with(Instant::now);
                    looked.in_doubt = true;
                }
            } else if self.is_due(Instant::now()) {
                let members = Arc::clone(self);
                tokio::spawn(async move { members.look_up().await });
            }
        }
        self.roster()
    }

    /// A server did not answer: its name is looked up soon.
    pub(super) fn doubt(&self) {
        self.looked().in_doubt = true;
    }

    async fn first_look(&self) {
        let _first = self.first.lock().await;
        if self.looked().last.is_none() {
            self.look_up().await;
        }
    }

    /// Whether it is time; the caller's to do, then.
    fn is_due(&self, now: Instant) -> bool {
        let mut looked = self.looked();
        let pause = if looked.in_doubt { LEAST_LOOK_UP_PAUSE } else { LOOK_UP_EVERY };
        let due = !looked.is_looking && looked.last.is_none_or(|last| now >= last + pause);
        looked.is_looking |= due;
        due
    }

    async fn look_up(&self) {
        let before = self.roster();
        let names = self.options.servers.iter().chain(&self.options.fallbacks);
        let mut found = Vec::new();
        for (place, name) in names.enumerate() {
            let addresses = if is_address(name) { Ok(Vec::new()) } else { self.options.resolver.all(name).await };
            // What cannot be looked up now is where it was.
            found.push(addresses.unwrap_or_else(|error| {
                tracing::debug!(%error, "looking up a server's name");
                before.addresses_of(place)
            }));
        }
        let after = Arc::new(roster_of(&self.options, &found, &before.servers));
        for gone in before.servers.iter().filter(|server| !after.servers.iter().any(|kept| Arc::ptr_eq(kept, server))) {
            let gone = Arc::clone(gone);
            tokio::spawn(async move { gone.close().await });
        }
        *self.roster.write().unwrap_or_else(PoisonError::into_inner) = after;
        *self.looked() = Looked { last: Some(Instant::now()), ..Looked::default() };
    }

    fn looked(&self) -> std::sync::MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The servers at these addresses, name by name; those that are known already stay the same, and first.
fn roster_of(options: &PoolOptions, found: &[Vec<std::net::SocketAddr>], known: &[Arc<Server>]) -> Roster {
    let mut roster = Roster::default();
    let names = options.servers.iter().chain(&options.fallbacks).zip(found).enumerate();
    for (place, (name, addresses)) in names {
        let mut fixed: Vec<_> = match addresses.as_slice() {
            // One alone is looked up whenever a session is opened.
            [] | [_] => vec![None],
            several => several.iter().copied().map(Some).collect(),
        };
        let is_known = |address: &Option<_>| known.iter().position(|server| server.is_at(place, *address));
        fixed.sort_by_key(|address| (is_known(address).unwrap_or(usize::MAX), *address));
        for address in fixed {
            let server = is_known(&address).and_then(|known_at| known.get(known_at)).map(Arc::clone);
            let server = server.unwrap_or_else(|| Arc::new(Server::new(name, (place, address), options)));
            roster.servers.push(server);
        }
        if place < options.servers.len() {
            roster.main = roster.servers.len();
        }
    }
    roster
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn at(host: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, host], 5000))
    }

    #[test]
    fn a_name_with_several_addresses_is_as_many_servers_and_those_that_stay_stay_themselves() {
        let options = PoolOptions {
            servers: vec!["posto.example:5000".to_owned(), "192.0.2.99:5000".to_owned()],
            fallbacks: vec!["other.example:5000".to_owned()],
            ..PoolOptions::new("")
        };
        let names = |roster: &Roster| roster.servers.iter().map(|server| server.name.clone()).collect::<Vec<_>>();
        let one = roster_of(&options, &[vec![at(1)], vec![], vec![]], &[]);
        assert_eq!((names(&one).len(), one.main), (3, 2));
        assert_eq!(names(&one)[0], "posto.example:5000");

        let three = roster_of(&options, &[vec![at(3), at(1), at(2)], vec![], vec![]], &one.servers);
        let expected = ["192.0.2.1:5000", "192.0.2.2:5000", "192.0.2.3:5000", "192.0.2.99:5000", "other.example:5000"];
        assert_eq!((names(&three), three.main), (expected.map(str::to_owned).to_vec(), 4));
        assert!(Arc::ptr_eq(&one.servers[1], &three.servers[3]) && Arc::ptr_eq(&one.servers[2], &three.servers[4]));

        // The first has moved: whoever is left comes before the new one, in the old order.
        let moved = roster_of(&options, &[vec![at(0), at(3), at(2)], vec![], vec![]], &three.servers);
        assert_eq!(names(&moved)[..3], ["192.0.2.2:5000", "192.0.2.3:5000", "192.0.2.0:5000"]);
        assert!(Arc::ptr_eq(&three.servers[1], &moved.servers[0]));
        assert_eq!(moved.addresses_of(0), [at(2), at(3), at(0)]);
    }
}
