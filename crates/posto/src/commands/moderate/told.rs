//! What `posto moderate` prints: tables for people, JSON for programs.

use posto_market::{Act, Fuel};
use posto_wire::answer::{ActCounts, FlagGroup, Moderated, OriginCount, PastAct};
use posto_wire::command::flag_reason;
use serde_json::{Value, json};

use crate::commands::list::table;
use crate::language::Language;
use crate::output::write;

/// Prints what users pointed out.
pub fn flags(flags: &[FlagGroup], as_json: bool, language: Language) {
    if as_json {
        let told = flags.iter().map(|flag| {
            json!({"station": flag.station, "name": flag.name, "reason": slug(flag), "fuel": fuel_slug(flag.fuel),
                "count": flag.count, "first": flag.first, "last": flag.last, "note": flag.note})
        });
        return say!("{}", json!({"flags": told.collect::<Vec<_>>()}));
    }
    let pt = ["vezes", "posto", "nome", "motivo", "combustível", "último", "nota"];
    let heading = language.pick(pt, ["times", "station", "name", "reason", "fuel", "last", "note"]);
    let rows = flags.iter().map(|flag| {
        let reason = reason_word(&flag.reason, language);
        let (name, note) = (text(flag.name.as_deref()), text(flag.note.as_deref()));
        let fuel = fuel_name(flag.fuel, language);
        vec![flag.count.to_string(), flag.station.clone(), name, reason.to_owned(), fuel, flag.last.clone(), note]
    });
    print(&heading, rows, language.pick("nenhum aviso por ver", "no flag that nobody has looked at"));
}

/// Prints who reported how much.
pub fn origins(origins: &[OriginCount], as_json: bool, language: Language) {
    if as_json {
        let told = origins.iter().map(|origin| {
            json!({"origin": origin.origin, "prices": origin.reports, "stations": origin.stations,
                "withdrawn": origin.withdrawn, "first": origin.first, "last": origin.last})
        });
        return say!("{}", json!({"origins": told.collect::<Vec<_>>()}));
    }
    let pt = ["preços", "postos", "retirados", "primeiro", "último", "origem"];
    let heading = language.pick(pt, ["prices", "stations", "withdrawn", "first", "last", "origin"]);
    let rows = origins.iter().map(|origin| {
        let counts = [origin.reports, origin.stations, origin.withdrawn].map(|count| count.to_string());
        counts.into_iter().chain([origin.first.clone(), origin.last.clone(), origin.origin.clone()]).collect()
    });
    print(&heading, rows, language.pick("nenhum preço nesse tempo", "no price in that time"));
}

/// Prints what operators did.
pub fn acts(acts: &[PastAct], as_json: bool, language: Language) {
    if as_json {
        let told = acts.iter().map(|act| {
            json!({"number": act.number, "at": act.at, "operator": act.operator, "act": act_name(&act.act),
                "station": act.station, "fuel": fuel_slug(act.fuel), "into": act.into, "origin": act.origin,
                "since": act.since, "reason": act.reason, "did": counts(&act.counts)})
        });
        return say!("{}", json!({"acts": told.collect::<Vec<_>>()}));
    }
    let pt = ["nº", "quando", "quem", "ato", "o quê", "fez", "motivo"];
    let heading = language.pick(pt, ["no.", "when", "who", "act", "what", "did", "reason"]);
    let rows = acts.iter().map(|act| {
        let word = language.pick(act.act.as_str(), act_name(&act.act)).to_owned();
        let did = text(Some(&summary(&act.counts, language)).filter(|did| !did.is_empty()).map(String::as_str));
        let (number, reason) = (act.number.to_string(), text(act.reason.as_deref()));
        vec![number, act.at.clone(), act.operator.clone(), word, object(act, language), did, reason]
    });
    print(&heading, rows, language.pick("nenhum ato", "nothing was done"));
}

/// Prints what an order did.
pub fn done(act: &Act, done: &Moderated, as_json: bool, language: Language) {
    if as_json {
        let told = json!({"act": act.name(), "changed": done.changed, "dry_run": done.dry_run, "number": done.number,
            "did": counts(&done.counts)});
        return say!("{told}");
    }
    if !done.changed {
        return say!("{}", unchanged(act, language));
    }
    let what = match (act, done.dry_run) {
        (_, true) => language.pick("ensaio, nada foi feito", "dry run, nothing was done"),
        (Act::End { .. }, _) => language.pick("preço encerrado", "price ended"),
        (Act::Hide { .. }, _) => language.pick("posto oculto", "station hidden"),
        (Act::Show { .. }, _) => language.pick("posto visível de novo", "station shown again"),
        (Act::Merge { .. }, _) => language.pick("postos unidos", "stations merged"),
        (Act::Withdraw { .. }, _) => language.pick("preços retirados", "prices withdrawn"),
        (Act::Dismiss { .. }, _) => language.pick("avisos dispensados", "flags dismissed"),
    };
    let number = done.number.map(|number| format!(" ({} {number})", language.pick("ato", "act"))).unwrap_or_default();
    let did = Some(summary(&done.counts, language)).filter(|did| !did.is_empty());
    say!("{what}{number}{}", did.map(|did| format!(": {did}")).unwrap_or_default());
}

/// What a withdrawal would do, in Portuguese and English.
pub fn would_do(trial: &Moderated) -> (String, String) {
    let told = |language| summary(&trial.counts, language);
    (format!("seriam: {}", told(Language::Pt)), format!("it would be: {}", told(Language::En)))
}

/// Why an order did nothing.
fn unchanged(act: &Act, language: Language) -> &'static str {
    match act {
        Act::End { .. } => language.pick("nada a encerrar: não há preço", "nothing to end: there is no price"),
        Act::Hide { .. } => language.pick("o posto já estava oculto", "the station was hidden already"),
        Act::Show { .. } => language.pick("o posto não estava oculto", "the station was not hidden"),
        Act::Merge { .. } => language.pick("os postos já estavam unidos", "the stations were merged already"),
        Act::Withdraw { .. } => {
            language.pick("nada a retirar dessa origem desde então", "nothing to withdraw of this origin since then")
        }
        Act::Dismiss { .. } => language.pick("nenhum aviso sobre esse posto", "no flag about this station"),
    }
}

/// `3 withdrawn, 2 restored`: what is not 0.
fn summary(counts: &ActCounts, language: Language) -> String {
    let parts = [
        (counts.withdrawn, ("retirados", "withdrawn")),
        (counts.ended, ("encerrados", "ended")),
        (counts.restored, ("restaurados", "restored")),
        (counts.moved, ("passados ao outro", "moved to the other")),
        (counts.flags, ("avisos resolvidos", "flags settled")),
    ];
    let told = parts.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, (pt, en))| format!("{count} {}", language.pick(pt, en))).collect::<Vec<_>>().join(", ")
}

fn counts(counts: &ActCounts) -> Value {
    let ActCounts { withdrawn, ended, restored, moved, flags } = counts;
    json!({"withdrawn": withdrawn, "ended": ended, "restored": restored, "moved": moved, "flags": flags})
}

/// What an act was about.
fn object(act: &PastAct, language: Language) -> String {
    let since = |since: &String| format!("{} {since}", language.pick("desde", "since"));
    let parts = [
        act.station.clone(),
        act.fuel.map(|fuel| fuel_name(Some(fuel), language)),
        act.into.as_ref().map(|into| format!("→ {into}")),
        act.origin.clone(),
        act.since.as_ref().map(since),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The English name of an act that the server tells by its word.
fn act_name(word: &str) -> &str {
    match word {
        "encerrar" => "end",
        "ocultar" => "hide",
        "mostrar" => "show",
        "unir" => "merge",
        "retirar" => "withdraw",
        "dispensar" => "dismiss",
        other => other,
    }
}

fn slug(flag: &FlagGroup) -> &str {
    flag_reason(&flag.reason).map_or(flag.reason.as_str(), |reason| reason.slug())
}

fn reason_word(word: &str, language: Language) -> &str {
    match word {
        "preco_acabou" => language.pick("preço acabou", "price gone"),
        "posto_fechado" => language.pick("posto fechado", "station closed"),
        "lugar_errado" => language.pick("lugar errado", "wrong place"),
        other => other,
    }
}

fn fuel_slug(code: Option<u8>) -> Option<&'static str> {
    code.and_then(Fuel::from_code).map(Fuel::slug)
}

fn fuel_name(code: Option<u8>, language: Language) -> String {
    let fuel = code.and_then(Fuel::from_code);
    fuel.map_or("-", |fuel| language.pick(fuel.name_pt(), fuel.name_en())).to_owned()
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or("-").to_owned()
}

/// A table, or the word for none.
fn print(heading: &[&str], rows: impl ExactSizeIterator<Item = Vec<String>>, none: &str) {
    if rows.len() == 0 {
        return say!("{none}");
    }
    let heading = heading.iter().map(|word| (*word).to_owned()).collect();
    write(format_args!("{}", table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_order_did_is_told() {
        let counts = ActCounts { withdrawn: 3, restored: 2, ..ActCounts::default() };
        assert_eq!(summary(&counts, Language::En), "3 withdrawn, 2 restored");
        assert_eq!(summary(&counts, Language::Pt), "3 retirados, 2 restaurados");
        assert_eq!(summary(&ActCounts::default(), Language::En), "");
    }

    #[test]
    fn every_act_of_the_wire_has_an_english_name() {
        for name in ["end", "hide", "show", "merge", "withdraw", "dismiss"] {
            assert_eq!(act_name(posto_wire::command::act_word_of(name)), name);
        }
    }
}
