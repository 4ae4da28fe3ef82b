//! Tests of the journal's behaviour, and the means they share.

mod behaviour;
mod crash;
mod crash_check;
mod ended;
mod every_write;
mod failure;
mod followed_crash;
mod followers;
mod following;
mod group_commit;
mod history;
mod ids;
mod indexing;
mod log;
mod migration;
mod model;
mod moderation;
mod opening;
mod retention;
mod sabotage;
mod speed;
pub(crate) mod support;
mod tail;
mod tools;
mod vouched;

pub(crate) use sabotage::Sabotage;
