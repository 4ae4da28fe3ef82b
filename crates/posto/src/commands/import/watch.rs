//! `--watch`: the same import again and again; and the end of either kind on a signal.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use posto_market::Timestamp;
use posto_wire::time;

use super::limits::MIN_WATCH;
use super::round::Import;
use super::{ImportArguments, now, reading};
use crate::shutdown::Stop;

/// Imports, once or until it is told to stop.
pub async fn run(arguments: ImportArguments) -> anyhow::Result<ExitCode> {
    let stop = Stop::listen()?;
    check(&arguments)?;
    let feed = arguments.feed().context("no such feed")?;
    let import = Import::new(arguments, feed)?;
    let stopped = tokio::select! {
        outcome = rounds(&import) => {
            import.close().await;
            return outcome;
        }
        () = stop.requested() => import.taken.told(import.language),
    };
    import.close().await;
    let interrupted = import.language.pick("interrompido", "interrupted");
    if import.arguments.watch.is_none() {
        bail!("{interrupted}; {stopped}");
    }
    say!("{interrupted}");
    Ok(ExitCode::SUCCESS)
}

async fn rounds(import: &Import) -> anyhow::Result<ExitCode> {
    let Some(interval) = import.arguments.watch else { return import.round().await };
    loop {
        // The next round may fare better: the feed or the server may be back by then.
        if let Err(error) = import.round().await {
            eprintln!("posto: {error:#}");
        }
        let millis = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
        let next = time::format(Timestamp::from_millis(now().millis().saturating_add(millis)));
        say!("{} {next}", import.language.pick("próxima importação:", "next import:"));
        tokio::time::sleep(interval).await;
    }
}

/// What the command line cannot say by itself.
fn check(arguments: &ImportArguments) -> anyhow::Result<()> {
    let language = arguments.language();
    let Some(interval) = arguments.watch else { return Ok(()) };
    if arguments.paths().iter().any(|path| reading::is_standard_input(path)) {
        bail!(
            "{}",
            language.pick(
                "--watch não pode ler a entrada padrão mais de uma vez",
                "--watch cannot read standard input more than once",
            )
        );
    }
    if arguments.download && arguments.url.is_empty() && interval < MIN_WATCH {
        let least = MIN_WATCH.as_secs();
        bail!(
            "{}",
            language.choose(
                format!("--watch: pelo menos {least} s para o endereço oficial de uma fonte"),
                format!("--watch: at least {least} s towards a feed's own address"),
            )
        );
    }
    Ok(())
}

/// A time with its unit.
pub fn interval(text: &str) -> Result<Duration, &'static str> {
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
    let seconds =
        units.iter().find_map(|(unit, seconds)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*seconds));
    let seconds = seconds.filter(|seconds| (1..=30 * 86_400).contains(seconds));
    seconds.map(Duration::from_secs).ok_or("expected a number with s, m, h or d, up to 30d, such as 30m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_units() {
        assert_eq!(interval("30m"), Ok(Duration::from_secs(1800)));
        assert_eq!(interval("1h"), Ok(Duration::from_secs(3600)));
        for bad in ["", "30", "m", "0s", "-1m", "1.5h", "31d", "99999999999999999999d"] {
            assert!(interval(bad).is_err(), "{bad:?}");
        }
    }
}
