//! What only a node's monitoring address tells: whether it syncs what it stores, and its version.

use std::collections::HashSet;

use serde::Deserialize;

use crate::limits::{ANSWER_WITHIN, MAX_MONITOR_BYTES};

/// The oldest version of NATS that keeps its promises when members of its cluster change
/// (nats-server issue 7545).
pub(crate) const OLDEST: (u32, u32, u32) = (2, 12, 3);

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it syncs each message before it acknowledges it; `None`: it does not say.
    pub syncs: Option<bool>,
}

#[derive(Deserialize)]
struct Varz {
    #[serde(default)]
    server_name: String,
    version: String,
    #[serde(default)]
    jetstream: JetStream,
}

#[derive(Deserialize, Default)]
struct JetStream {
    #[serde(default)]
    config: Option<Config>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    sync_always: bool,
}

impl Node {
    /// Asks a monitoring address such as `http://127.0.0.1:8222`. Blocks for a moment.
    ///
    /// # Errors
    /// Why it said nothing.
    pub fn ask(monitor: &str) -> Result<Self, String> {
        let patience = ANSWER_WITHIN.saturating_mul(2);
        let config = ureq::Agent::config_builder().timeout_global(Some(patience)).build();
        let url = format!("{}/varz", monitor.trim_end_matches('/'));
        let answer = config.new_agent().get(&url).call();
        let text =
            answer.and_then(|mut answer| answer.body_mut().with_config().limit(MAX_MONITOR_BYTES).read_to_string());
        let text = text.map_err(|error| format!("{url}: {error}"))?;
        Self::read(&text).map_err(|error| format!("{url}: this is no NATS node: {error}"))
    }

    fn read(text: &str) -> Result<Self, serde_json::Error> {
        let Varz { server_name: name, version, jetstream } = serde_json::from_str(text)?;
        Ok(Self { name, version, syncs: jetstream.config.map(|config| config.sync_always) })
    }

    /// What is wrong with it, in one sentence.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let name = &self.name;
        if self.syncs == Some(false) {
            return Some(format!(
                "NATS node {name} does not sync what it stores (set `sync_interval: always`): a power cut can lose \
                 acknowledged prices"
            ));
        }
        is_old(&self.version).then(|| too_old(name, &self.version))
    }
}

/// Asks all of them and warns in one clear sentence each of what they should not be.
pub(crate) async fn warn(monitors: Vec<String>) {
    if monitors.is_empty() {
        tracing::warn!(
            "nobody has checked that the NATS nodes sync what they store (--cluster-monitor http://HOST:8222,…): without \
             `sync_interval: always` a power cut can lose acknowledged prices"
        );
        return;
    }
    for monitor in monitors {
        let node = tokio::task::spawn_blocking(move || Node::ask(&monitor)).await;
        match node {
            Ok(Ok(node)) => {
                if let Some(warning) = node.warning() {
                    tracing::warn!("{warning}");
                }
            }
            Ok(Err(problem)) => tracing::warn!("a NATS node could not be checked: {problem}"),
            Err(_) => {}
        }
    }
}

/// The nodes whose versions were looked at.
#[derive(Debug, Default)]
pub(crate) struct Versions(HashSet<String>);

impl Versions {
    /// Warns of a node that is too old, once.
    pub(crate) fn warn_if_old(&mut self, node: Option<(String, String)>) {
        let Some((version, name)) = node else { return };
        if is_old(&version) && self.0.insert(name.clone()) {
            tracing::warn!("{}", too_old(&name, &version));
        }
    }
}

fn too_old(name: &str, version: &str) -> String {
    let (major, minor, patch) = OLDEST;
    format!(
        "NATS node {name} is of version {version}, older than {major}.{minor}.{patch}: it can lose acknowledged prices \
         when the members of its cluster change"
    )
}

/// Whether a version is older than [`OLDEST`]; one that cannot be read is not.
fn is_old(version: &str) -> bool {
    let numbers = version.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let numbers: Vec<_> = numbers.take(3).collect();
    match numbers[..] {
        [major, minor, patch] => (major, minor, patch) < OLDEST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, old) in [
            ("2.12.3", false),
            ("2.12.2", true),
            ("2.9.10", true),
            ("2.15.1", false),
            ("3.0.0", false),
            ("2.12.3-RC.1", false),
            ("2.11.99", true),
            ("dev", false),
        ] {
            assert_eq!(is_old(version), old, "{version}");
        }
    }

    #[test]
    fn a_node_that_does_not_sync_is_warned_of() {
        let node = |sync| {
            Node::read(&format!(
                r#"{{"server_name":"n1","version":"2.15.1","jetstream":{{"config":{{"sync_always":{sync}}}}}}}"#
            ))
        };
        assert_eq!(node(true).unwrap().warning(), None);
        assert!(node(false).unwrap().warning().unwrap().contains("sync_interval"));
        let silent = Node::read(r#"{"version":"2.1.0","server_name":"n2"}"#).unwrap();
        assert_eq!((silent.syncs, silent.warning().unwrap().contains("2.1.0")), (None, true));
    }
}
