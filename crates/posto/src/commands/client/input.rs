//! Where the lines come from: a terminal with editing and history, or standard input as it is.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use anyhow::Context as _;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// A source of lines; each is asked for with a prompt.
pub struct Input(Source);

enum Source {
    /// The editor is away while it waits for a line.
    Terminal(Option<Box<DefaultEditor>>),
    Lines,
}

impl Input {
    /// The terminal, or standard input where it is none.
    pub fn open() -> anyhow::Result<Self> {
        if !std::io::stdin().is_terminal() {
            return Ok(Self(Source::Lines));
        }
        let mut editor = DefaultEditor::new().context("cannot use the terminal")?;
        if let Some(path) = history() {
            // The first time there is no history.
            let _ = editor.load_history(&path);
        }
        Ok(Self(Source::Terminal(Some(Box::new(editor)))))
    }

    /// The next command, without its end, kept in the history; `None` at the end of input or after
    /// Ctrl-C.
    pub async fn command(&mut self, prompt: &str) -> anyhow::Result<Option<String>> {
        self.line(format!("\n{prompt}"), true).await
    }

    /// The answer to a question: a line that is not kept; `None` as above.
    pub async fn answer(&mut self, question: &str) -> anyhow::Result<Option<String>> {
        self.line(question.to_owned(), false).await
    }

    async fn line(&mut self, prompt: String, kept: bool) -> anyhow::Result<Option<String>> {
        match &mut self.0 {
            Source::Lines => tokio::task::spawn_blocking(move || plain_line(&prompt)).await?,
            Source::Terminal(away) => {
                let mut editor = away.take().context("the editor is gone")?;
                let asked = tokio::task::spawn_blocking(move || {
                    let line = edited_line(&mut editor, &prompt, kept);
                    (editor, line)
                });
                let (editor, line) = asked.await?;
                *away = Some(editor);
                line
            }
        }
    }
}

fn plain_line(prompt: &str) -> anyhow::Result<Option<String>> {
    crate::output::write(format_args!("{prompt}"));
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_until(b'\n', &mut bytes).context("cannot read standard input")?;
    // A line that is not UTF-8 is a mistake of its own, not the end of the session.
    let line = String::from_utf8_lossy(&bytes);
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn edited_line(editor: &mut DefaultEditor, prompt: &str, kept: bool) -> anyhow::Result<Option<String>> {
    // The editor knows prompts of one line.
    let (above, prompt) = prompt.rsplit_once('\n').map_or((None, prompt), |(above, prompt)| (Some(above), prompt));
    if let Some(above) = above {
        say!("{above}");
    }
    match editor.readline(prompt) {
        Ok(line) => {
            if kept && !line.trim().is_empty() {
                // Without a history the line still counts.
                let _ = editor.add_history_entry(&line);
                let _ = history().map(|path| editor.save_history(&path));
            }
            Ok(Some(line))
        }
        Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
        Err(error) => Err(error).context("cannot read from the terminal"),
    }
}

/// `$XDG_STATE_HOME/posto_history`, else `~/.posto_history`.
fn history() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(|dir| PathBuf::from(dir).join("posto_history"));
    state.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".posto_history")))
}
