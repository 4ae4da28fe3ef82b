//! The server, by whichever way it was reached: reliable UDP, or the TCP line where UDP is blocked.

use std::time::Duration;

use posto_client::{Client, ClientError, Page, ServerKind};
use posto_line::{Connection, LineError, syntax};
use posto_session::{Answer, RequestError};
use posto_wire::answer::{self, Reported, ServerTime, StationPrice, Stations};
use posto_wire::command::Report;
use posto_wire::{Command, Request, Search};

/// A server that can be asked.
pub enum Reached {
    /// Over reliable UDP.
    Udp(Client),
    /// Over TCP, each answer waited for so long.
    Line(Connection, Duration),
}

/// Why what was typed has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// The session or the connection is gone; another one may do.
    Gone,
    /// There is none, and none will come.
    Failed,
}

impl Reached {
    /// What the server is.
    pub fn kind(&self) -> ServerKind {
        match self {
            Self::Udp(client) => client.kind(),
            // The original knows no TCP.
            Self::Line(..) => ServerKind::Posto,
        }
    }

    /// Sends what was typed, letter for letter, and returns the answer as it came.
    pub async fn say(&mut self, command: &syntax::Command) -> Result<Answer, Unanswered> {
        match self {
            Self::Udp(client) => client.raw(command.to_value()).await.map_err(|error| match error {
                RequestError::SessionLost | RequestError::Closed => Unanswered::Gone,
                _ => Unanswered::Failed,
            }),
            Self::Line(line, patience) => {
                let said = line.say(command, *patience).await;
                said.map(|text| Answer { data: text.into(), packet: None }).map_err(|error| match error {
                    // After one of these the next answer would be that of an earlier question.
                    LineError::Io(_) | LineError::Closed(_) | LineError::Silent => Unanswered::Gone,
                    LineError::Unreadable(_) => Unanswered::Failed,
                })
            }
        }
    }

    /// The best station of an area.
    pub async fn cheapest(&mut self, search: Search) -> Result<Option<StationPrice>, ClientError> {
        match self {
            Self::Udp(client) => client.cheapest(search).await,
            Self::Line(..) => {
                let found: Stations = self.ask(Command::Cheapest(search)).await?;
                Ok(found.stations.into_iter().next())
            }
        }
    }

    /// The stations of an area, ranked.
    pub async fn list(&mut self, search: Search) -> Result<Page, ClientError> {
        match self {
            Self::Udp(client) => client.list(search).await,
            Self::Line(..) => {
                let Stations { stations, next } = self.ask(Command::List(search)).await?;
                Ok(Page { stations, next })
            }
        }
    }

    /// Reports a price.
    pub async fn report(&mut self, report: Report) -> Result<Reported, ClientError> {
        match self {
            Self::Udp(client) => client.report(report).await,
            Self::Line(..) => self.ask(Command::Report(report)).await,
        }
    }

    /// The server's date and time.
    pub async fn time(&mut self) -> Result<ServerTime, ClientError> {
        match self {
            Self::Udp(client) => client.time().await,
            Self::Line(..) => self.ask(Command::Time).await,
        }
    }

    /// Ends the session on both sides.
    pub async fn close(self) {
        match self {
            Self::Udp(client) => client.close().await,
            Self::Line(line, _) => line.close().await,
        }
    }

    async fn ask<T: answer::Answer>(&mut self, command: Command) -> Result<T, ClientError> {
        let Self::Line(line, patience) = self else { return Err(ClientError::NotSupported) };
        let data = line.ask(&Request::json(command).to_value(), *patience).await.map_err(|error| match error {
            LineError::Silent => ClientError::Deadline,
            LineError::Io(_) | LineError::Closed(_) => ClientError::SessionLost,
            LineError::Unreadable(what) => ClientError::Unreadable(what),
        })?;
        Ok(answer::read(data)?)
    }
}
