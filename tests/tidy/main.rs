//! The documents tell the truth: paths in them exist, commands in them print what they say.

mod documents;
mod protocol;
mod readme;
