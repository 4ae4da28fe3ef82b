//! Frames and seals: what is written is read again, and nothing else is.
