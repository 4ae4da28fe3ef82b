//! `posto feed`: what is told on the local network, as it comes.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use posto_lan::{Group, Message, Rate, harmless_json, limits::REMARKS_PER_SECOND};
use serde_json::json;

use crate::config::{group_address, interfaces};
use crate::language::Language;

/// Which group of the local network.
#[derive(Debug, Args, Clone)]
pub struct GroupArguments {
    /// The multicast group
    #[arg(long, env = "POSTO_LAN_GROUP", value_name = "ADDR:PORT", default_value = "224.3.29.71:5007", value_parser = group_address)]
    group: std::net::SocketAddrV4,
    /// Our own addresses on the interfaces to use, with commas between [default: where the system likes]
    #[arg(long, env = "POSTO_LAN_INTERFACE", value_name = "ADDR,…", default_value = "", hide_default_value = true)]
    interface: String,
    /// Language of what is printed [default: from LANG, else pt]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
}

impl GroupArguments {
    /// The group.
    ///
    /// # Errors
    /// What is wrong with the interfaces.
    pub fn group(&self) -> anyhow::Result<Group> {
        let interfaces = interfaces(&self.interface)
            .map_err(|expected| anyhow::anyhow!("--interface: {:?}: {expected}", self.interface))?;
        Ok(Group { address: self.group, interfaces })
    }

    pub fn language(&self) -> Language {
        self.lang.unwrap_or_else(|| Language::of_environment(Language::Pt))
    }
}

#[derive(Debug, Args)]
pub struct FeedArguments {
    #[command(flatten)]
    group: GroupArguments,
    /// End with the first talker that leaves
    #[arg(long)]
    until_leave: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &FeedArguments) -> anyhow::Result<ExitCode> {
    let (language, group) = (arguments.group.language(), arguments.group.group()?);
    let receiver = group.receiver()?;
    // Not where the remarks go, so that a program may read those.
    eprintln!("{} {}", language.pick("Ouvindo", "Listening to"), group.address);
    let mut rate = Rate::of(REMARKS_PER_SECOND.max(posto_lan::limits::PRICES_PER_SECOND));
    loop {
        // What is no remark is nobody's: others may use the group, too.
        let Some((from, Ok(message))) = receiver.next(None)? else { continue };
        if !rate.allows(Instant::now(), from) {
            continue;
        }
        if arguments.json {
            let remark = json!({"user": message.user, "data": message.data, "from": from.to_string()});
            say!("{}", harmless_json(&remark.to_string()));
        } else {
            say!("{}", shown(&message, language));
        }
        if message.leaves() && arguments.until_leave {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// That somebody leaves is told in words; it is that talker's matter, and switches nobody off.
fn shown(message: &Message, language: Language) -> String {
    if message.leaves() {
        format!("{} {}", message.shown_user(), language.pick("saiu", "left"))
    } else {
        message.shown()
    }
}
