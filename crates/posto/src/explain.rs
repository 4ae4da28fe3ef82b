//! What went wrong, said in the language of the person who asked.

use anyhow::{Error, anyhow};
use posto_client::ClientError;
use posto_feeds::FeedError;
use posto_wire::{ErrorCode, Mistake};

use crate::language::Language;

/// A failed command, as one line for people.
pub fn client_error(error: ClientError, language: Language) -> Error {
    let (pt, en) = match error {
        ClientError::Refused(mistake) => return anyhow!("{}", mistake_text(&mistake, language)),
        ClientError::Silent { server } => {
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
        ClientError::TooLarge { .. } => (
            "o pedido passa dos 1024 bytes que um servidor lê",
            "the request is longer than the 1024 bytes that a server reads",
        ),
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
        ErrorCode::PostoAmbiguo => {
            "several stations are near this position: choose one by its id, or ask for a new one"
        }
        ErrorCode::IdReutilizado => "this id was used for another report within the last 24 hours",
        ErrorCode::NaoPermitido => "only operators may do this: the server must listen on a loopback address",
        ErrorCode::RespostaGrande => "the answer is too large for a datagram",
        ErrorCode::Ocupado => "too many reports wait for the disk: try again shortly",
        ErrorCode::DiarioParado => "the server cannot store prices any more: its disk failed",
        ErrorCode::Outro => "the server refused, for a reason that this program does not know",
    };
    match &mistake.parameter {
        Some(parameter) if mistake.code != ErrorCode::PostoAmbiguo => format!("{text} ({parameter})"),
        _ => text.to_owned(),
    }
}

/// A feed that could not be read. `named` gives the path that the person typed for the feed's own
/// name of a file.
pub fn feed_error(error: &FeedError, language: Language, named: impl Fn(&str) -> String) -> Error {
    let line = language.pick("linha", "line");
    let text = match error {
        FeedError::Read { file, line: at, source } => format!("{}, {line} {at}: {source}", named(file)),
        FeedError::Heading { file, line: at, expected, found } => {
            let (wanted, got) = language.pick(("esperava", "encontrei"), ("expected", "found"));
            format!("{}, {line} {at}: {wanted} {expected:?}, {got} {found:?}", named(file))
        }
        FeedError::LineTooLong { file, line: at, limit } => {
            let longer = language.pick("mais longa que", "longer than");
            format!("{}, {line} {at}: {longer} {limit} bytes", named(file))
        }
        FeedError::Corrupt { file, line: at, problem } => format!("{}, {line} {at}: {problem}", named(file)),
        FeedError::NotUtf8 { file, line: at } => {
            format!("{}, {line} {at}: {}", named(file), language.pick("não é UTF-8", "not UTF-8"))
        }
        FeedError::NotJson { line: at, column, .. } => {
            let not_json = language.pick("não é JSON", "not JSON");
            format!("{}, {line} {at}:{column}: {not_json}", named(""))
        }
        FeedError::NotAnArray { line: at, column, .. } => {
            let not_array = language.pick("esperava uma lista de registros", "expected an array of records");
            format!("{}, {line} {at}:{column}: {not_array}", named(""))
        }
    };
    anyhow!(text)
}

/// What is allowed in a member of `dados.json`.
pub fn allowed_in_dados(member: Option<&str>, language: Language) -> &'static str {
    let (pt, en) = match member {
        Some("tipoCombustivel") => ("\"0\" a \"8\"", "\"0\" to \"8\""),
        Some("valor") => ("inteiro de 1 a 999999, em milésimos", "an integer from 1 to 999999, in thousandths"),
        Some("coordenadas") => {
            ("\"(lat;lon)\", de -90 a 90 e de -180 a 180 graus", "\"(lat;lon)\", -90 to 90 and -180 to 180 degrees")
        }
        Some(_) => ("um texto", "a text"),
        None => ("um objeto", "an object"),
    };
    language.pick(pt, en)
}
