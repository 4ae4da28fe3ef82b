//! Between this crate's [`Value`] and serde: typed answers are written and read through it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json::{Object, Value};

/// The value of anything serialisable; null where it has no JSON form (none here lacks one).
pub(crate) fn to_value(item: &impl Serialize) -> Value {
    serde_json::to_value(item).map_or(Value::Null, from_serde)
}

/// The item that a value describes.
///
/// # Errors
/// What does not fit, in serde's words.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(to_serde(value))
}

fn from_serde(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| number.as_f64().map_or(Value::Null, Value::Float), Value::Integer)
        }
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(list) => Value::List(list.into_iter().map(from_serde).collect()),
        serde_json::Value::Object(members) => {
            let mut object = Object::new();
            for (name, value) in members {
                object.set(&name, from_serde(value));
            }
            Value::Object(object)
        }
    }
}

fn to_serde(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => flag.into(),
        Value::Integer(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::List(list) => list.into_iter().map(to_serde).collect(),
        Value::Object(object) => object.into_iter().map(|(name, value)| (name, to_serde(value))).collect(),
    }
}
