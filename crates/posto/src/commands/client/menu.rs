//! The numbered menu: for who would rather be asked than type commands. After each answer it comes
//! again; what is asked is in `menu/form.rs`, what is printed in `menu/words.rs`.

mod form;
mod words;

use std::process::ExitCode;

use anyhow::Context as _;
use posto_client::{ClientError, Page};
use posto_market::{Area, Circle, StationWish};
use posto_wire::command::{Report, coordinates_of};
use posto_wire::{Search, time};

use super::Dialogue;
use super::input::Input;
use super::reached::Reached;
use crate::commands::list;
use crate::commands::report::random_id;
use crate::explain::client_error;
use form::{Form, Place};
use words::MenuWords;

/// How far a reported station may be from the position given, as in `posto report`.
const REPORT_RADIUS_KM: f64 = 0.05;

/// Stations of a list: as many as a terminal shows beside the menu.
const LISTED: usize = 10;

/// The menu of one session.
pub struct Menu {
    dialogue: Dialogue,
    server: Reached,
    form: Form,
    words: MenuWords,
}

/// Whether the menu comes again.
enum Then {
    Again,
    /// The input ended, or option 5 was chosen.
    Leave,
    /// The server is silent.
    Gone,
}

impl Menu {
    /// The menu in front of this server.
    pub fn new(dialogue: Dialogue, server: Reached, input: Input) -> Self {
        let words = MenuWords { language: dialogue.words.language };
        let form = Form::new(input, words, server.kind());
        Self { dialogue, server, form, words }
    }

    /// The menu, again and again; the session ends with it.
    pub async fn run(mut self) -> anyhow::Result<ExitCode> {
        loop {
            say!("\n{}", self.words.menu());
            let Some(line) = self.form.option().await? else { break };
            let then = match line.trim() {
                "1" => self.cheapest().await?,
                "2" => self.report().await?,
                "3" => self.list().await?,
                "4" => self.time().await?,
                "5" => Then::Leave,
                other => {
                    say!("{}", self.words.invalid(other));
                    Then::Again
                }
            };
            match then {
                Then::Again => {}
                Then::Leave => break,
                Then::Gone => {
                    say!("{}", self.dialogue.words.server_gone());
                    self.server.close().await;
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        self.server.close().await;
        say!("{}", self.dialogue.words.closed());
        Ok(ExitCode::SUCCESS)
    }

    async fn cheapest(&mut self) -> anyhow::Result<Then> {
        let Some(search) = self.search(1).await? else { return Ok(Then::Again) };
        let outcome = self.server.cheapest(search).await;
        self.told(outcome, |words, found| words.cheapest(found.as_ref())).await
    }

    async fn list(&mut self) -> anyhow::Result<Then> {
        let Some(search) = self.search(LISTED).await? else { return Ok(Then::Again) };
        let outcome = self.server.list(search).await;
        self.told(outcome, |words, Page { stations, .. }| {
            if stations.is_empty() {
                words.cheapest(None)
            } else {
                list::table(&list::rows(&stations, words.language)).trim_end().to_owned()
            }
        })
        .await
    }

    async fn report(&mut self) -> anyhow::Result<Then> {
        let Some(fuel) = self.form.fuel().await? else { return Ok(Then::Again) };
        let Some(price) = self.form.price().await? else { return Ok(Then::Again) };
        let Some(position) = self.form.position().await? else { return Ok(Then::Again) };
        let radius_km = REPORT_RADIUS_KM;
        let wish = StationWish { fuel, position, station: None, radius_km, new: false, name: None, brand: None };
        let id = Some(random_id()?);
        let report = Report { wish, price, coordinates: coordinates_of(position), id, reporter: None, cautious: false };
        let outcome = self.server.report(report).await;
        self.told(outcome, |words, stored| words.stored(&stored)).await
    }

    async fn time(&mut self) -> anyhow::Result<Then> {
        let outcome = self.server.time().await;
        self.told(outcome, |words, told| match time::parse(&told.now) {
            Some(now) => words.server_time(now, told.ahead_of_utc_s.unwrap_or(0)),
            None => told.now,
        })
        .await
    }

    /// Where to look for what; `None` where the person went back to the menu.
    async fn search(&mut self, limit: usize) -> anyhow::Result<Option<Search>> {
        let Some(Place { fuel, radius_km, position }) = self.form.place().await? else { return Ok(None) };
        let circle = Circle::new(position, radius_km).context("the form takes no other radius")?;
        let coordinates = Some(coordinates_of(position));
        Ok(Some(Search { limit, coordinates, ..Search::new(fuel, Area::Circle(circle)) }))
    }

    /// Prints the answer, or why there is none; where the session is gone another one is opened.
    async fn told<T>(
        &mut self,
        outcome: Result<T, ClientError>,
        text: impl FnOnce(MenuWords, T) -> String,
    ) -> anyhow::Result<Then> {
        match outcome {
            Ok(answer) => say!("{}", text(self.words, answer)),
            Err(ClientError::Deadline | ClientError::Silent { .. }) => return Ok(Then::Gone),
            Err(ClientError::SessionLost) => {
                if !self.dialogue.reconnect(&mut self.server).await? {
                    return Ok(Then::Gone);
                }
                say!("{}", self.dialogue.words.failed());
            }
            Err(error) => say!("{}", client_error(error, self.words.language)),
        }
        Ok(Then::Again)
    }
}
