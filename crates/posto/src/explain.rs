//! What went wrong, said in the language of the person who asked.

use std::fmt::Display;

use anyhow::{Error, anyhow};
use posto_client::ClientError;
use posto_feeds::FeedError;
use posto_wire::{ErrorCode, Mistake};

use crate::language::Language;

/// A failed command, as one line for people.
pub fn client_error(error: ClientError, language: Language) -> Error {
    let (pt, en) = match error {
        ClientError::Refused(mistake) => return anyhow!("{}", mistake_text(&mistake, language)),
        ClientError::Silent { server, with_key: true } => {
            let pt = format!(
                "o servidor em {server} não responde, ou não à nossa chave: ele tem a mesma (--psk-file)? Um servidor sem \
                 chave, ou com outra, fica calado"
            );
            let en = format!(
                "the server at {server} does not answer, or not to our key: has it the same one (--psk-file)? A server \
                 without a key, or with another one, stays silent"
            );
            return anyhow!(language.choose(pt, en));
        }
        ClientError::Silent { server, with_key: false } => {
            let (pt, en) =
                (format!("o servidor em {server} não responde"), format!("the server at {server} does not answer"));
            return anyhow!(language.choose(pt, en));
        }
        ClientError::NoSession(words) => {
            let pt = format!("o servidor recusou a sessão: {words}");
            return anyhow!(language.choose(pt, format!("the server refused the session: {words}")));
        }
        ClientError::Local(problem) => return anyhow!(problem),
        ClientError::Unreadable(what) => {
            let pt = format!("a resposta do servidor não pôde ser lida: {what}");
            return anyhow!(language.choose(pt, format!("the server's answer could not be read: {what}")));
        }
        ClientError::Deadline => (
            "o servidor não respondeu a tempo; o comando pode ter sido executado",
            "no answer by the deadline; the command may have been executed",
        ),
        ClientError::SessionLost => (
            "a sessão se perdeu; o comando pode ter sido executado",
            "the session was lost; the command may have been executed",
        ),
        ClientError::Busy => ("pedidos demais esperam", "too many requests are waiting"),
        ClientError::ServerBusy { .. } => (
            "o servidor está ocupado e não executou o comando; tente de novo em instantes",
            "the server is busy and did not execute the command; try again shortly",
        ),
        ClientError::Expired => (
            "o servidor não chegou a executar o comando a tempo",
            "the server did not get to the command in time; it was not executed",
        ),
        ClientError::WrongKey { server } => {
            let pt = format!("o servidor em {server} responde, mas não com a nossa chave (--psk-file)");
            let en = format!("the server at {server} answers, but not with our key (--psk-file)");
            return anyhow!(language.choose(pt, en));
        }
        ClientError::TooLarge { bytes, limit } => {
            let pt = format!("o pedido tem {bytes} bytes e o servidor lê no máximo {limit}");
            let en = format!("the request has {bytes} bytes and the server reads at most {limit}");
            return anyhow!(language.choose(pt, en));
        }
        ClientError::NotSupported => (
            "o servidor é um original de 2019 e não conhece este comando",
            "the server is an original one of 2019 and does not know this command",
        ),
    };
    anyhow!(language.pick(pt, en))
}

/// What the server refused: its own words in Portuguese, ours in English.
fn mistake_text(mistake: &Mistake, language: Language) -> String {
    if language == Language::Pt {
        return mistake.message.trim_end().to_owned();
    }
    let text = match mistake.code {
        ErrorCode::AcaoDesconhecida => "the server does not know this command",
        ErrorCode::ParametroVazio => "a value is missing",
        ErrorCode::ParametroInvalido => "a value is not allowed",
        ErrorCode::CoordenadasInvalidas => "the coordinates are not (latitude;longitude)",
        ErrorCode::PostoDesconhecido => "no station has this id",
        ErrorCode::PostoOculto => "the server's operator hid this station: it takes no prices",
        ErrorCode::AtoImpossivel => {
            "the order cannot be carried out: merge only into another station that is in sight, withdraw fewer prices at once (a later --since)"
        }
        ErrorCode::PostoAmbiguo => {
            "several stations are near this position: choose one by its id, or ask for a new one"
        }
        ErrorCode::IdReutilizado => "this id was used for another report within the last 24 hours",
        ErrorCode::NaoPermitido => "the server does not allow it without its key (--psk-file)",
        ErrorCode::AguardaConfirmacao => {
            "not stored yet: a fresh price of a known source holds until a second reporter says the same"
        }
        ErrorCode::MuitosRelatos => "too many reports from this address: try again in a minute",
        ErrorCode::RespostaGrande => "the answer is too large for a datagram",
        ErrorCode::Ocupado => "too many reports wait for the disk: try again shortly",
        ErrorCode::Atrasado => "the server does not have yet what was seen elsewhere: try again shortly",
        ErrorCode::Incerto => {
            "nobody knows whether the report was stored: the servers' log did not answer in time; look before you report again"
        }
        ErrorCode::DiarioParado => "the server cannot store prices any more: its disk failed",
        ErrorCode::Outro => "the server refused, for a reason that this program does not know",
    };
    match &mistake.parameter {
        Some(parameter) if mistake.code != ErrorCode::PostoAmbiguo => format!("{text} ({parameter})"),
        _ => text.to_owned(),
    }
}

/// What the person calls the files of a feed, by the feed's own names.
#[derive(Debug, Clone, Default)]
pub struct Labels(Vec<(&'static str, String)>);

impl Labels {
    pub fn new<'a>(names: impl Iterator<Item = (&'static str, &'a str)>) -> Self {
        Self(names.map(|(name, label)| (name, label.to_owned())).collect())
    }

    /// The label of a file; the feed's own name of it where several files have that.
    pub fn of<'a>(&'a self, name: &'a str) -> &'a str {
        let mut labels = self.0.iter().filter(|(known, _)| *known == name || name.is_empty());
        match (labels.next(), labels.next()) {
            (Some((_, label)), None) => label,
            _ => name,
        }
    }
}

/// A feed that could not be read, as one line for people.
pub fn feed_error(error: &FeedError, language: Language, labels: &Labels) -> Error {
    let line = language.pick("linha", "line");
    let place = |file: &str, at: &dyn Display| format!("{}, {line} {at}", labels.of(file));
    let text = match error {
        FeedError::Unreadable { label, source } => format!("{label}: {source}"),
        FeedError::Empty { label } => {
            format!("{label}: {}", language.pick("o arquivo está vazio", "the file is empty"))
        }
        FeedError::OtherFeed { label, feed, belongs_to } => {
            let pt = format!("{label}: este arquivo é de {belongs_to}, não de {feed}");
            language.choose(pt, format!("{label}: this is a file of {belongs_to}, not of {feed}"))
        }
        FeedError::TooManyFiles { label, feed } => {
            let pt = format!("{label}: {feed} não usa este arquivo ao lado dos outros");
            language.choose(pt, format!("{label}: {feed} has no use for this file beside the others"))
        }
        FeedError::MissingFile { feed, file } => language
            .choose(format!("falta um arquivo de {feed}: {file}"), format!("a file of {feed} is missing: {file}")),
        FeedError::NoRecords { feed } => {
            let pt = format!("{feed}: nenhum posto ou preço no que foi lido");
            language.choose(pt, format!("{feed}: no station or price in what was read"))
        }
        FeedError::OtherCountry { feed, stations } => {
            let pt = format!("{feed}: nenhum dos {stations} postos lidos fica no país");
            language.choose(pt, format!("{feed}: none of the {stations} stations read is in the country"))
        }
        FeedError::Read { file, line: at, source } => format!("{}: {source}", place(file, at)),
        FeedError::Heading { file, line: at, expected, found } => {
            let (wanted, got) = language.pick(("esperava", "encontrei"), ("expected", "found"));
            format!("{}: {wanted} {expected:?}, {got} {found:?}", place(file, at))
        }
        FeedError::LineTooLong { file, line: at, limit } => {
            format!("{}: {} {limit} bytes", place(file, at), language.pick("mais longa que", "longer than"))
        }
        FeedError::Corrupt { file, line: at, problem } => {
            let pt = "o arquivo está danificado ou termina cedo demais".to_owned();
            format!("{}: {}", place(file, at), language.choose(pt, problem.clone()))
        }
        FeedError::NotUtf8 { file, line: at } => {
            format!("{}: {}", place(file, at), language.pick("não está em UTF-8", "not UTF-8"))
        }
        FeedError::NotJson { line: at, column, .. } => {
            format!("{}:{column}: {}", place("", at), language.pick("não é JSON", "not JSON"))
        }
        FeedError::NotAnArray { line: at, column, .. } => {
            let not_array = language.pick("esperava uma lista de registros", "expected an array of records");
            format!("{}:{column}: {not_array}", place("", at))
        }
    };
    anyhow!(text)
}
