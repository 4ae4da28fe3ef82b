//! What is wrong with a command: one value, told as v1 text or as a JSON `erro` (PROTOCOL §4, §7).

use serde::{Deserialize, Serialize};

/// The stable code of an error, `codigo` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// `acao` is none that this server knows.
    AcaoDesconhecida,
    /// A member that must be there is missing, null or empty.
    ParametroVazio,
    /// A member is of another type or outside its range.
    ParametroInvalido,
    /// `coordenadas` is not `"(lat;lon)"`.
    CoordenadasInvalidas,
    /// No station has the id given.
    PostoDesconhecido,
    /// An operator hid the station with the id given.
    PostoOculto,
    /// Several stations are near enough to be the one meant.
    PostoAmbiguo,
    /// The report's `id` was used before with other content.
    IdReutilizado,
    /// An operator's order that cannot be carried out.
    AtoImpossivel,
    /// An operator's command from someone who is none.
    NaoPermitido,
    /// Not stored yet: it would displace a fresh price of somebody who is vouched for, and waits for
    /// a second reporter (PROTOCOL §5.5).
    AguardaConfirmacao,
    /// Too many reports from one place (PROTOCOL §5.5).
    MuitosRelatos,
    /// The answer would be longer than the peer reads.
    RespostaGrande,
    /// Too much is waiting; try again.
    Ocupado,
    /// The server has not come to the position that was named (PROTOCOL §7.21).
    Atrasado,
    /// Nobody knows whether the report was recorded: the log did not say (PROTOCOL §7.21).
    Incerto,
    /// The journal does not take anything any more.
    DiarioParado,
    /// A code that this reader does not know, of a newer server: a "no" all the same.
    #[serde(other)]
    Outro,
}

/// An error answer. Displayed, it is the v1 text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// `codigo`: the stable code.
    #[serde(rename = "codigo")]
    pub code: ErrorCode,
    /// `mensagem`: a sentence in Portuguese.
    #[serde(rename = "mensagem")]
    pub message: String,
    /// `parametro`: the member that is wrong.
    #[serde(rename = "parametro", default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// `permitido`: what is allowed there.
    #[serde(rename = "permitido", default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
    /// `candidatos`: the stations to choose from, with [`ErrorCode::PostoAmbiguo`].
    #[serde(rename = "candidatos", default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<crate::answer::Candidate>,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl Mistake {
    /// An error with a code and a sentence.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), parameter: None, allowed: None, candidates: Vec::new() }
    }

    /// `O parâmetro {nome} não pode ser vazio`
    pub(crate) fn empty(parameter: &str) -> Self {
        let message = format!("O parâmetro {parameter} não pode ser vazio");
        Self { parameter: Some(parameter.to_owned()), ..Self::new(ErrorCode::ParametroVazio, message) }
    }

    /// A member with a value that is not allowed.
    #[must_use]
    pub fn not_allowed(parameter: &str, allowed: &str) -> Self {
        let message = format!("Parâmetro {parameter} inválido. Permitido: {allowed}");
        Self {
            parameter: Some(parameter.to_owned()),
            allowed: Some(allowed.to_owned()),
            ..Self::new(ErrorCode::ParametroInvalido, message)
        }
    }
}
