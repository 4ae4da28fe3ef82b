//! The client's side: one connection, asked line by line.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use posto_wire::{Value, json, python};
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpSocket;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use crate::limits::{LINGER, MAX_ANSWER_BYTES};
use crate::syntax;

/// Why a line has no answer.
#[derive(Debug, Error)]
pub enum LineError {
    /// The connection could not be opened, or broke.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// No answer in time; the command may have been executed.
    #[error("no answer in time; the command may have been executed")]
    Silent,
    /// The server ended the connection, with these last words.
    #[error("the server ended the connection: {0}")]
    Closed(String),
    /// The answer is none.
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl Connection {
    /// Opens a connection, from this address of ours or from any.
    ///
    /// # Errors
    /// [`LineError::Io`], or [`LineError::Silent`] where nobody says anything for so long.
    pub async fn open(server: SocketAddr, bind: Option<SocketAddr>, patience: Duration) -> Result<Self, LineError> {
        let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        if let Some(ours) = bind {
            socket.set_reuseaddr(true)?;
            socket.bind(ours)?;
        }
        let stream = timeout(patience, socket.connect(server)).await.map_err(|_| LineError::Silent)??;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        Ok(Self { read: BufReader::new(read), write })
    }

    /// Gives a command in words and returns its answer, without the empty line that ends it.
    ///
    /// # Errors
    /// [`LineError`].
    pub async fn say(&mut self, command: &syntax::Command, patience: Duration) -> Result<String, LineError> {
        let line = command.to_line();
        let answered = async {
            self.send(&line).await?;
            let mut answer = String::new();
            loop {
                let line = self.line().await.map_err(|error| with_words(error, &answer))?;
                if line.is_empty() {
                    return Ok(answer.trim_end().to_owned());
                }
                answer.push_str(&line);
                answer.push('\n');
            }
        };
        timeout(patience, answered).await.map_err(|_| LineError::Silent)?
    }

    /// Gives a command in JSON and returns its answer.
    ///
    /// # Errors
    /// [`LineError`].
    pub async fn ask(&mut self, data: &Value, patience: Duration) -> Result<Value, LineError> {
        let line = python::dumps(data);
        let answered = async {
            self.send(&line).await?;
            let answer = self.line().await?;
            // A last word of the server is no JSON; the end of the connection comes after it.
            json::parse(answer.as_bytes()).map_err(|_| LineError::Unreadable(answer))
        };
        timeout(patience, answered).await.map_err(|_| LineError::Silent)?
    }

    /// Says `sair` and waits a moment for the farewell.
    pub async fn close(mut self) {
        let farewell = async {
            self.send("sair").await?;
            self.line().await
        };
        let _ = timeout(LINGER, farewell).await;
    }

    async fn send(&mut self, line: &str) -> Result<(), LineError> {
        Ok(self.write.write_all(format!("{line}\n").as_bytes()).await?)
    }

    async fn line(&mut self) -> Result<String, LineError> {
        let most = u64::try_from(MAX_ANSWER_BYTES).unwrap_or(u64::MAX) + 2;
        let mut bytes = Vec::new();
        (&mut self.read).take(most).read_until(b'\n', &mut bytes).await?;
        let text = String::from_utf8(bytes).map_err(|_| LineError::Unreadable("not UTF-8".to_owned()))?;
        match text.strip_suffix('\n') {
            Some(line) => Ok(line.trim_end_matches('\r').to_owned()),
            None => Err(LineError::Closed(text)),
        }
    }
}

/// The connection ended in the middle of an answer: what came of it are the server's last words.
fn with_words(error: LineError, words: &str) -> LineError {
    match error {
        LineError::Closed(rest) => LineError::Closed(format!("{words}{rest}").trim_end().to_owned()),
        other => other,
    }
}
