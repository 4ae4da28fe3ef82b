//! What `posto relay` may be given, made valid: every mistake told at once, each with what is
//! allowed there.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::time::Duration;

use anyhow::{anyhow, bail};
use posto_relay::limits::MAX_DELAY;
use posto_relay::{Blackout, Both, Chance, Faults, Options};

use super::RelayArguments;
use crate::language::Language;

/// The shortest time between two changes of port: each costs a socket for every client.
const SHORTEST_REBIND: Duration = Duration::from_millis(100);

/// What is allowed, in Portuguese and in English.
type Allowed = (&'static str, &'static str);

const ADDRESS: Allowed = (
    "esperado ENDEREÇO:PORTA, como 127.0.0.1:5001; a porta 0 deixa o sistema escolher",
    "expected ADDRESS:PORT, such as 127.0.0.1:5001; port 0 lets the system choose",
);
const SERVER: Allowed = (
    "esperado o ENDEREÇO:PORTA do servidor, como 127.0.0.1:5000, diferente de --udp",
    "expected the server's own ADDRESS:PORT, such as 127.0.0.1:5000, other than --udp",
);
const SHARE: Allowed = (
    "esperada uma parte de 0 a 1, como 0.3, ou 30%, até milionésimos",
    "expected a share from 0 to 1, such as 0.3, or 30%, down to millionths",
);
const STRAGGLE: Allowed = (
    "esperado PARTE/TEMPO, como 0.05/3s: parte de 0 a 1, tempo até 1 hora",
    "expected SHARE/TIME, such as 0.05/3s: a share from 0 to 1, a time up to 1 hour",
);
const DELAY: Allowed = (
    "esperado TEMPO ou TEMPO±TEMPO, como 50ms±20 (ou 50ms+-20), em us, ms, s ou m, até 1 hora, a variação não maior que ele",
    "expected TIME or TIME±TIME, such as 50ms±20 (or 50ms+-20), in us, ms, s or m, up to 1 hour, varying by no more than itself",
);
const RATE: Allowed = (
    "esperados bytes por segundo, de 1 B/s a 1000 GB/s, como 64kB/s (B, kB, MB ou GB)",
    "expected bytes per second, from 1 B/s to 1000 GB/s, such as 64kB/s (B, kB, MB or GB)",
);
const BLACKOUT: Allowed = (
    "esperado ESCURO/PERÍODO, como 2s/5s: o escuro acima de 0 e menor que o período, este até 1 hora",
    "expected DARK/PERIOD, such as 2s/5s: dark above 0 and shorter than the period, that up to 1 hour",
);
const REBIND: Allowed =
    ("esperado um tempo de 100ms a 1 hora, como 5s", "expected a time from 100ms to 1 hour, such as 5s");
const SEED: Allowed = (
    "esperado um número inteiro de 0 a 18446744073709551615",
    "expected a whole number from 0 to 18446744073709551615",
);
const DIRECTION: Allowed = ("esperado both, up ou down", "expected both, up or down");

/// Which directions the faults are for.
#[derive(Clone, Copy)]
enum Affected {
    Both,
    Up,
    Down,
}

/// The settings of this command line.
///
/// # Errors
/// Every mistake in them, one a line.
pub fn read(arguments: &RelayArguments, language: Language) -> anyhow::Result<Options> {
    let mut reader = Reader { language, mistakes: Vec::new() };
    let listen = reader.read("udp", &arguments.udp, ADDRESS, |text| text.parse::<SocketAddr>().ok());
    let to = reader.read("to", &arguments.to, SERVER, |text| server(text).filter(|to| listen != Some(*to)));
    let faults = faults(arguments, &mut reader);
    let rebind = reader.given("rebind", arguments.rebind.as_ref(), REBIND, rebind);
    let seed = reader.given("seed", arguments.seed.as_ref(), SEED, |text| text.parse::<u64>().ok());
    let affected = reader.read("direction", &arguments.direction, DIRECTION, direction);
    let Reader { mistakes, .. } = reader;
    let (Some(listen), Some(to), Some(affected)) = (listen, to, affected) else { bail!(mistakes.join("\nposto: ")) };
    if !mistakes.is_empty() {
        bail!(mistakes.join("\nposto: "));
    }
    let none = || Faults::none(Duration::ZERO);
    let faults = match affected {
        Affected::Both => Both::same(faults),
        Affected::Up => Both { up: faults, down: none() },
        Affected::Down => Both { up: none(), down: faults },
    };
    let seed = seed.map_or_else(drawn, Ok)?;
    Ok(Options { listen, to, faults, seed, rebind })
}

fn faults(arguments: &RelayArguments, reader: &mut Reader) -> Faults {
    let mut chance =
        |name, text: &Option<String>| reader.given(name, text.as_ref(), SHARE, share).unwrap_or(Chance::NEVER);
    let (loss, repeat) = (chance("drop", &arguments.drop), chance("dup", &arguments.dup));
    let (reorder, corrupt) = (chance("reorder", &arguments.reorder), chance("corrupt", &arguments.corrupt));
    let (straggle, straggle_for) = reader
        .given("straggle", arguments.straggle.as_ref(), STRAGGLE, straggle)
        .unwrap_or((Chance::NEVER, Duration::ZERO));
    let (delay, jitter) = reader.given("delay", arguments.delay.as_ref(), DELAY, delay).unwrap_or_default();
    let rate = reader.given("rate", arguments.rate.as_ref(), RATE, rate);
    let blackout = reader.given("blackout", arguments.blackout.as_ref(), BLACKOUT, blackout);
    Faults {
        delay,
        jitter,
        loss,
        repeat,
        reorder,
        straggle,
        straggle_for,
        corrupt,
        flips: 1,
        rate,
        blackouts: blackout.into_iter().collect(),
    }
}

/// Reads setting after setting and notes what is wrong with each.
struct Reader {
    language: Language,
    mistakes: Vec<String>,
}

impl Reader {
    fn read<T>(&mut self, name: &str, text: &str, allowed: Allowed, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = parse(text.trim());
        if value.is_none() {
            self.mistakes.push(format!("--{name} {text:?}: {}", self.language.pick(allowed.0, allowed.1)));
        }
        value
    }

    fn given<T>(
        &mut self,
        name: &str,
        text: Option<&String>,
        allowed: Allowed,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.read(name, text?, allowed, parse)
    }
}

/// Datagrams are sent there and must come from there: an address that means any will not do.
fn server(text: &str) -> Option<SocketAddr> {
    text.parse().ok().filter(|address: &SocketAddr| address.port() > 0 && !address.ip().is_unspecified())
}

fn share(text: &str) -> Option<Chance> {
    let millionths = match text.strip_suffix('%') {
        Some(percent) => decimal(percent.trim_end(), 4)?,
        None => decimal(text, 6)?,
    };
    let chance = u32::try_from(millionths).ok().filter(|millionths| *millionths <= Chance::ALWAYS.per_million())?;
    Some(Chance::of_million(chance))
}

fn straggle(text: &str) -> Option<(Chance, Duration)> {
    let (often, late) = text.split_once('/')?;
    Some((share(often)?, time(late)?))
}

/// The shortest time on the way, and how much may be added to it.
fn delay(text: &str) -> Option<(Duration, Duration)> {
    let Some((middle, spread)) = text.split_once('±').or_else(|| text.split_once("+-")) else {
        return Some((time(text)?, Duration::ZERO));
    };
    let unit = middle.trim_end().trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let same_unit = || time(&format!("{}{unit}", spread.trim()));
    let (middle, spread) = (time(middle)?, time(spread).or_else(same_unit)?);
    Some((middle.checked_sub(spread)?, spread * 2))
}

fn rate(text: &str) -> Option<NonZeroU64> {
    let amount = text.strip_suffix("B/s")?.trim_end();
    let bytes = match amount.chars().last()? {
        'k' => decimal(amount.trim_end_matches('k').trim_end(), 3)?,
        'M' => decimal(amount.trim_end_matches('M').trim_end(), 6)?,
        'G' => decimal(amount.trim_end_matches('G').trim_end(), 9)?,
        _ => decimal(amount, 0)?,
    };
    NonZeroU64::new(bytes).filter(|bytes| bytes.get() <= 1_000_000_000_000)
}

fn blackout(text: &str) -> Option<Blackout> {
    let (dark, period) = text.split_once('/')?;
    let (dark, period) = (time(dark)?, time(period)?);
    (!dark.is_zero() && dark < period).then_some(Blackout::Every { dark, period })
}

fn rebind(text: &str) -> Option<Duration> {
    time(text).filter(|period| *period >= SHORTEST_REBIND)
}

fn direction(text: &str) -> Option<Affected> {
    match text {
        "both" => Some(Affected::Both),
        "up" => Some(Affected::Up),
        "down" => Some(Affected::Down),
        _ => None,
    }
}

/// A time up to an hour, to the microsecond: `50ms`, `1.5s`.
fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    // `us` and `ms` before `s`.
    let units = [("us", 0, 1), ("ms", 3, 1), ("s", 6, 1), ("m", 6, 60)];
    let (amount, places, times) =
        units.into_iter().find_map(|(unit, places, times)| Some((text.strip_suffix(unit)?, places, times)))?;
    let micros = decimal(amount.trim_end(), places)?.checked_mul(times)?;
    Some(Duration::from_micros(micros)).filter(|time| *time <= MAX_DELAY)
}

/// A number of digits, with at most so many after the point, times ten to the power of that many.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_number || whole.is_empty() || fraction.len() > places {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

fn drawn() -> anyhow::Result<u64> {
    getrandom::u64().map_err(|error| anyhow!("no random bytes from the system: {error}"))
}

#[cfg(test)]
mod tests;
