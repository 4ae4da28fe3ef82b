//! Builds again when the page in `web/` changes: its files are embedded by `page.rs`.
#![allow(clippy::print_stdout, reason = "this is how a build script talks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=../../web");
}
