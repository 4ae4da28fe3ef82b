//! The settings of a server that shares its book with others over a stream of NATS JetStream.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use posto_cluster::{Connection, Options, StreamOptions, is_stream_name, limits};
use posto_market::Currency;
use posto_store::Seed;

use super::{Reader, file};
use crate::arguments::Settings;

/// As they are written.
#[derive(Debug, Args, Default, Clone)]
pub struct ClusterSettings {
    /// Share the book with the other servers of a stream in NATS JetStream: its nodes, with commas between
    /// (nats://HOST:4222, tls://HOST:4222; also with USER:PASSWORD@ before the host)
    #[arg(long, env = "POSTO_CLUSTER", value_name = "URL,…")]
    pub cluster: Option<String>,
    /// The stream; made where it does not exist [default: posto]
    #[arg(long, env = "POSTO_STREAM", value_name = "NAME")]
    pub stream: Option<String>,
    /// Credentials file of NATS (JWT and key)
    #[arg(long, env = "POSTO_CLUSTER_CREDENTIALS", value_name = "FILE")]
    pub cluster_credentials: Option<String>,
    /// Certificates of authorities to trust for NATS, instead of the well-known ones (PEM)
    #[arg(long, env = "POSTO_CLUSTER_CA", value_name = "FILE")]
    pub cluster_ca: Option<String>,
    /// This server's certificate for NATS (PEM), where the nodes ask for one
    #[arg(long, env = "POSTO_CLUSTER_CERT", value_name = "FILE")]
    pub cluster_cert: Option<String>,
    /// Its private key (PEM, without a password)
    #[arg(long, env = "POSTO_CLUSTER_KEY", value_name = "FILE")]
    pub cluster_key: Option<String>,
    /// Monitoring addresses of the nodes (http://HOST:8222), with commas between: to check that they sync
    /// what they store
    #[arg(long, env = "POSTO_CLUSTER_MONITOR", value_name = "URL,…")]
    pub cluster_monitor: Option<String>,
}

/// How the stream is made, as it is written.
#[derive(Debug, Args, Default, Clone)]
pub struct NewStreamSettings {
    /// Copies of a new stream: 1 (to try it out), 3 or 5 [default: 3]
    #[arg(long, env = "POSTO_CLUSTER_REPLICAS", value_name = "NUMBER")]
    pub cluster_replicas: Option<String>,
    /// Most bytes of a new stream, such as 20GB, or `none`; a full one takes no more reports [default: none]
    #[arg(long, env = "POSTO_CLUSTER_MAX_BYTES", value_name = "SIZE|none")]
    pub cluster_max_bytes: Option<String>,
    /// How long a new stream keeps messages, such as 30d, or `all` [default: all]
    #[arg(long, env = "POSTO_CLUSTER_MAX_AGE", value_name = "TIME|all")]
    pub cluster_max_age: Option<String>,
}

/// What `posto cluster` asks about.
#[derive(Debug)]
pub struct ClusterQuestion {
    pub connection: Connection,
    pub stream: String,
    /// Monitoring addresses of the nodes.
    pub monitors: Vec<String>,
}

impl ClusterQuestion {
    /// The settings of this command line, with those of the settings file under them.
    ///
    /// # Errors
    /// Every mistake in them, one a line.
    pub fn read(mut settings: Settings) -> anyhow::Result<Self> {
        let mut mistakes = Vec::new();
        file::fill(&mut settings, &mut mistakes);
        let cluster = &settings.server.cluster;
        let mut reader = Reader { mistakes: &mut mistakes };
        let connection = connection(cluster, &mut reader);
        let stream = reader.read("stream", cluster.stream.as_deref(), "posto", stream);
        let monitors = reader.read("cluster-monitor", cluster.cluster_monitor.as_deref(), "", monitors);
        match connection.zip(stream).zip(monitors).filter(|_| mistakes.is_empty()) {
            Some(((connection, stream), monitors)) => Ok(Self { connection, stream, monitors }),
            None => bail!("{}", mistakes.join("\nposto: ")),
        }
    }
}

/// How this server takes part in a cluster; `None` inside: not at all.
pub fn read(
    (settings, new): (&ClusterSettings, &NewStreamSettings),
    (currency, seed): (Option<Currency>, Option<&Seed>),
    reader: &mut Reader<'_>,
) -> Option<Option<Options>> {
    let connection = connection(settings, reader);
    let name = reader.read("stream", settings.stream.as_deref(), "posto", stream);
    let monitors = reader.read("cluster-monitor", settings.cluster_monitor.as_deref(), "", monitors);
    let replicas = limits::REPLICAS.to_string();
    let replicas = reader.read("cluster-replicas", new.cluster_replicas.as_deref(), &replicas, replicas_of);
    let max_bytes = reader.read("cluster-max-bytes", new.cluster_max_bytes.as_deref(), "none", size);
    let max_age = reader.read("cluster-max-age", new.cluster_max_age.as_deref(), "all", age);
    let stream = StreamOptions { name: name?, replicas: replicas?, max_bytes: max_bytes?, max_age: max_age? };
    let (connection, monitors) = connection.zip(monitors)?;
    if settings.cluster.is_none() {
        return Some(None);
    }
    let seed = match seed? {
        Seed::None => Vec::new(),
        Seed::Records(records) => records.clone(),
    };
    Some(Some(Options { connection, stream, monitors, default_currency: currency?, seed }))
}

/// Where NATS is.
fn connection(settings: &ClusterSettings, reader: &mut Reader<'_>) -> Option<Connection> {
    let servers = match settings.cluster.as_deref() {
        None => Some(Vec::new()),
        Some(names) => reader.read("cluster", Some(names), "", nodes),
    };
    let mut file = |name, given: Option<&str>| match given {
        None => Some(None),
        Some(given) => reader.read(name, Some(given), "", readable).map(Some),
    };
    let credentials = file("cluster-credentials", settings.cluster_credentials.as_deref());
    let ca = file("cluster-ca", settings.cluster_ca.as_deref());
    let certificate = file("cluster-cert", settings.cluster_cert.as_deref());
    let key = file("cluster-key", settings.cluster_key.as_deref());
    let certificate = match (certificate?, key?) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (Some(_), None) => {
            reader.read("cluster-key", None, "", |_| Err("the certificate's private key is needed, too"))?
        }
        (None, Some(_)) => reader.read("cluster-cert", None, "", |_| Err("the key's certificate is needed, too"))?,
    };
    Some(Connection { servers: servers?, credentials: credentials?, ca: ca?, certificate })
}

fn stream(name: &str) -> Result<String, &'static str> {
    if is_stream_name(name) {
        return Ok(name.to_owned());
    }
    Err("expected at most 32 letters, digits, `-` and `_`, such as posto")
}

fn nodes(text: &str) -> Result<Vec<String>, &'static str> {
    let expected = "expected nats://HOST:PORT or tls://HOST:PORT, with commas between, such as nats://10.0.0.1:4222";
    let named = text.split(',').map(|node| {
        let node = node.trim();
        let place = ["nats://", "tls://"].iter().find_map(|scheme| node.strip_prefix(scheme)).ok_or(expected)?;
        let is_usable =
            !place.is_empty() && !place.chars().any(|character| character.is_whitespace() || character == '/');
        is_usable.then(|| node.to_owned()).ok_or(expected)
    });
    named.collect()
}

/// With commas between; empty: none.
fn monitors(text: &str) -> Result<Vec<String>, &'static str> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let usable =
        |name: &str| ["http://", "https://"].iter().any(|scheme| name.len() > scheme.len() && name.starts_with(scheme));
    let named: Option<Vec<_>> = names.map(|name| usable(name).then(|| name.to_owned())).collect();
    named.ok_or("expected http://HOST:PORT, with commas between, such as http://10.0.0.1:8222")
}

fn readable(file: &str) -> Result<PathBuf, String> {
    std::fs::File::open(file).map(|_| PathBuf::from(file)).map_err(|error| format!("cannot read it: {error}"))
}

fn replicas_of(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|copies| [1, 3, 5].contains(copies)).ok_or("expected 1, 3 or 5")
}

fn size(text: &str) -> Result<Option<u64>, &'static str> {
    if text == "none" {
        return Ok(None);
    }
    let units = [("TB", 40), ("GB", 30), ("MB", 20), ("KB", 10)];
    let bytes =
        units.iter().find_map(|(unit, power)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(1 << power));
    let bytes = bytes.filter(|bytes| *bytes >= 1 << 20 && i64::try_from(*bytes).is_ok());
    bytes.map(Some).ok_or("expected a whole number with MB, GB or TB, at least 1MB, such as 20GB, or `none`")
}

fn age(text: &str) -> Result<Option<Duration>, &'static str> {
    if text == "all" {
        return Ok(None);
    }
    let units = [("h", 3600), ("d", 86_400)];
    let seconds =
        units.iter().find_map(|(unit, seconds)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*seconds));
    let kept = seconds.map(Duration::from_secs).filter(|kept| (limits::DUPLICATE_WINDOW..AGES).contains(kept));
    kept.map(Some).ok_or("expected a number with h or d, at least 1h, such as 30d, or `all`")
}

/// Longer than any stream lives; the stream counts nanoseconds in 63 bits.
const AGES: Duration = Duration::from_secs(200 * 365 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_urls_of_nats() {
        assert_eq!(nodes("nats://a:4222, tls://me:word@b:4222").map(|nodes| nodes.len()), Ok(2));
        for bad in ["", "a:4222", "nats://", "http://a:1", "nats://a b", "nats://a/x", "nats://a,,nats://b"] {
            assert!(nodes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_and_ages_have_units() {
        assert_eq!((size("20GB"), size("none")), (Ok(Some(20 << 30)), Ok(None)));
        assert_eq!((age("30d"), age("all")), (Ok(Some(Duration::from_secs(30 * 86_400))), Ok(None)));
        for bad in ["", "20", "1KB", "-1GB", "99999999999TB", "9000000TB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        for bad in ["", "0h", "5m", "99999999d"] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }
}
