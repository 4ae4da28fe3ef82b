//! What each code means and what to do about it, in Portuguese and English: the pages under
//! `/problems` (`routes/problems.rs`), which are the addresses of the problems' types.

use serde::Serialize;
use utoipa::ToSchema;

use super::Code;

/// A text in two languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Text)]
pub(crate) struct Both {
    /// Portuguese.
    pub(crate) pt: &'static str,
    /// English.
    pub(crate) en: &'static str,
}

/// What is told of a code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    /// What happened.
    pub(crate) meaning: Both,
    /// What whoever asked can do.
    pub(crate) remedy: Both,
}

impl Code {
    /// What it means and what to do; a test holds that every code has both.
    pub(crate) fn meaning(self) -> Option<Meaning> {
        let lines = MEANINGS.iter().find(|(code, ..)| *code == self);
        lines.map(|(_, pt, en)| Meaning { meaning: Both { pt: pt.0, en: en.0 }, remedy: Both { pt: pt.1, en: en.1 } })
    }
}

/// What happened and what to do, in Portuguese and in English.
type Line = (Code, (&'static str, &'static str), (&'static str, &'static str));

static MEANINGS: &[Line] = &[
    (
        Code::UnreadableRequest,
        (
            "O pedido não pôde ser lido: a sintaxe está errada, ou um parâmetro falta, vem duas vezes ou não existe.",
            "Corrija cada parâmetro da lista errors; allowed diz o que é permitido.",
        ),
        (
            "The request cannot be read: its syntax is wrong, or a parameter is missing, given twice or unknown.",
            "Correct every parameter in the list errors; allowed says what may stand there.",
        ),
    ),
    (
        Code::NotPermitted,
        ("O servidor de preços não permite isto a quem pede.", "Peça a quem opera o servidor; repetir não ajuda."),
        (
            "The fuel-price server does not permit this to whoever asks.",
            "Ask whoever runs the server; asking again does not help.",
        ),
    ),
    (
        Code::TokenMissing,
        (
            "Aqui só relata preços quem mostra um token.",
            "Peça um token a quem opera o serviço: Authorization: Bearer TOKEN.",
        ),
        (
            "Prices are reported here with a token only.",
            "Ask whoever runs this for one, and send Authorization: Bearer TOKEN.",
        ),
    ),
    (
        Code::TokenWrong,
        ("O token mostrado não é conhecido aqui: está errado ou foi retirado.", "Confira o token, ou peça outro."),
        ("The token shown is not known here: it is wrong, or was taken back.", "Check it, or ask for another one."),
    ),
    (
        Code::CrossSite,
        ("Uma página de outro site não relata preços sem token.", "Relate pela página daqui, ou mostre um token."),
        ("A page of another site does not report without a token.", "Report on the page here, or show a token."),
    ),
    (
        Code::TooManyRequests,
        (
            "Este endereço ou token fez pedidos demais.",
            "Espere os segundos de Retry-After; RateLimit diz quanto resta.",
        ),
        (
            "This address or token has asked too often.",
            "Wait for the seconds of Retry-After; RateLimit says what is left.",
        ),
    ),
    (
        Code::InProgress,
        ("Um relato com a mesma Idempotency-Key ainda não terminou.", "Repita daqui a pouco, com a mesma chave."),
        ("A report with the same Idempotency-Key is still running.", "Ask again shortly, with the same key."),
    ),
    (
        Code::UnknownRoute,
        ("Nada existe neste endereço.", "Veja os endereços em /openapi.json ou /docs."),
        ("There is nothing at this address.", "See /openapi.json or /docs for the addresses that there are."),
    ),
    (
        Code::UnknownStation,
        ("Nenhum posto tem este id.", "Use um id de uma busca; o de um posto reunido a outro ou retirado já não vale."),
        (
            "No station has this id.",
            "Take an id from a search; that of a station merged into another or withdrawn holds no more.",
        ),
    ),
    (
        Code::NoStationInRadius,
        (
            "Nenhum posto dentro do raio vende o combustível, com as condições dadas.",
            "Aumente radius, ou retire condições como max_age e open_now.",
        ),
        (
            "No station in the radius sells the fuel, under the conditions given.",
            "Take a larger radius, or fewer conditions such as max_age and open_now.",
        ),
    ),
    (
        Code::MethodNotAllowed,
        ("O endereço existe, mas não com este método.", "O cabeçalho Allow diz os métodos que ele tem."),
        ("The address exists, but not with this method.", "The header Allow names the methods that it has."),
    ),
    (
        Code::NotAcceptable,
        (
            "A resposta não existe em nenhum dos formatos que o cabeçalho Accept aceita.",
            "Aceite um dos formatos que detail enumera, ou */*.",
        ),
        (
            "The answer exists in none of the media types that the header Accept takes.",
            "Accept one of those that detail names, or */*.",
        ),
    ),
    (
        Code::SlowRequest,
        (
            "O corpo do pedido não chegou inteiro até o prazo.",
            "Envie de novo, com a mesma Idempotency-Key; veja X-Deadline-Ms se o prazo foi curto.",
        ),
        (
            "The body of the request had not arrived by the deadline.",
            "Send it again with the same Idempotency-Key; if the deadline was short, see X-Deadline-Ms.",
        ),
    ),
    (
        Code::AmbiguousStation,
        (
            "Vários postos ficam perto o bastante para ser o do relato. Nada foi gravado.",
            "Envie de novo com station, um dos ids em candidates, ou com new: true se o posto é outro.",
        ),
        (
            "Several stations are near enough to be the one reported. Nothing was recorded.",
            "Send it again with station, one of the ids in candidates, or with new: true where it is another one.",
        ),
    ),
    (
        Code::HiddenStation,
        (
            "O operador ocultou o posto do relato: ele não recebe preços. Nada foi gravado.",
            "Se o posto existe, avise quem opera o servidor; se é outro, envie sem station, com new: true.",
        ),
        (
            "The operator hid the station reported: it takes no prices. Nothing was recorded.",
            "If it exists, tell whoever runs the server; if it is another one, send it without station and with new: true.",
        ),
    ),
    (
        Code::KeyReused,
        (
            "Esta Idempotency-Key já veio com outro relato nas últimas 24 horas. Nada foi gravado.",
            "Use uma chave nova para cada relato, e a mesma só para repetir um.",
        ),
        (
            "This Idempotency-Key came with another report in the last 24 hours. Nothing was recorded.",
            "Take a new key for every report, and the same one only to repeat it.",
        ),
    ),
    (
        Code::BodyTooLarge,
        ("O corpo passa de 16 KiB. Nada foi gravado.", "Um relato tem algumas centenas de bytes: encurte os textos."),
        ("The body has more than 16 KiB. Nothing was recorded.", "A report has some hundred bytes: shorten its texts."),
    ),
    (
        Code::UnsupportedMediaType,
        ("O corpo não é JSON.", "Envie Content-Type: application/json, sem Content-Encoding."),
        ("The body is not JSON.", "Send Content-Type: application/json, without Content-Encoding."),
    ),
    (
        Code::WrongHost,
        (
            "O cabeçalho Host não é um nome deste servidor; num endereço local só os nomes locais são aceitos.",
            "Use um dos nomes que detail enumera.",
        ),
        (
            "The header Host is no name of this server; on a local address only local names are served.",
            "Use one of the names in detail.",
        ),
    ),
    (
        Code::NotAllowed,
        (
            "Um valor pôde ser lido, mas não é permitido.",
            "Corrija cada parâmetro da lista errors; allowed diz o que é permitido.",
        ),
        (
            "A value can be read, but is not allowed.",
            "Correct every parameter in the list errors; allowed says what may stand there.",
        ),
    ),
    (
        Code::ConflictingParameters,
        (
            "Cada parâmetro é permitido, mas não junto com os outros.",
            "Retire um dos parâmetros que a lista errors nomeia, ou dê o que lhe falta.",
        ),
        (
            "Each parameter is allowed, but not together with the others.",
            "Leave out one of those that the list errors names, or give what it needs.",
        ),
    ),
    (
        Code::TooLongForServer,
        ("O pedido é maior do que o servidor de preços lê.", "Encurte os textos: name, brand."),
        ("The request is longer than the fuel-price server reads.", "Shorten its texts: name, brand."),
    ),
    (
        Code::InternalError,
        ("O gateway falhou: o erro é nosso.", "Tente de novo; se continuar, avise quem o opera, com o request_id."),
        (
            "The gateway failed: the fault is ours.",
            "Try again; if it stays, tell whoever runs it, with the request_id.",
        ),
    ),
    (
        Code::NotSupportedByServer,
        (
            "O servidor de preços por trás é um original de 2019, ou mais antigo que o gateway, e não sabe fazer isto.",
            "Com ele só há relatos e o mais barato de diesel, etanol e gasolina num raio.",
        ),
        (
            "The fuel-price server behind is an original one of 2019, or older than the gateway, and cannot do this.",
            "With it there are only reports and the cheapest of diesel, ethanol and gasoline in a radius.",
        ),
    ),
    (
        Code::UnreadableAnswer,
        (
            "O servidor de preços respondeu algo que o gateway não entende.",
            "Avise quem o opera, com o request_id: as versões não combinam.",
        ),
        (
            "The fuel-price server answered something that the gateway does not understand.",
            "Tell whoever runs it, with the request_id: the versions do not fit.",
        ),
    ),
    (
        Code::ServerSilent,
        (
            "O servidor de preços não responde.",
            "Espere os segundos de Retry-After e tente de novo; um relato, com a mesma Idempotency-Key.",
        ),
        (
            "The fuel-price server does not answer.",
            "Wait the seconds of Retry-After and try again; a report with the same Idempotency-Key.",
        ),
    ),
    (
        Code::ServerUnreachable,
        (
            "O servidor de preços não pode ser alcançado: o nome não existe ou a rede não leva até ele.",
            "Tente mais tarde; quem opera o gateway acha a causa no registro dele.",
        ),
        (
            "The fuel-price server cannot be reached: its name does not exist or the network does not lead there.",
            "Try later; whoever runs the gateway finds the cause in its log.",
        ),
    ),
    (
        Code::SessionLost,
        (
            "A sessão com o servidor de preços acabou no meio do pedido.",
            "Tente de novo; um relato, com a mesma Idempotency-Key, conta uma só vez.",
        ),
        (
            "The session with the fuel-price server ended in the middle of the request.",
            "Try again; a report with the same Idempotency-Key counts once.",
        ),
    ),
    (
        Code::Busy,
        ("Há pedidos demais à espera. Este não foi executado.", "Espere os segundos de Retry-After e tente de novo."),
        ("Too many requests are waiting. This one was not executed.", "Wait the seconds of Retry-After and try again."),
    ),
    (
        Code::Behind,
        (
            "Nenhum servidor de preços tem ainda o que o cabeçalho Posto-Position diz que já foi visto.",
            "Espere os segundos de Retry-After e tente de novo; sem Posto-Position responde quem estiver atrasado.",
        ),
        (
            "No fuel-price server has yet what the header Posto-Position says was seen.",
            "Wait the seconds of Retry-After and try again; without Posto-Position one that is behind answers.",
        ),
    ),
    (
        Code::Draining,
        (
            "Este gateway está parando: termina o que começou e não aceita mais nada.",
            "Tente de novo; outro gateway, ou este depois de reiniciado, responde.",
        ),
        (
            "This gateway is about to stop: it finishes what it has begun and takes nothing more.",
            "Try again; another gateway, or this one once it has started again, answers.",
        ),
    ),
    (
        Code::ServerStopped,
        ("O servidor de preços não grava mais: o diário dele parou.", "Quem o opera precisa agir; buscas continuam."),
        (
            "The fuel-price server records no more: its journal has stopped.",
            "Whoever runs it must act; searches go on.",
        ),
    ),
    (
        Code::NoAnswerInTime,
        (
            "O pedido foi enviado ao servidor de preços e a resposta não veio até o prazo.",
            "Tente de novo; um relato pode ter sido gravado, e com a mesma Idempotency-Key conta uma só vez.",
        ),
        (
            "The request was sent to the fuel-price server, and no answer came by the deadline.",
            "Try again; a report may have been recorded, and with the same Idempotency-Key it counts once.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_once_in_both_languages() {
        for code in Code::ALL {
            let told: Vec<_> = MEANINGS.iter().filter(|(known, ..)| *known == code).collect();
            assert_eq!(told.len(), 1, "{code:?} is not explained in code/meaning.rs, or twice");
            let Meaning { meaning, remedy } = code.meaning().unwrap();
            for text in [meaning.pt, meaning.en, remedy.pt, remedy.en] {
                assert!(text.ends_with(['.', '*']) && text.len() > 15, "{code:?}: {text}");
            }
            assert!(meaning.pt != meaning.en && remedy.pt != remedy.en, "{code:?}");
        }
    }
}
