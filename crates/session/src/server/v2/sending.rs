//! Frames on their way to a peer: whatever is ready when the socket is written travels together
//! (PROTOCOL §8.3), and long answers go in parts (§8.6).

use std::net::SocketAddr;

use posto_wire::limits::MAX_FRAME;
use posto_wire::v2::{Fragment, Frame};

use super::super::replies::Reply;
use super::super::{Port, Server, Transmit};
use crate::limits::BUSY_RETRY;

impl Server {
    pub(super) fn push_busy(&mut self, peer: SocketAddr, sequence: u64, attempt: u32) {
        self.counters.busy += 1;
        let busy_ms = u32::try_from(BUSY_RETRY.as_millis()).ok();
        self.push(peer, &Frame { busy_ms, going_away: self.draining, ..head(sequence, attempt) });
    }

    /// Sends an answer; of a long one the parts that are `missing`, or all where none is named.
    pub(super) fn send_reply(
        &mut self,
        peer: SocketAddr,
        (sequence, attempt): (u64, u32),
        reply: &Reply,
        missing: &[u16],
    ) {
        let mut head = Frame { going_away: self.draining, ..head(sequence, attempt) };
        match reply {
            Reply::Error(error) => self.push(peer, &Frame { error: Some(*error), ..head }),
            Reply::Data(json) => {
                let mut members = String::with_capacity(json.len() + 64);
                Frame::write_answer(&mut members, &head, json);
                if members.len() <= MAX_FRAME {
                    return self.push_members(peer, &members);
                }
                let slices = Frame::slices(json);
                let count = u16::try_from(slices.len()).unwrap_or(u16::MAX);
                for (index, slice) in (0..count).zip(slices) {
                    if missing.is_empty() || missing.contains(&index) {
                        head.fragment = Some(Fragment { index, count });
                        members.clear();
                        Frame::write_part(&mut members, &head, slice);
                        self.push_members(peer, &members);
                    }
                }
            }
        }
    }

    pub(super) fn push(&mut self, peer: SocketAddr, frame: &Frame) {
        let mut members = String::with_capacity(64);
        frame.write(&mut members);
        self.push_members(peer, &members);
    }

    /// Adds a frame to what this peer is sent next; a datagram that is full goes first.
    fn push_members(&mut self, peer: SocketAddr, members: &str) {
        let full = self.sessions.v2(peer).is_some_and(|(_, session)| !session.writer.has_room(members));
        if full {
            self.flush_session(peer);
        }
        let Some((_, session)) = self.sessions.v2(peer) else { return };
        session.writer.push(members);
        if !session.unsent {
            session.unsent = true;
            self.unsent.push_back(peer);
        }
    }

    pub(super) fn flush_session(&mut self, peer: SocketAddr) {
        let Some((_, session)) = self.sessions.v2(peer) else { return };
        if !session.writer.is_empty() {
            let bytes = session.writer.close(session.id, &session.to_client).into();
            self.transmits.push_back(Transmit { port: Port::Server, to: peer, bytes });
        }
    }

    /// The next datagram of those that were waiting for company.
    pub(in crate::server) fn next_unsent(&mut self) -> Option<Transmit> {
        while let Some(peer) = self.unsent.pop_front() {
            if let Some((_, session)) = self.sessions.v2(peer) {
                session.unsent = false;
            }
            self.flush_session(peer);
            if let Some(transmit) = self.transmits.pop_front() {
                return Some(transmit);
            }
        }
        None
    }
}

/// What an answer begins with: alone it is the early ACK.
pub(super) fn head(sequence: u64, attempt: u32) -> Frame {
    Frame { ack_number: sequence.saturating_add(1), attempt, ..Frame::default() }
}
