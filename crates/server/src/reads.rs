//! Reads of a server that may not have what its asker has seen elsewhere: they wait until it has, or are
//! refused, or put off where it has not caught up with its log yet (PROTOCOL §7.21).

use std::sync::Arc;
use std::time::{Duration, Instant};

use posto_store::LogStanding;
use posto_wire::command::Seen;
use posto_wire::{Command, ErrorCode, Mistake};

use crate::commands::put_off;
use crate::limits::{MAX_CATCH_UP, OUT_OF_TOUCH, V1_CATCH_UP};
use crate::service::{Asker, Service};

/// Whether the command tells what the book or the history holds. The time of day does not, unless it is
/// wanted as that of a book that the asker has seen.
pub(crate) const fn is_read(command: &Command, seen: Option<&Seen>) -> bool {
    match command {
        Command::Cheapest(_)
        | Command::List(_)
        | Command::Station { .. }
        | Command::Map(_)
        | Command::History(_)
        | Command::Statistics(_) => true,
        Command::Time => seen.is_some(),
        Command::Report(_)
        | Command::Changes(_)
        | Command::Import(_)
        | Command::Flag(_)
        | Command::Moderate(_)
        | Command::Oversee(_) => false,
    }
}

/// Executes a read once the book has what its asker has seen.
pub(crate) fn execute(service: &Arc<Service>, command: Command, seen: Option<Seen>, mut asker: Asker) {
    let log = service.journal.standing().log;
    if log.is_some_and(|log| !log.caught_up) {
        return put_off(asker, &starting());
    }
    if let Some(seconds) = log.and_then(out_of_touch) {
        asker = asker.out_of_touch(seconds);
    }
    let of_this_book = |seen: &Seen| seen.book.as_deref().is_none_or(|book| book == service.journal.book_id());
    let wanted = seen.filter(of_this_book).map_or(0, |seen| seen.position);
    if wanted <= service.journal.position() {
        return service.execute(command, asker);
    }
    // Where nothing is to come, nobody waits: alone a server has all that there is, or will never have it.
    let will_come = match log {
        Some(log) => out_of_touch(log).is_none(),
        None => wanted <= service.journal.visible(),
    };
    if !will_come {
        return asker.refuse(&behind(wanted));
    }
    let service = Arc::clone(service);
    tokio::spawn(async move {
        let patience = patience(&asker);
        match tokio::time::timeout(patience, service.journal.wait_for(wanted)).await {
            Ok(true) => service.execute(command, asker),
            Ok(false) | Err(_) => asker.refuse(&behind(wanted)),
        }
    });
}

/// For how many seconds nothing was heard of the log, where that is long.
fn out_of_touch(log: LogStanding) -> Option<u64> {
    (log.silent_for >= OUT_OF_TOUCH).then_some(log.silent_for.as_secs())
}

/// Half of what is left, so that the asker can still go elsewhere; who does not say (v1) waits for less.
fn patience(asker: &Asker) -> Duration {
    let left = asker.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    left.map_or(V1_CATCH_UP, |left| (left / 2).min(MAX_CATCH_UP))
}

fn behind(position: u64) -> Mistake {
    Mistake::new(ErrorCode::Atrasado, format!("Este servidor ainda não chegou à posição {position}"))
}

fn starting() -> Mistake {
    Mistake::new(ErrorCode::Ocupado, "Este servidor ainda recebe o que os outros gravaram: tente de novo em instantes")
}
