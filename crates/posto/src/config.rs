//! Raw settings made valid: flag, environment, file and default put together, and every mistake
//! told at once.

mod cluster;
mod file;
mod writers;

use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use posto_feeds::dados;
use posto_gateway::Tls;
use posto_lan::Group;
use posto_market::Currency;
use posto_server::{Access, OpenWrites, V1Access};
use posto_store::limits::REMEMBER_IDS_FOR;
use posto_store::{Seed, SeedRecord};
use posto_udp::SessionPorts;

use crate::arguments::{DataArguments, GatewaySettings, ServerSettings, Settings};
use crate::logging::LogFormat;
use crate::session::read_key;
pub use cluster::{ClusterQuestion, ClusterSettings, NewStreamSettings};
pub use writers::{Way, Writers, tokens_file};

/// What a new directory starts with by default: the nine records of the original.
pub const SAMPLE_RECORDS: &[u8] = include_bytes!("../../../data/dados.json");

/// Valid settings of `up`, `serve` and `gateway`.
#[derive(Debug)]
pub struct Config {
    pub udp: SocketAddr,
    /// The TCP line, where it is wanted.
    pub tcp: Option<SocketAddr>,
    /// The multicast group of the local network, where the server is to be known there.
    pub lan: Option<Group>,
    pub http: SocketAddr,
    pub data: PathBuf,
    pub seed: Seed,
    /// `None`: for ever.
    pub keep_history: Option<Duration>,
    pub currency: Currency,
    pub session_ports: SessionPorts,
    /// Who may do what.
    pub access: Access,
    /// The servers that a gateway asks; where they are no cluster the first takes the writes.
    pub servers: Vec<String>,
    /// Servers of other books.
    pub fallbacks: Vec<String>,
    /// `None`: HTTP without TLS.
    pub tls: Option<Arc<Tls>>,
    /// `None`: OpenStreetMap's; `Some("none")`: no tiles.
    pub tiles: Option<String>,
    pub web_dir: Option<PathBuf>,
    /// Where the metrics are served, where that is an address of their own.
    pub metrics: Option<SocketAddr>,
    /// Who may write over HTTP, and how often anyone may do what.
    pub writers: Writers,
    /// The stream whose book the server shares; `None`: it is alone.
    pub cluster: Option<posto_cluster::Options>,
    pub log: LogFormat,
    pub verbose: bool,
}

impl Config {
    /// The settings of this command line, with those of the settings file under them.
    ///
    /// # Errors
    /// Every mistake in them, one a line.
    pub fn read(mut settings: Settings) -> anyhow::Result<Self> {
        let mut mistakes = Vec::new();
        file::fill(&mut settings, &mut mistakes);
        let config = Self::checked(settings, &mut mistakes);
        match config {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => bail!("{}", mistakes.join("\nposto: ")),
        }
    }

    fn checked(settings: Settings, mistakes: &mut Vec<String>) -> Option<Self> {
        let Settings { server, gateway, common, ask, fallback } = settings;
        let mut reader = Reader { mistakes };
        let udp = reader.read("udp", server.udp.as_deref(), "127.0.0.1:5000", address);
        let tcp = server.tcp.as_deref().map(|tcp| reader.read("tcp", Some(tcp), "", address));
        let lan = lan(&server, &mut reader);
        let http = reader.read("http", gateway.http.as_deref(), "127.0.0.1:8080", address);
        let data = reader.read("data", server.data.as_deref(), "posto-data", |text| {
            if text.is_empty() { Err("expected a directory") } else { Ok(PathBuf::from(text)) }
        });
        let seed = reader.read("seed", server.seed.as_deref(), "", seed);
        let keep_history = reader.read("keep-history", server.keep_history.as_deref(), "all", keep_history);
        let currency = reader.read("currency", server.currency.as_deref(), "BRL", |code| {
            Currency::from_code(code).ok_or("expected an ISO 4217 code of three capital letters, such as BRL or EUR")
        });
        let session_ports =
            reader.read("session-ports", server.session_ports.as_deref(), "shared", SessionPorts::from_str);
        let psk = server.psk_file.as_deref().map(|file| {
            reader.read("psk-file", Some(file), "", |file| {
                read_key(Path::new(file)).map_err(|error| format!("{error:#}"))
            })
        });
        let v1 = reader.read("v1", server.v1.as_deref(), "read-write", v1_access);
        let open = reader.read("open-writes", server.open_writes.open_writes.as_deref(), "no", open_writes);
        let access = Access {
            v1: v1.unwrap_or_default(),
            psk: psk.clone().flatten(),
            open_writes: open.unwrap_or_default(),
            ..Access::default() // the rest is told by the sockets
        };
        let ask = reader.read("server", ask.as_deref(), "127.0.0.1:5000", hosts_and_ports);
        let fallbacks = match fallback.as_deref() {
            None => Some(Vec::new()),
            Some(names) => reader.read("fallback-server", Some(names), "", hosts_and_ports),
        };
        let tiles = gateway.tiles.as_deref().map(|tiles| reader.read("tiles", Some(tiles), "", tiles_url));
        let metrics = common.metrics.as_deref().map(|metrics| reader.read("metrics", Some(metrics), "", address));
        let tls = tls(&gateway, &mut reader);
        let writers = writers::read(&gateway, &mut reader);
        let new_stream = (&server.cluster, &server.new_stream);
        let cluster = cluster::read(new_stream, (currency, seed.as_ref()), &mut reader);
        let log = reader.read("log", common.log.as_deref(), "text", log_format);
        let web_dir = gateway.web_dir.as_deref().map(|dir| reader.read("web-dir", Some(dir), "", directory));
        Some(Self {
            udp: udp?,
            tcp: tcp.map_or(Some(None), |tcp| tcp.map(Some))?,
            lan: lan?,
            http: http?,
            data: data?,
            seed: seed?,
            keep_history: keep_history?,
            currency: currency?,
            session_ports: session_ports?,
            access: v1.zip(open).zip(psk.map_or(Some(None), |psk| psk.map(Some))).map(|_| access)?,
            servers: ask?,
            fallbacks: fallbacks?,
            tls: tls?,
            tiles: tiles.map_or(Some(None), |tiles| tiles.map(Some))?,
            web_dir: web_dir.map_or(Some(None), |dir| dir.map(Some))?,
            metrics: metrics.map_or(Some(None), |address| address.map(Some))?,
            writers: writers?,
            cluster: cluster?,
            log: log?,
            verbose: common.verbose,
        })
    }
}

/// Reads setting after setting and notes what is wrong with each.
struct Reader<'a> {
    mistakes: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn read<T, E: Display>(
        &mut self,
        name: &str,
        given: Option<&str>,
        default: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = given.unwrap_or(default);
        match parse(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                let variable = name.to_uppercase().replace('-', "_");
                self.mistakes.push(format!("{name}: {text:?}: {problem} (--{name}, POSTO_{variable} or posto.toml)"));
                None
            }
        }
    }
}

/// TLS where both files are given.
fn tls(gateway: &GatewaySettings, reader: &mut Reader<'_>) -> Option<Option<Arc<Tls>>> {
    let (certificate, key) = match (gateway.tls_cert.as_deref(), gateway.tls_key.as_deref()) {
        (None, None) => return Some(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => {
            return reader.read("tls-key", None, "", |_| Err("the certificate's private key is needed, too"));
        }
        (None, Some(_)) => return reader.read("tls-cert", None, "", |_| Err("the key's certificate is needed, too")),
    };
    reader.read("tls-cert", Some(certificate), "", |certificate| Tls::load(certificate, key).map(Arc::new)).map(Some)
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "expected ADDRESS:PORT, such as 127.0.0.1:5000 or [::1]:5000; port 0 lets the system choose")
}

/// The group of the local network, where the server is to be known there.
fn lan(server: &ServerSettings, reader: &mut Reader<'_>) -> Option<Option<Group>> {
    let address = reader.read("lan-group", server.lan_group.as_deref(), "224.3.29.71:5007", group_address);
    let interfaces = reader.read("lan-interface", server.lan_interface.as_deref(), "", interfaces);
    let (address, interfaces) = address.zip(interfaces)?;
    Some(server.lan.then_some(Group { address, interfaces }))
}

/// The address of a multicast group.
///
/// # Errors
/// What was expected.
pub fn group_address(text: &str) -> Result<SocketAddrV4, &'static str> {
    let address = text.parse().ok().filter(|address: &SocketAddrV4| address.ip().is_multicast() && address.port() > 0);
    address.ok_or("expected a multicast address and a port, such as 224.3.29.71:5007")
}

/// Addresses of our own, with commas between; empty: none.
///
/// # Errors
/// What was expected.
pub fn interfaces(text: &str) -> Result<Vec<Ipv4Addr>, &'static str> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let addresses: Option<Vec<_>> = names.map(|name| name.parse().ok()).collect();
    addresses.ok_or("expected our own IPv4 addresses with commas between, such as 192.168.1.2")
}

/// Names with commas between.
fn hosts_and_ports(text: &str) -> Result<Vec<String>, &'static str> {
    text.split(',').map(|name| host_and_port(name.trim())).collect()
}

fn host_and_port(text: &str) -> Result<String, &'static str> {
    let port =
        text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
    port.filter(|port| *port > 0).map(|_| text.to_owned()).ok_or("expected HOST:PORT, such as fuel.example.org:5000")
}

fn tiles_url(text: &str) -> Result<String, &'static str> {
    let usable = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
        && ["{z}", "{x}", "{y}"].iter().all(|part| text.contains(part));
    if text == "none" || usable {
        Ok(text.to_owned())
    } else {
        Err("expected `none` or an http(s) URL with {z}, {x} and {y}")
    }
}

fn log_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected `text` or `json`"),
    }
}

fn v1_access(text: &str) -> Result<V1Access, &'static str> {
    match text {
        "read-write" => Ok(V1Access::ReadWrite),
        "read" => Ok(V1Access::Read),
        "off" => Ok(V1Access::Off),
        _ => Err("expected `read-write`, `read` or `off`"),
    }
}

/// The words of a switch are those that it took when it was one.
fn open_writes(text: &str) -> Result<OpenWrites, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" | "on" => Ok(OpenWrites::Yes),
        "limited" => Ok(OpenWrites::Limited),
        "no" | "false" | "0" | "off" | "" => Ok(OpenWrites::No),
        _ => Err("expected `yes`, `limited` or `no`"),
    }
}

fn directory(text: &str) -> Result<PathBuf, &'static str> {
    let path = PathBuf::from(text);
    if path.join("index.html").is_file() { Ok(path) } else { Err("expected a directory with an index.html") }
}

/// The prices' directory of a command that works on it alone.
///
/// # Errors
/// Every mistake in the settings, one a line.
pub fn data_directory(arguments: DataArguments) -> anyhow::Result<PathBuf> {
    let mut settings = Settings::default();
    (settings.server.data, settings.common.config) = (arguments.data, arguments.config);
    Ok(Config::read(settings)?.data)
}

fn keep_history(text: &str) -> Result<Option<Duration>, &'static str> {
    if text == "all" {
        return Ok(None);
    }
    let units = [("h", 3600), ("d", 86_400)];
    let seconds =
        units.iter().find_map(|(unit, seconds)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*seconds));
    let kept = seconds.map(Duration::from_secs).filter(|kept| *kept >= REMEMBER_IDS_FOR);
    kept.map(Some).ok_or("expected a number with h or d, at least 1d, such as 400d, or `all`")
}

/// The seed: `none`, the records of a file, or (empty) the sample records.
fn seed(text: &str) -> Result<Seed, String> {
    let records = match text {
        "none" => return Ok(Seed::None),
        "" => seed_records(SAMPLE_RECORDS),
        file => std::fs::read(file).context("cannot read it").and_then(|bytes| seed_records(&bytes)),
    };
    records.map(Seed::Records).map_err(|error| format!("{error:#}"))
}

fn seed_records(bytes: &[u8]) -> anyhow::Result<Vec<SeedRecord>> {
    let dados = dados::read(bytes)?;
    if let Some(bad) = dados.skipped.first() {
        let member = bad.member.unwrap_or("record");
        bail!("record {} is bad: {member} must be {}", bad.index, bad.allowed);
    }
    let records = dados.records.into_iter().map(|record| SeedRecord {
        fuel: record.fuel,
        price: record.price,
        position: record.position,
        coordinates: record.coordinates.to_string(),
        name: record.name,
    });
    Ok(records.collect())
}

#[cfg(test)]
mod tests;
