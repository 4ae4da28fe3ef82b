//! What became of an import, for people: the same lines for every feed.

use posto_feeds::{Reason, Skips, Summary};

use super::reading::Told;
use super::send::Totals;
use crate::explain::Labels;
use crate::language::Language;

/// Names of unknown fuels that are told; the others are only counted.
const TOLD_FUELS: usize = 3;

/// A count and what it counts, in Portuguese and in English.
type Line = (usize, (&'static str, &'static str));

/// Prints what was read, sent and refused. `sent` is `None` for a dry run.
pub fn print(told: &Told, totals: &Totals, dry_run: bool, language: Language) {
    if dry_run {
        say!("{}", language.pick("simulação: nada foi enviado", "dry run: nothing was sent"));
        line(totals.stations, language.pick("postos a enviar", "stations to send"));
    } else {
        say!("{} {:.1} s", language.pick("importado em", "imported in"), totals.took.as_secs_f64());
        sent(totals, language);
    }
    read(&told.summary, &told.labels, language);
}

/// The counts of the server's answers.
fn sent(totals: &Totals, language: Language) {
    let lines: [Line; 6] = [
        (totals.new_stations, ("postos novos", "new stations")),
        (totals.changed_stations, ("postos mudados", "changed stations")),
        (totals.unchanged_stations, ("postos iguais", "unchanged stations")),
        (totals.prices_changed, ("preços novos ou mudados", "new or changed prices")),
        (totals.prices_ended, ("preços encerrados", "ended prices")),
        (totals.prices_unchanged, ("preços iguais ou mais velhos", "unchanged or older prices")),
    ];
    for (count, (pt, en)) in lines {
        line(count, language.pick(pt, en));
    }
    if totals.hidden_stations > 0 {
        line(totals.hidden_stations, language.pick("postos ocultos pelo operador", "stations hidden by the operator"));
    }
    if totals.refused > 0 {
        line(totals.refused, language.pick("postos recusados pelo servidor", "stations refused by the server"));
        totals.refusals.iter().for_each(|refusal| say!("              {refusal}"));
    }
}

fn read(summary: &Summary, labels: &Labels, language: Language) {
    for told in summary.lines() {
        line(told.count, language.pick(told.text_pt, told.text_en));
    }
    let mut fuels: Vec<_> = summary.other_fuels.iter().collect();
    fuels.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (name, count) in fuels.into_iter().take(TOLD_FUELS) {
        say!("  {count:>8}  - {}: {name}", language.pick("outro combustível", "other fuel"));
    }
    for (reason, skips) in summary.skipped.iter() {
        skipped(reason, skips, labels, language);
    }
}

fn skipped(reason: Reason, skips: &Skips, labels: &Labels, language: Language) {
    say!("  {:>8}  - {}", skips.count, language.pick(reason.text_pt(), reason.text_en()));
    for place in &skips.examples {
        say!("              {}:{}: {}", labels.of(place.file), place.line, place.found);
    }
}

fn line(count: usize, what: &str) {
    say!("  {count:>8}  {what}");
}
