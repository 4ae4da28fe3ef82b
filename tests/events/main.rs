//! Changes of prices as listeners hear them, from real processes: each once, in the order of the
//! journal, whatever is killed and started again meanwhile.

mod hearing;
mod imports;
mod resuming;
mod support;
