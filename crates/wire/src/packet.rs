//! One datagram of v1: a JSON object with eight members (PROTOCOL §1), read and written.

use crate::checksum::lrc;
use crate::json::{self, Object, Value};
use crate::limits::MAX_DATAGRAM;
use crate::python;
use crate::refusal::Refusal;

/// The eight members of a v1 packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Packet {
    /// `dados`: a command (client), a text or an object (server), or null.
    pub data: Value,
    /// `SYN`: opens a session.
    pub syn: bool,
    /// `ACK`: confirms the handshake, or says that a request's checksum matched.
    pub ack: bool,
    /// `FIN`: ends the session.
    pub fin: bool,
    /// `ack`: the next number expected, 0..=2^53.
    pub ack_number: u64,
    /// `seq`: the number of this packet, 0..=2^53.
    pub sequence: u64,
    /// `proxSeq`: the `ack` that the sender expects back.
    pub next_sequence: u64,
    /// `checksum`: in a request the sum over its bytes, in an answer the sum that the server
    /// computed over the request.
    pub checksum: Option<u8>,
}

/// A packet as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Its eight members.
    pub packet: Packet,
    /// The checksum computed over what arrived without its `checksum` member.
    pub computed_checksum: u8,
    /// All members but `dados`, in order of arrival, unknown ones included.
    pub header: Object,
}

impl Packet {
    /// A packet without data or flags: the start of every other one.
    pub const EMPTY: Self = Self {
        data: Value::Null,
        syn: false,
        ack: false,
        fin: false,
        ack_number: 0,
        sequence: 0,
        next_sequence: 0,
        checksum: None,
    };

    /// A request with its checksum set.
    #[must_use]
    pub fn request(sequence: u64, data: Value) -> Self {
        let mut packet = Self { data, sequence, next_sequence: sequence.saturating_add(1), ..Self::EMPTY };
        packet.checksum = Some(lrc(packet.text_without_checksum(true).as_bytes()));
        packet
    }

    /// The datagram: the eight members in the order of PROTOCOL §1, as Python's `json.dumps`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = self.text_without_checksum(false);
        match self.checksum {
            Some(sum) => text.push_str(&format!(", \"checksum\": {sum}}}")),
            None => text.push_str(", \"checksum\": null}"),
        }
        text.into_bytes()
    }

    /// Whether there is no data to speak of: null, an empty text or an empty object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.data {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::Object(object) => object.is_empty(),
            _ => false,
        }
    }

    fn text_without_checksum(&self, closed: bool) -> String {
        let mut text = String::with_capacity(256);
        text.push_str("{\"dados\": ");
        python::write_value(&mut text, &self.data);
        text.push_str(&format!(
            ", \"SYN\": {}, \"ACK\": {}, \"FIN\": {}, \"ack\": {}, \"seq\": {}, \"proxSeq\": {}",
            self.syn, self.ack, self.fin, self.ack_number, self.sequence, self.next_sequence
        ));
        if closed {
            text.push('}');
        }
        text
    }
}

/// Reads a datagram.
///
/// # Errors
/// The [`Refusal`] under which the datagram is counted; it is never answered.
pub fn parse(bytes: &[u8]) -> Result<Received, Refusal> {
    if bytes.len() > MAX_DATAGRAM {
        return Err(Refusal::TooLong);
    }
    let Value::Object(mut header) = json::parse(bytes)? else { return Err(Refusal::NotObject) };
    let computed_checksum = checksum_of(&header);
    let packet = Packet {
        data: header.remove("dados").ok_or(Refusal::MissingMember)?,
        syn: flag(&header, "SYN")?,
        ack: flag(&header, "ACK")?,
        fin: flag(&header, "FIN")?,
        ack_number: number(&header, "ack")?,
        sequence: number(&header, "seq")?,
        next_sequence: number(&header, "proxSeq")?,
        checksum: checksum_member(&header)?,
    };
    match packet.data {
        Value::Null | Value::Text(_) | Value::Object(_) => Ok(Received { packet, computed_checksum, header }),
        _ => Err(Refusal::WrongType),
    }
}

/// PROTOCOL §2: the members in order of arrival, without `checksum`, re-serialised.
fn checksum_of(members: &Object) -> u8 {
    let mut text = String::with_capacity(256);
    let mut summed = members.clone();
    summed.remove("checksum");
    python::write_object(&mut text, &summed);
    lrc(text.as_bytes())
}

fn member<'a>(members: &'a Object, name: &str) -> Result<&'a Value, Refusal> {
    members.get(name).ok_or(Refusal::MissingMember)
}

fn flag(members: &Object, name: &str) -> Result<bool, Refusal> {
    match member(members, name)? {
        Value::Bool(flag) => Ok(*flag),
        _ => Err(Refusal::WrongType),
    }
}

fn number(members: &Object, name: &str) -> Result<u64, Refusal> {
    match member(members, name)? {
        Value::Integer(number) => u64::try_from(*number).map_err(|_| Refusal::WrongType),
        _ => Err(Refusal::WrongType),
    }
}

fn checksum_member(members: &Object) -> Result<Option<u8>, Refusal> {
    match member(members, "checksum")? {
        Value::Null => Ok(None),
        Value::Integer(sum) => u8::try_from(*sum).map(Some).map_err(|_| Refusal::WrongType),
        _ => Err(Refusal::WrongType),
    }
}

#[cfg(test)]
mod tests;
