//! Tests of the journal's behaviour, and the means they share.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    None,
}
impl Sabotage {
    pub(crate) fn before_commit(self, _: &mut [crate::queue::Job], _: &[crate::Outcome]) {}
    pub(crate) fn after_opening(self, _: &rusqlite::Connection) {}
}
