//! What was found out about a cluster, told to people and programs.

use std::time::Duration;

use posto_cluster::{Copy, Node};
use posto_wire::answer::ServerTime;
use serde_json::{Value, json};

use super::Found;
use crate::language::Language;

/// From so much of its room on a stream wants looking after, in hundredths.
const NEARLY_FULL: u64 = 80;

/// A copy that was not heard of for so long counts as away.
const AWAY_AFTER: Duration = Duration::from_secs(5);

/// The longest time without word of the log that is nothing to look after, in milliseconds.
const SILENT_MS: u64 = 2000;

/// What needs looking after, Portuguese and English.
pub fn troubles(found: &Found) -> Vec<(String, String)> {
    let stream = &found.stream;
    let mut told = Vec::new();
    let mut tell = |pt: String, en: String| told.push((pt, en));
    if stream.replicas > 1 && stream.leader.is_none() {
        tell("o stream está sem líder".to_owned(), "the stream has no leader".to_owned());
    }
    for copy in stream.copies.iter().filter(|copy| !copy.current || is_away(copy)) {
        let node = &copy.node;
        tell(format!("a cópia em {node} está atrasada ou fora"), format!("the copy at {node} is behind or away"));
    }
    if let Some(percent) = percent(found).filter(|percent| *percent >= NEARLY_FULL) {
        tell(
            format!("o stream está {percent} % cheio: cheio, não aceita mais relatos"),
            format!("the stream is {percent} % full: a full one takes no more reports"),
        );
    }
    for (monitor, node) in &found.nodes {
        match node {
            Ok(node) => {
                if let Some(warning) = node.warning() {
                    tell(format!("{monitor}: {warning}"), format!("{monitor}: {warning}"));
                }
            }
            Err(problem) => tell(problem.clone(), problem.clone()),
        }
    }
    for (server, answer) in &found.servers {
        if let Err((pt, en)) = server_is_fine(found, answer.as_ref()) {
            tell(format!("{server}: {pt}"), format!("{server}: {en}"));
        }
    }
    told
}

/// The leader hears from each copy every second.
fn is_away(copy: &Copy) -> bool {
    copy.offline || copy.heard >= AWAY_AFTER
}

/// What is wrong with a server.
fn server_is_fine(found: &Found, answer: Result<&ServerTime, &String>) -> Result<(), (String, String)> {
    let both = |pt: &str, en: &str| Err((pt.to_owned(), en.to_owned()));
    let time = answer.map_err(|problem| (problem.clone(), problem.clone()))?;
    if !time.group.member {
        return both("não segue stream nenhum", "it follows no stream");
    }
    if found.stream.book.as_ref().is_some_and(|book| *book != time.book) {
        return both("segue outro book", "it follows another book");
    }
    if time.group.caught_up == Some(false) {
        return both("ainda não está em dia", "it has not caught up yet");
    }
    if time.group.silent_ms.is_some_and(|silent| silent >= SILENT_MS) {
        return both("não ouve o stream", "it does not hear the stream");
    }
    if time.group.writable == Some(false) {
        return both("não aceita relatos agora", "it takes no reports now");
    }
    Ok(())
}

/// For people.
pub fn text(found: &Found, language: Language) -> String {
    let stream = &found.stream;
    let mut lines = vec![language.choose(
        format!(
            "stream {}: mensagens {} a {}, {} bytes{}, {} cópia(s)",
            stream.stream,
            stream.first,
            stream.last,
            stream.bytes,
            of_most(found, " de"),
            stream.replicas
        ),
        format!(
            "stream {}: messages {} to {}, {} bytes{}, {} copies",
            stream.stream,
            stream.first,
            stream.last,
            stream.bytes,
            of_most(found, " of"),
            stream.replicas
        ),
    )];
    if let Some(leader) = &stream.leader {
        lines.push(format!("  {leader}  {}", language.pick("líder", "leader")));
    }
    lines.extend(stream.copies.iter().map(|copy| format!("  {}  {}", copy.node, copy_text(copy, language))));
    lines.extend(found.nodes.iter().filter_map(|(_, node)| node.as_ref().ok()).map(|node| node_text(node, language)));
    for (server, answer) in &found.servers {
        if let Ok(time) = answer {
            lines.push(format!("{server}: {}", server_text(time, language)));
        }
    }
    for (pt, en) in troubles(found) {
        lines.push(format!("! {}", language.choose(pt, en)));
    }
    lines.join("\n")
}

fn percent(found: &Found) -> Option<u64> {
    found.stream.bytes.saturating_mul(100).checked_div(found.stream.max_bytes?)
}

fn of_most(found: &Found, of: &str) -> String {
    match (found.stream.max_bytes, percent(found)) {
        (Some(most), Some(percent)) => format!("{of} {most} ({percent} %)"),
        _ => String::new(),
    }
}

fn copy_text(copy: &Copy, language: Language) -> String {
    let Copy { current, lag, heard, .. } = copy;
    let seconds = heard.as_secs();
    match (is_away(copy), current) {
        (true, _) => language
            .choose(format!("fora, visto pela última vez há {seconds} s"), format!("away, last heard {seconds} s ago")),
        (false, true) => language.pick("em dia", "up to date").to_owned(),
        (false, false) => language.choose(format!("{lag} atrás"), format!("{lag} behind")),
    }
}

fn node_text(node: &Node, language: Language) -> String {
    let Node { name, version, syncs } = node;
    let syncs = match syncs {
        Some(true) => language.pick("sincroniza antes de confirmar", "syncs before it acknowledges"),
        Some(false) => language.pick("não sincroniza", "does not sync"),
        None => language.pick("sem JetStream", "without JetStream"),
    };
    format!("NATS {name} {version}: {syncs}")
}

fn server_text(time: &ServerTime, language: Language) -> String {
    let position = time.position.map_or_else(|| "?".to_owned(), |position| position.to_string());
    match time.group.behind {
        Some(0) => language.choose(format!("posição {position}, em dia"), format!("position {position}, up to date")),
        Some(behind) => language
            .choose(format!("posição {position}, {behind} atrás"), format!("position {position}, {behind} behind")),
        None => language.choose(format!("posição {position}"), format!("position {position}")),
    }
}

/// For programs.
pub fn json(found: &Found) -> Value {
    let stream = &found.stream;
    let copies = stream.copies.iter().map(|copy| {
        json!({"node": copy.node, "current": copy.current, "offline": copy.offline, "lag": copy.lag,
               "last_heard_ms": u64::try_from(copy.heard.as_millis()).unwrap_or(u64::MAX)})
    });
    let nodes = found.nodes.iter().map(|(monitor, node)| match node {
        Ok(node) => json!({"monitor": monitor, "name": node.name, "version": node.version, "syncs": node.syncs}),
        Err(problem) => json!({"monitor": monitor, "problem": problem}),
    });
    let servers = found.servers.iter().map(|(server, answer)| match answer {
        Ok(time) => json!({"server": server, "book": time.book, "position": time.position,
                           "member": time.group.member, "caught_up": time.group.caught_up,
                           "behind": time.group.behind, "silent_ms": time.group.silent_ms,
                           "writable": time.group.writable}),
        Err(problem) => json!({"server": server, "problem": problem}),
    });
    json!({
        "stream": {
            "name": stream.stream, "book": stream.book, "messages": stream.messages, "first": stream.first,
            "last": stream.last, "bytes": stream.bytes, "max_bytes": stream.max_bytes,
            "max_age_s": stream.max_age.map(|age| age.as_secs()), "replicas": stream.replicas,
            "leader": stream.leader, "copies": copies.collect::<Vec<_>>(),
        },
        "nodes": nodes.collect::<Vec<_>>(),
        "servers": servers.collect::<Vec<_>>(),
        "troubles": troubles(found).into_iter().map(|(_, en)| en).collect::<Vec<_>>(),
    })
}
