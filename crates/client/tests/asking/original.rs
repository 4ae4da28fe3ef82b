//! In front of an original server, played datagram by datagram: N = 0, texts for answers, and
//! nothing but what it survives (PROTOCOL §4.6).

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_client::{Call, ClientError, Pool, PoolOptions, ServerKind};
use posto_market::{Area, BoundingBox, Currency, Freshness, Fuel, Position, Rank, StationId, TripCost};
use posto_wire::command::Report;
use posto_wire::{Object, Packet, Search, Value, packet, text};
use tokio::net::UdpSocket;

use crate::support::{CALL, a_record, a_report, a_search, dourados, soon};

/// How the original server under test treats its requests.
#[derive(Clone, Copy)]
enum Manner {
    /// Answers this text to all.
    Says(&'static str),
    /// Says nothing.
    Silent,
    /// Answers with a packet that says nothing, as ours says "unknown session".
    Forgetful,
}

struct Original {
    address: SocketAddr,
    packets: Arc<Mutex<Vec<Packet>>>,
}

impl Original {
    async fn start(manner: Manner) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("an address");
        let packets = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&packets);
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.expect("a datagram");
                let packet = packet::parse(&buffer[..length]).expect("a packet").packet;
                seen.lock().expect("no panics").push(packet.clone());
                if let Some(answer) = answer(manner, &packet) {
                    socket.send_to(&answer.to_bytes(), from).await.expect("sent");
                }
            }
        });
        Self { address, packets }
    }

    fn pool(&self) -> Pool {
        Pool::new(PoolOptions::new(self.address.to_string()))
    }

    /// What came, in order.
    fn packets(&self) -> Vec<Packet> {
        self.packets.lock().expect("no panics").clone()
    }

    /// What came, in order, without the repeats that a slow machine makes.
    fn distinct(&self) -> Vec<Packet> {
        let mut packets = self.packets();
        packets.dedup();
        packets
    }

    /// The requests, likewise.
    fn requests(&self) -> Vec<Value> {
        self.distinct().into_iter().map(|packet| packet.data).filter(|data| *data != Value::Null).collect()
    }

    /// Waits for so many FINs; they come after their session.
    async fn until_finished(&self, sessions: usize) {
        let finished = async {
            while self.packets().iter().filter(|packet| packet.fin).count() < sessions {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        soon(finished).await;
    }
}

fn answer(manner: Manner, packet: &Packet) -> Option<Packet> {
    if packet.syn {
        return Some(Packet { syn: true, ack: true, ack_number: 1, next_sequence: 1, ..Packet::EMPTY });
    }
    match manner {
        _ if packet.ack || packet.fin => None,
        Manner::Silent => None,
        Manner::Forgetful => Some(Packet::EMPTY),
        Manner::Says(text) => Some(Packet {
            data: text.into(),
            ack: true,
            ack_number: packet.sequence + 1,
            checksum: packet.checksum,
            ..Packet::EMPTY
        }),
    }
}

fn d() -> Value {
    Object::new()
        .with("acao", "D")
        .with("tipoCombustivel", "2")
        .with("coordenadas", "(-22.223665;-54.771388)")
        .with("valor", 4999_u32)
        .into()
}

#[tokio::test]
async fn a_report_is_sent_as_v1_and_its_text_understood() {
    let original = Original::start(Manner::Says(text::STORED)).await;
    let pool = original.pool();
    assert_eq!(soon(pool.kind(CALL)).await.unwrap(), ServerKind::Original);
    let stored = soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
    assert_eq!((stored.price, stored.currency.as_str(), stored.unit.as_str()), (4999, "BRL", "l"));
    assert_eq!((stored.replaced, stored.at.as_str()), (None, ""), "nobody knows");
    assert_eq!(original.requests(), [d()], "neither id nor formato");
    soon(pool.close()).await;
    original.until_finished(1).await;
    let packets = original.distinct();
    assert_eq!(packets.len(), 4, "SYN, one ACK, the request, FIN: {packets:?}");
    assert_eq!(packets[1], Packet { ack: true, ack_number: 1, sequence: 1, ..Packet::EMPTY });
}

#[tokio::test]
async fn a_search_is_sent_as_v1_and_its_text_understood() {
    let text = "Tipo combustível: gasolina\nPreço: R$ 4.999\ncoordenadas: (-22.223665;-54.771388)";
    let original = Original::start(Manner::Says(text)).await;
    let found = soon(original.pool().cheapest(CALL, a_search())).await.unwrap().unwrap();
    assert_eq!((found.price.price, found.price.stale, found.distance_m), (4999, true, Some(0.0)));
    assert_eq!((found.station.lat, found.station.lon), (dourados().latitude(), dourados().longitude()));
    let p = Object::new()
        .with("acao", "P")
        .with("tipoCombustivel", "2")
        .with("coordenadas", "(-22.223665;-54.771388)")
        .with("raio", 5.0);
    assert_eq!(original.requests(), [p.into()]);
}

#[tokio::test]
async fn nothing_found_is_no_error() {
    for text in [text::NOTHING_FOUND, text::NO_RECORDS] {
        let original = Original::start(Manner::Says(text)).await;
        assert_eq!(soon(original.pool().cheapest(CALL, a_search())).await.unwrap(), None);
    }
}

#[tokio::test]
async fn any_other_text_is_unreadable_and_quoted() {
    let original = Original::start(Manner::Says("Ação não conhecida: d\n")).await;
    let pool = original.pool();
    let error = soon(pool.report(CALL, a_report(None))).await.unwrap_err();
    assert!(matches!(&error, ClientError::Unreadable(text) if text.contains("não conhecida")), "{error}");
    let error = soon(pool.cheapest(CALL, a_search())).await.unwrap_err();
    assert!(matches!(&error, ClientError::Unreadable(text) if text.contains("não conhecida")), "{error}");
}

fn assert_not_supported<T: std::fmt::Debug>(outcome: Result<T, ClientError>) {
    let error = outcome.expect_err("it was sent");
    assert!(matches!(error, ClientError::NotSupported), "{error}");
}

#[tokio::test]
async fn what_an_original_server_does_not_know_is_never_sent() {
    let original = Original::start(Manner::Says(text::STORED)).await;
    let pool = original.pool();
    assert_not_supported(soon(pool.list(CALL, a_search())).await);
    assert_not_supported(soon(pool.station(CALL, StationId::parse("it-1").unwrap())).await);
    assert_not_supported(soon(pool.time(CALL)).await);
    assert_not_supported(soon(pool.import(CALL, a_record("IP", 1))).await);
    for fuel in &Fuel::ALL[3..] {
        let report = a_report(None);
        let wish = posto_market::StationWish { fuel: *fuel, ..report.wish };
        assert_not_supported(soon(pool.report(CALL, Report { wish, ..report })).await);
        assert_not_supported(soon(pool.cheapest(CALL, Search { fuel: *fuel, ..a_search() })).await);
    }
    let corner = |degrees| Position::from_degrees(degrees, degrees).unwrap();
    let bounds = BoundingBox::new(corner(0.0), corner(1.0)).unwrap();
    let beyond = [
        Search { area: Area::Box { bounds, centre: Some(dourados()) }, ..a_search() },
        Search { rank: Rank::Distance, ..a_search() },
        Search { rank: Rank::Trip(TripCost::DEFAULT), ..a_search() },
        Search { freshness: Freshness::AtMost(Duration::from_secs(60)), ..a_search() },
        Search { currency: Some(Currency::EUR), ..a_search() },
    ];
    for search in beyond {
        assert_not_supported(soon(pool.cheapest(CALL, search)).await);
    }
    // All that in one session, which is none the worse for it.
    soon(pool.report(CALL, a_report(None))).await.unwrap();
    assert_eq!(original.requests(), [d()]);
    assert_eq!(original.distinct().len(), 3, "SYN, ACK and the report: {:?}", original.distinct());
}

/// It would be stored twice: an original server heeds no id.
#[tokio::test]
async fn a_report_is_never_sent_again_in_another_session() {
    for manner in [Manner::Silent, Manner::Forgetful] {
        let original = Original::start(manner).await;
        let pool = original.pool();
        let call = Call::within(Duration::from_millis(800));
        let error = soon(pool.report(call, a_report(Some("r1")))).await.unwrap_err();
        assert!(
            matches!(error, ClientError::Deadline | ClientError::Silent { .. } | ClientError::Unreadable(_)),
            "{error}"
        );
        original.until_finished(1).await;
        let packets = original.packets();
        assert_eq!(original.distinct().iter().filter(|packet| packet.syn).count(), 1, "another session");
        assert_eq!(packets.iter().filter(|packet| packet.ack).count(), 1, "a second packet 3 ends the session");
        let requests: Vec<_> = packets.iter().filter(|packet| packet.data != Value::Null).collect();
        assert!(requests.len() > 1, "it is repeated within the session");
        assert!(requests.iter().all(|request| *request == requests[0]), "with the same number and bytes");
    }
}

#[tokio::test]
async fn a_session_that_fails_is_ended_with_fin_which_alone_frees_it() {
    let original = Original::start(Manner::Silent).await;
    let pool = original.pool();
    let call = Call::within(Duration::from_millis(100));
    for sessions in 1..=3 {
        let error = soon(pool.cheapest(call, a_search())).await.unwrap_err();
        assert!(matches!(error, ClientError::Deadline), "{error}");
        original.until_finished(sessions).await;
    }
}
