//! `posto relay`: a bad network between a client and a server, to see retransmission at work. What
//! may be given is read in `relay/settings.rs`, what is printed stands in `relay/words.rs`.

mod settings;
mod words;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use posto_relay::{Options, Relay, Report};

use crate::language::Language;
use crate::output::{announce, write};
use crate::shutdown::Stop;
use words::Words;

#[derive(Debug, Args)]
pub struct RelayArguments {
    /// Where clients reach the relay; port 0 lets the system choose
    #[arg(long, value_name = "ADDR:PORT")]
    udp: String,
    /// The server
    #[arg(long, value_name = "ADDR:PORT")]
    to: String,
    /// Share of datagrams lost: 0.3 or 30%
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    drop: Option<String>,
    /// Share that arrives twice
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    dup: Option<String>,
    /// Share held back until the next one has overtaken it, 100 ms at most
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    reorder: Option<String>,
    /// Share in which one bit is flipped
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    corrupt: Option<String>,
    /// Share that comes up to so much later than the others: 0.05/3s
    #[arg(long, value_name = "SHARE/TIME", allow_hyphen_values = true)]
    straggle: Option<String>,
    /// Time on the way, each way, and how much it varies: 50ms, 50ms±20, 50ms+-20
    #[arg(long, value_name = "TIME[±TIME]", allow_hyphen_values = true)]
    delay: Option<String>,
    /// Bytes per second, each way: 64kB/s; before it 64 KiB wait, more is lost
    #[arg(long, value_name = "BYTES/s", allow_hyphen_values = true)]
    rate: Option<String>,
    /// Everything is lost for so long in every so long: 2s/5s
    #[arg(long, value_name = "DARK/PERIOD", allow_hyphen_values = true)]
    blackout: Option<String>,
    /// The port towards the server changes this often, as behind a NAT that forgets: 5s
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    rebind: Option<String>,
    /// What decides all this: the same number, the same decisions [default: drawn]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    seed: Option<String>,
    /// Which datagrams: `up` to the server, `down` to the clients, or `both`
    #[arg(long, value_name = "both|up|down", default_value = "both", allow_hyphen_values = true)]
    direction: String,
    /// Language of what is printed [default: from LANG, else pt]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
    /// Say on standard error what is done to each datagram
    #[arg(long, short)]
    verbose: bool,
}

pub fn run(arguments: RelayArguments) -> anyhow::Result<ExitCode> {
    let words = Words { language: arguments.lang.unwrap_or_else(|| Language::of_environment(Language::Pt)) };
    let options = settings::read(&arguments, words.language)?;
    super::block_on(relay(options, words, arguments.verbose))
}

async fn relay(options: Options, words: Words, verbose: bool) -> anyhow::Result<ExitCode> {
    let stop = Stop::listen()?;
    let seed = options.seed;
    let relay = Relay::bind(options).await.map_err(|error| words.bind_error(&error))?;
    announce(format_args!("udp {}\n", relay.local_address()));
    let report = move |report: Report| {
        if verbose {
            // That nobody reads it is no reason not to relay.
            let _ = writeln!(std::io::stderr(), "{}", words.report(&report));
        }
    };
    let summary = relay.run(report, stop.requested()).await;
    write(format_args!("{}", words.summary(&summary, seed)));
    Ok(ExitCode::SUCCESS)
}
