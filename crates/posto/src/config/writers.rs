//! The settings of those who write: tokens, limits, and whether a public address is too open.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ipnet::IpNet;
use posto_gateway::{Anonymous, Rate, RateOptions, Tokens};
use posto_server::{OpenWrites, is_public};

use super::{Config, Reader, file};
use crate::arguments::{GatewaySettings, Settings};
use crate::token_file;

/// Who may write over HTTP, and how often anyone may do what.
#[derive(Debug)]
pub struct Writers {
    /// The file of tokens, and what is in it.
    pub tokens: Option<(PathBuf, Tokens)>,
    pub rates: RateOptions,
    pub trusted_proxies: Vec<IpNet>,
}

pub(super) fn read(gateway: &GatewaySettings, reader: &mut Reader<'_>) -> Option<Writers> {
    let tokens = gateway.tokens.as_deref().map(|path| {
        reader.read("tokens", Some(path), "", |path| {
            let tokens = token_file::read(Path::new(path)).map_err(|error| format!("{error:#}"))?;
            Ok::<_, String>((PathBuf::from(path), tokens))
        })
    });
    let trusted = gateway.trusted_proxy.as_deref().map_or(Some(Vec::new()), |networks| {
        reader.read("trusted-proxy", Some(networks), "", |text| text.split(',').map(network).collect())
    });
    let reads = reader.read("read-rate", gateway.read_rate.as_deref(), "1200/m", rate);
    let writes = reader.read("write-rate", gateway.write_rate.as_deref(), "30/m", rate);
    let token_writes = reader.read("token-write-rate", gateway.token_write_rate.as_deref(), "600/m", rate);
    Some(Writers {
        tokens: tokens.map_or(Some(None), |tokens| tokens.map(Some))?,
        rates: RateOptions { reads: reads?, writes: writes?, token_writes: token_writes? },
        trusted_proxies: trusted?,
    })
}

/// A network, or an address alone.
fn network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    let network = text.parse().or_else(|_| text.parse().map(|address: std::net::IpAddr| IpNet::from(address)));
    network.map_err(|_| "expected networks such as 10.0.0.0/8 or 2001:db8::/32, or addresses, with commas between")
}

fn rate(text: &str) -> Result<Option<Rate>, &'static str> {
    if text == "none" { Ok(None) } else { text.parse().map(Some) }
}

/// Where a server is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Udp,
    Tcp,
    Http,
}

impl Config {
    /// What those may do over HTTP who show no token.
    pub fn anonymous(&self) -> Anonymous {
        match self.access.open_writes {
            OpenWrites::Yes => Anonymous::Open,
            OpenWrites::Limited => Anonymous::Limited,
            OpenWrites::No if self.writers.tokens.is_some() => Anonymous::Refused,
            OpenWrites::No => Anonymous::Open,
        }
    }

    /// Refuses to serve the world where nobody has said who may write there.
    ///
    /// # Errors
    /// What to say, for each address that is too open.
    pub fn refuse_if_too_open(&self, ways: &[Way]) -> anyhow::Result<()> {
        let mistakes: Vec<_> = ways.iter().filter_map(|way| self.too_open(*way)).collect();
        if mistakes.is_empty() { Ok(()) } else { bail!("{}", mistakes.join("\nposto: ")) }
    }

    fn too_open(&self, way: Way) -> Option<String> {
        let (name, address, proof) = match way {
            Way::Udp => ("udp", self.udp, "v1's 8-bit checksum"),
            Way::Tcp => ("tcp", self.tcp?, "nothing"),
            Way::Http => {
                let decided = self.writers.tokens.is_some() || self.access.open_writes != OpenWrites::No;
                let is_open = !decided && is_public(self.http.ip());
                return is_open.then(|| {
                    format!(
                        "http: {}: everyone who reaches this address could report prices: give --tokens FILE (`posto \
                         token new NAME --tokens FILE`), --open-writes limited or --open-writes",
                        self.http
                    )
                });
            }
        };
        self.access.is_too_open(address.ip()).then(|| {
            format!(
                "{name}: {address}: everyone who reaches this address could report prices, with {proof} for a proof: give \
                 --psk-file FILE (`posto key new FILE`), --v1 read, --v1 off, --open-writes limited or --open-writes"
            )
        })
    }
}

/// The file of tokens that the settings name.
///
/// # Errors
/// None is named, or the settings file cannot be read.
pub fn tokens_file(tokens: Option<String>, config: Option<String>) -> anyhow::Result<PathBuf> {
    let mut settings = Settings::default();
    (settings.gateway.tokens, settings.common.config) = (tokens, config);
    let mut mistakes = Vec::new();
    file::fill(&mut settings, &mut mistakes);
    if !mistakes.is_empty() {
        bail!("{}", mistakes.join("\nposto: "));
    }
    let named = settings.gateway.tokens.filter(|path| !path.is_empty()).map(PathBuf::from);
    named.context("which file of tokens? Give --tokens FILE, POSTO_TOKENS or tokens in posto.toml")
}
