//! One connection of the server: a line, its answer, the next line. Nothing of it is kept but the line
//! that is coming in and the answer that is going out.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use posto_wire::{ErrorCode, text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use crate::limits;
use crate::lines::{Lines, Next};
use crate::said::{self, Kind, Said};
use crate::serve::{CloseReason, Handler, Notification, Options, Outcome, Reply, Request};

/// The answer to `sair`.
pub(crate) const FAREWELL: &str = "Conexão encerrada.";
const SILENT: &str = "Conexão encerrada por inatividade.";
const STRANGER: &str = "Esta porta não fala HTTP nem TLS: nada foi executado. Conexão encerrada.";
const UNFINISHED: &str = "A última linha não terminou e não foi executada. Conexão encerrada.";

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) connection: u64,
}

/// Serves a connection to its end.
pub(crate) async fn run<H: Handler>(
    stream: TcpStream,
    peer: Peer,
    options: Options,
    handler: Arc<H>,
    stopped: watch::Receiver<bool>,
) {
    let Peer { address, connection } = peer;
    handler.notify(Notification::Opened { peer: address, connection });
    // Answers are short, and each is waited for.
    let _ = stream.set_nodelay(true);
    let (read, write) = stream.into_split();
    let mut session =
        Session { peer, write, patience: options.write_patience, handler: Arc::clone(&handler), stopped, first: true };
    let mut lines = Lines::of(read);
    let reason = session.serve(&mut lines, options.idle).await.unwrap_or(CloseReason::Ended);
    if reason != CloseReason::SlowReader {
        linger(session.write, lines.into_source()).await;
    }
    handler.notify(Notification::Closed { peer: address, connection, reason });
}

/// Ends the connection so that our last word arrives: a connection closed with something unread in it
/// is reset, and what was on its way thrown away.
async fn linger(mut write: OwnedWriteHalf, mut read: OwnedReadHalf) {
    if write.shutdown().await.is_err() {
        return;
    }
    let rest = async {
        let (mut thrown, mut buffer) = (0, vec![0; limits::READ_BYTES]);
        while thrown < limits::LINGER_BYTES {
            match read.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(read) => thrown += read,
            }
        }
    };
    let _ = timeout(limits::LINGER, rest).await;
}

struct Session<H> {
    peer: Peer,
    write: OwnedWriteHalf,
    patience: Duration,
    handler: Arc<H>,
    stopped: watch::Receiver<bool>,
    first: bool,
}

impl<H: Handler> Session<H> {
    /// Line after line; returns why the connection ends.
    async fn serve(&mut self, lines: &mut Lines<OwnedReadHalf>, idle: Duration) -> io::Result<CloseReason> {
        let mut until = Instant::now() + idle;
        loop {
            let mut stopped = self.stopped.clone();
            let next = tokio::select! {
                next = timeout_at(until, lines.next()) => Some(next),
                _ = stopped.wait_for(|stopped| *stopped) => None,
            };
            let line = match next {
                None => return self.end(text::GOING_AWAY, CloseReason::Stopping).await,
                Some(Err(_)) => return self.end(SILENT, CloseReason::Silent).await,
                Some(Ok(next)) => match next? {
                    Next::Line(line) => line,
                    Next::Owed(bytes) => match self.write(&bytes).await? {
                        None => continue,
                        Some(reason) => return Ok(reason),
                    },
                    Next::TooLong => return self.end(&too_long(), CloseReason::TooLong).await,
                    Next::End { unfinished: true } => return self.end(UNFINISHED, CloseReason::Ended).await,
                    Next::End { unfinished: false } => return Ok(CloseReason::Ended),
                },
            };
            if let Some(reason) = self.answer(&line).await? {
                return Ok(reason);
            }
            self.first = false;
            until = Instant::now() + idle;
        }
    }

    /// Answers a line; returns why the connection ends with it, if it does.
    async fn answer(&mut self, line: &[u8]) -> io::Result<Option<CloseReason>> {
        let written = match said::understand(line, self.first) {
            Said::Nothing => return Ok(None),
            Said::Leave => return self.end(FAREWELL, CloseReason::Left).await.map(Some),
            Said::Stranger => return self.end(STRANGER, CloseReason::Stranger).await.map(Some),
            Said::Help => said::written(Kind::Words, &said::help().into()),
            Said::Mistake(kind, problem) => said::written(kind, &said::refused(kind, &problem)),
            Said::Command(kind, data) => self.execute(kind, data).await,
        };
        self.write(written.as_bytes()).await
    }

    async fn execute(&self, kind: Kind, data: posto_wire::Value) -> String {
        let (reply, outcome) = oneshot::channel();
        let Peer { address, connection } = self.peer;
        let request = Request { peer: address, connection, data, answer_bytes: limits::MAX_ANSWER_BYTES };
        self.handler.handle(request, Reply(reply));
        let answer = match outcome.await {
            Ok(Outcome::Answer(answer)) => answer,
            Ok(Outcome::NotExecuted) => {
                said::told(kind, ErrorCode::Ocupado, "O servidor está ocupado: tente de novo em instantes")
            }
            Err(_) => said::told(kind, ErrorCode::Outro, "O servidor não sabe o que foi feito do comando"),
        };
        said::written(kind, &answer)
    }

    /// Our last word, and the reason for it.
    async fn end(&mut self, word: &str, reason: CloseReason) -> io::Result<CloseReason> {
        let slow = self.write(format!("{word}\n").as_bytes()).await?;
        Ok(slow.unwrap_or(reason))
    }

    /// Writes, if the peer takes it in time; else the reason to end.
    async fn write(&mut self, bytes: &[u8]) -> io::Result<Option<CloseReason>> {
        match timeout(self.patience, self.write.write_all(bytes)).await {
            Ok(written) => written.map(|()| None),
            Err(_) => Ok(Some(CloseReason::SlowReader)),
        }
    }
}

fn too_long() -> String {
    format!("A linha passa de {} bytes: nada dela foi executado. {FAREWELL}", limits::MAX_LINE_BYTES)
}
