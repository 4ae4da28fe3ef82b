//! Between this crate's [`Value`] and serde: typed answers are written and read through it.

use serde::Serialize;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::json::{Object, Value};

/// The value of anything serialisable; null where it has no JSON form (none here lacks one).
pub(crate) fn to_value(item: &impl Serialize) -> Value {
    serde_json::to_value(item).map_or(Value::Null, from_serde)
}

/// The item that a value describes.
///
/// # Errors
/// What does not fit, in serde's words.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Read(value))
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

/// A value being read by serde; what borrows nothing from it needs no other form of it first.
struct Read(Value);

impl<'de> Deserializer<'de> for Read {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            // As serde_json's numbers: what takes unsigned ones alone refuses no others.
            Value::Integer(number) => match u64::try_from(number) {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_i64(number),
            },
            Value::Float(number) => visitor.visit_f64(number),
            Value::Text(text) => visitor.visit_string(text),
            Value::List(list) => visitor.visit_seq(SeqDeserializer::new(list.into_iter().map(Read))),
            Value::Object(object) => {
                visitor.visit_map(MapDeserializer::new(object.into_iter().map(|(name, value)| (name, Read(value)))))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Text(word) => word.into_deserializer().deserialize_enum(name, variants, visitor),
            _ => Err(Error::custom("expected one of a few words")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Read {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
