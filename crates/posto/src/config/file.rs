//! `posto.toml`: the settings that neither a flag nor the environment gives.

use std::path::Path;

use toml::{Table, Value};

use crate::arguments::Settings;

const DEFAULT_FILE: &str = "posto.toml";

/// The keys a settings file may hold, each named as its flag.
pub const KEYS: [&str; 38] = [
    "udp",
    "tcp",
    "lan",
    "lan-group",
    "lan-interface",
    "http",
    "tls-cert",
    "tls-key",
    "data",
    "seed",
    "keep-history",
    "currency",
    "session-ports",
    "psk-file",
    "v1",
    "open-writes",
    "cluster",
    "stream",
    "cluster-credentials",
    "cluster-ca",
    "cluster-cert",
    "cluster-key",
    "cluster-monitor",
    "cluster-replicas",
    "cluster-max-bytes",
    "cluster-max-age",
    "server",
    "fallback-server",
    "tiles",
    "web-dir",
    "tokens",
    "trusted-proxy",
    "read-rate",
    "write-rate",
    "token-write-rate",
    "log",
    "metrics",
    "verbose",
];

/// Fills in from the settings file what is not set yet, and notes what is wrong in the file.
pub fn fill(settings: &mut Settings, mistakes: &mut Vec<String>) {
    let named = settings.common.config.clone();
    let path = named.as_deref().unwrap_or(DEFAULT_FILE);
    if named.is_none() && !Path::new(path).exists() {
        return;
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return mistakes.push(format!("{path}: cannot read it: {error}")),
    };
    match text.parse::<Table>() {
        Ok(table) => table.into_iter().for_each(|(key, value)| set(settings, (path, &key, value), mistakes)),
        Err(error) => mistakes.push(format!("{path}: {}", error.to_string().trim_end())),
    }
}

fn set(settings: &mut Settings, (path, key, value): (&str, &str, Value), mistakes: &mut Vec<String>) {
    let slot = match key {
        "udp" => &mut settings.server.udp,
        "tcp" => &mut settings.server.tcp,
        "lan-group" => &mut settings.server.lan_group,
        "lan-interface" => &mut settings.server.lan_interface,
        "http" => &mut settings.gateway.http,
        "tls-cert" => &mut settings.gateway.tls_cert,
        "tls-key" => &mut settings.gateway.tls_key,
        "data" => &mut settings.server.data,
        "keep-history" => &mut settings.server.keep_history,
        "seed" => &mut settings.server.seed,
        "currency" => &mut settings.server.currency,
        "session-ports" => &mut settings.server.session_ports,
        "psk-file" => &mut settings.server.psk_file,
        "v1" => &mut settings.server.v1,
        "cluster" => &mut settings.server.cluster.cluster,
        "stream" => &mut settings.server.cluster.stream,
        "cluster-credentials" => &mut settings.server.cluster.cluster_credentials,
        "cluster-ca" => &mut settings.server.cluster.cluster_ca,
        "cluster-cert" => &mut settings.server.cluster.cluster_cert,
        "cluster-key" => &mut settings.server.cluster.cluster_key,
        "cluster-monitor" => &mut settings.server.cluster.cluster_monitor,
        "cluster-replicas" => &mut settings.server.new_stream.cluster_replicas,
        "cluster-max-bytes" => &mut settings.server.new_stream.cluster_max_bytes,
        "cluster-max-age" => &mut settings.server.new_stream.cluster_max_age,
        "server" => &mut settings.ask,
        "fallback-server" => &mut settings.fallback,
        "tiles" => &mut settings.gateway.tiles,
        "web-dir" => &mut settings.gateway.web_dir,
        "tokens" => &mut settings.gateway.tokens,
        "trusted-proxy" => &mut settings.gateway.trusted_proxy,
        "read-rate" => &mut settings.gateway.read_rate,
        "write-rate" => &mut settings.gateway.write_rate,
        "token-write-rate" => &mut settings.gateway.token_write_rate,
        "log" => &mut settings.common.log,
        "metrics" => &mut settings.common.metrics,
        "open-writes" => &mut settings.server.open_writes.open_writes,
        "verbose" | "lan" => {
            let switch = if key == "lan" { &mut settings.server.lan } else { &mut settings.common.verbose };
            match value {
                Value::Boolean(on) => *switch |= on,
                other => mistakes.push(format!("{path}: {key}: expected true or false, found {other}")),
            }
            return;
        }
        _ => return mistakes.push(format!("{path}: unknown key {key:?}; known are {}", KEYS.join(", "))),
    };
    match value {
        Value::String(text) => drop(slot.get_or_insert(text)),
        Value::Boolean(on) if key == "open-writes" => drop(slot.get_or_insert(on.to_string())),
        other => mistakes.push(format!("{path}: {key}: expected a text in quotes, found {other}")),
    }
}
