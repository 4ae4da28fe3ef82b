//! Slowloris: connections that are silent, or say a byte now and then, in the header or in the body.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Others, Victim, ends};

const OF_EACH: usize = 400;

fn starting_with(victim: &Victim, words: &str) -> Vec<TcpStream> {
    let open = || {
        let mut stream = crate::support::connect_from([127, 0, 0, 2], victim.http(), None).expect("it listens");
        stream.write_all(words.as_bytes()).expect("it takes bytes");
        stream
    };
    (0..OF_EACH).map(|_| open()).collect()
}

#[test]
fn who_is_slow_holds_nobody_up_and_is_sent_away() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let silent = starting_with(&victim, "");
    let one_byte = starting_with(&victim, "G");
    let mut header = starting_with(&victim, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    let head = "POST /stations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let mut bodies = starting_with(&victim, &format!("{head}Content-Length: 100\r\n\r\n{{"));
    for _ in 0..12 {
        // Those that have been sent away take no more, which is well.
        header.iter_mut().chain(&mut bodies).for_each(|stream| drop(stream.write_all(b" ")));
        std::thread::sleep(Duration::from_millis(500));
    }
    for (kind, streams) in [("silent", silent), ("one byte", one_byte), ("slow header", header)] {
        for mut stream in streams {
            let (ended, said) = ends(&mut stream);
            assert!(ended && !said.starts_with(b"HTTP/1.1 200"), "{kind}");
        }
    }
    let mut answered = [0, 0];
    for mut stream in bodies {
        let (ended, said) = ends(&mut stream);
        // A reset may have overtaken the answer.
        answered[0] += usize::from(said.starts_with(b"HTTP/1.1 408"));
        answered[1] += usize::from(said.starts_with(b"HTTP/1.1 503"));
        assert!(ended, "slow body");
    }
    assert!(answered[0] > 0, "{answered:?}");
    println!("slow bodies: {} had 408, {} more than one address may have had 503", answered[0], answered[1]);
    others.stop("4 x 400 slow connections", &victim);
    victim.is_well();
}
