//! `posto talk`: remarks for the local network, a line at a time.

use std::io::BufRead as _;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use posto_lan::{
    LEAVE, Message, Rate,
    limits::{MAX_USER_CHARACTERS, REMARKS_PER_SECOND},
};

use super::feed::GroupArguments;

#[derive(Debug, Args)]
pub struct TalkArguments {
    /// Your name there
    #[arg(long)]
    user: String,
    #[command(flatten)]
    group: GroupArguments,
}

pub fn run(arguments: TalkArguments) -> anyhow::Result<ExitCode> {
    let (language, group, user) = (arguments.group.language(), arguments.group.group()?, arguments.user);
    let sender = group.sender()?;
    let remark = |data: &str| Message { user: user.clone(), data: data.to_owned() };
    if remark(LEAVE).to_bytes().is_err() {
        bail!("--user: {user:?}: expected a name of 1 to {MAX_USER_CHARACTERS} characters");
    }
    let mut rate = Rate::of(REMARKS_PER_SECOND);
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let message = remark(text);
        if message.leaves() {
            break;
        }
        // Faster than this nobody would hear it.
        std::thread::sleep(rate.wait(Instant::now(), ()));
        let _ = rate.allows(Instant::now(), ());
        match message.to_bytes() {
            Ok(_) => sender.send(&message)?,
            Err(problem) => eprintln!("posto: {}: {problem}", language.pick("não enviado", "not sent")),
        }
    }
    sender.send(&remark(LEAVE))?;
    Ok(ExitCode::SUCCESS)
}
