//! The server as its clients see it: [`posto_server::run`] with a journal on disk, asked over UDP.
//! Each answer's datagram is looked at whole: no peer of v1 is ever sent more than it reads.

mod changes;
mod disk;
mod fitting;
mod group;
mod json;
mod lists;
mod moderation;
mod operators;
mod reporters;
mod reports;
mod support;
mod texts;
