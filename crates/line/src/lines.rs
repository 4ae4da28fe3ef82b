//! Lines out of a stream of bytes, however it was cut into pieces on its way.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::limits::{MAX_LINE_BYTES, READ_BYTES};
use crate::telnet::Telnet;

/// The lines of one peer.
pub(crate) struct Lines<R> {
    source: R,
    chunk: Box<[u8; READ_BYTES]>,
    /// Of the chunk, what has not been looked at yet.
    left: std::ops::Range<usize>,
    line: Vec<u8>,
    telnet: Telnet,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A whole line, without its end.
    Line(Vec<u8>),
    /// A telnet wants to be answered this; the line is not there yet.
    Owed(Vec<u8>),
    /// The line has more bytes than are read.
    TooLong,
    /// The peer sends no more; whether it stopped in the middle of a line.
    End {
        /// Something was left over.
        unfinished: bool,
    },
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn of(source: R) -> Self {
        Self { source, chunk: Box::new([0; READ_BYTES]), left: 0..0, line: Vec::new(), telnet: Telnet::default() }
    }

    /// The next line, waited for. Nothing is lost where the wait is broken off.
    ///
    /// # Errors
    /// What the system said of the connection.
    pub(crate) async fn next(&mut self) -> io::Result<Next> {
        loop {
            if let Some(next) = self.in_chunk() {
                return Ok(next);
            }
            let owed = self.telnet.take_owed();
            if !owed.is_empty() {
                return Ok(Next::Owed(owed));
            }
            let read = self.source.read(self.chunk.as_mut_slice()).await?;
            if read == 0 {
                return Ok(Next::End { unfinished: !self.line.is_empty() });
            }
            self.left = 0..read;
        }
    }

    /// Gives the source back, for what comes after the last line.
    pub(crate) fn into_source(self) -> R {
        self.source
    }

    fn in_chunk(&mut self) -> Option<Next> {
        while let Some(byte) = self.left.next().and_then(|index| self.chunk.get(index)) {
            match self.telnet.pass(*byte) {
                Some(b'\n') => return Some(Next::Line(self.take_line())),
                Some(_) if self.line.len() >= MAX_LINE_BYTES => return Some(Next::TooLong),
                Some(byte) => self.line.push(byte),
                None => {}
            }
        }
        None
    }

    /// A telnet ends its lines with CR LF, or with CR NUL.
    fn take_line(&mut self) -> Vec<u8> {
        let mut line = std::mem::take(&mut self.line);
        while matches!(line.last(), Some(b'\r' | 0)) {
            line.pop();
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All that comes of bytes that arrive in pieces of these lengths.
    fn read(bytes: &[u8], pieces: &[usize]) -> Vec<Next> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut near, far) = tokio::io::duplex(1 << 17);
            let (bytes, pieces) = (bytes.to_vec(), pieces.to_vec());
            let writing = tokio::spawn(async move {
                use tokio::io::AsyncWriteExt as _;
                let (mut rest, mut lengths) = (bytes.as_slice(), pieces.iter().cycle());
                while !rest.is_empty() {
                    let (piece, later) = rest.split_at(rest.len().min(*lengths.next().unwrap_or(&1)));
                    near.write_all(piece).await.unwrap();
                    tokio::task::yield_now().await;
                    rest = later;
                }
            });
            let mut lines = Lines::of(far);
            let mut all = Vec::new();
            loop {
                let next = lines.next().await.unwrap();
                let last = matches!(next, Next::TooLong | Next::End { .. });
                all.push(next);
                if last {
                    break;
                }
            }
            writing.await.unwrap();
            all
        })
    }

    #[test]
    fn line_ends_of_every_kind_of_peer_are_no_part_of_the_line() {
        let lines = |texts: [&str; 3]| Vec::from(texts.map(|text| Next::Line(text.into())));
        let mut expected = lines(["P 2", "", "T"]);
        expected.push(Next::End { unfinished: true });
        assert_eq!(read(b"P 2\r\n\r\0\nT\nrest", &[3]), expected);
    }

    #[test]
    fn a_line_may_be_64_kib_long_and_no_longer() {
        let longest = [vec![b'a'; MAX_LINE_BYTES], vec![b'\n']].concat();
        assert_eq!(read(&longest, &[1000]).len(), 2);
        let longer = [vec![b'a'; MAX_LINE_BYTES + 1], vec![b'\n']].concat();
        assert_eq!(read(&longer, &[1000]), [Next::TooLong]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn however_the_stream_is_cut_the_lines_are_the_same(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(255), Just(b'P')], 0..300),
            pieces in proptest::collection::vec(1usize..40, 1..8),
        ) {
            let lines = |all: Vec<Next>| all.into_iter().filter(|next| !matches!(next, Next::Owed(_))).collect::<Vec<_>>();
            prop_assert_eq!(lines(read(&bytes, &pieces)), lines(read(&bytes, &[1 << 16])));
        }
    }
}
