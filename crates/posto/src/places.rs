//! Where everything of a started server is, told once for the person who started it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::commands::serve::reachable;
use crate::config::Config;
use crate::logging::LogFormat;
use crate::metrics::Bound;

/// Where everything is.
pub struct Places {
    pub udp: Option<SocketAddr>,
    pub tcp: Option<SocketAddr>,
    pub http: Option<SocketAddr>,
    /// `https` behind TLS.
    pub scheme: &'static str,
    pub metrics: Option<SocketAddr>,
    pub data: PathBuf,
    pub log: LogFormat,
}

impl Places {
    /// Those that do not depend on a bound address.
    pub fn of(config: &Config, metrics: Option<&Bound>) -> Self {
        let data = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
        Self {
            udp: None,
            tcp: None,
            http: None,
            scheme: if config.tls.is_some() { "https" } else { "http" },
            metrics: metrics.map(|metrics| metrics.address),
            data,
            log: config.log,
        }
    }

    /// What is where, in the order in which a person wants to know it.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let (mut rows, scheme) = (Vec::new(), self.scheme);
        if let Some(http) = self.http.map(reachable) {
            rows.push(("page", format!("{scheme}://{http}/")));
            rows.push(("API", format!("{scheme}://{http}/docs/")));
        }
        match (self.metrics, self.http) {
            (Some(own), _) => rows.push(("metrics", format!("http://{}/metrics", reachable(own)))),
            (None, Some(http)) => rows.push(("metrics", format!("{scheme}://{}/metrics", reachable(http)))),
            (None, None) => {}
        }
        if let Some(udp) = self.udp {
            rows.push(("UDP", udp.to_string()));
            rows.extend(self.tcp.map(|tcp| ("TCP", tcp.to_string())));
            rows.push(("prices", self.data.display().to_string()));
        }
        rows
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows().iter().try_for_each(|(what, place)| write!(f, "\n  {what:8} {place}"))
    }
}

/// Tells it on standard error: as a block for people, as members of one line for programs.
pub fn tell(places: &Places) {
    if places.log == LogFormat::Text {
        return tracing::info!("ready; stop with Ctrl-C{places}");
    }
    let rows = places.rows();
    let place = |name| rows.iter().find(|(known, _)| *known == name).map(|(_, place)| place.as_str());
    let (page, api, metrics) = (place("page"), place("API"), place("metrics"));
    let (udp, tcp, prices) = (place("UDP"), place("TCP"), place("prices"));
    tracing::info!(page, api, metrics, udp, tcp, prices, "ready");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_served_is_told_with_an_address_that_can_be_opened() {
        let places = Places {
            udp: Some(([0, 0, 0, 0], 5000).into()),
            tcp: Some(([0, 0, 0, 0], 5001).into()),
            http: Some(([0, 0, 0, 0], 8080).into()),
            scheme: "http",
            metrics: None,
            data: "/var/lib/posto".into(),
            log: LogFormat::Text,
        };
        let told = places.to_string();
        for place in [
            "page     http://127.0.0.1:8080/",
            "API      http://127.0.0.1:8080/docs/",
            "metrics  http://127.0.0.1:8080/metrics",
            "UDP      0.0.0.0:5000",
            "TCP      0.0.0.0:5001",
            "prices   /var/lib/posto",
        ] {
            assert!(told.contains(place), "{place}: {told}");
        }
    }
}
