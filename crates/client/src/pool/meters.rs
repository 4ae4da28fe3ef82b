//! What a pool counts, as Prometheus reads it.

use posto_metrics::{Kind, Scrape, Source, float};

use super::{BreakerState, Pool, ServerStatistics};

/// Every state of a breaker and what it is called.
const STATES: [(BreakerState, &str); 3] =
    [(BreakerState::Closed, "closed"), (BreakerState::Open, "open"), (BreakerState::Probing, "probing")];

impl Source for Pool {
    fn tell(&self, scrape: &mut Scrape) {
        let servers = self.server_statistics();
        let mut tell = |kind, name, help, of: &dyn Fn(&ServerStatistics) -> f64| {
            let rows = servers.iter().map(|server| (vec![server.server.as_str()], of(server)));
            scrape.rows((kind, name, help), &["server"], rows);
        };
        let (gauge, counter) = (Kind::Gauge, Kind::Counter);
        tell(gauge, "posto_pool_sessions", "Sessions open with the server", &|it| size(it.sessions));
        tell(gauge, "posto_pool_requests_in_flight", "Requests under way to the server", &|it| size(it.in_flight));
        tell(gauge, "posto_pool_silent", "Whether the server owes answers and says nothing (1)", &|it| {
            f64::from(u8::from(it.silent))
        });
        tell(counter, "posto_pool_retransmissions_total", "Requests sent again", &|it| float(it.retransmissions));
        tell(counter, "posto_pool_sessions_opened_total", "Sessions opened", &|it| float(it.opened));
        tell(counter, "posto_pool_answers_total", "Answers of the server, errors among them", &|it| float(it.answers));
        tell(counter, "posto_pool_timeouts_total", "Requests that the server did not answer in time", &|it| {
            float(it.timeouts)
        });
        let round_trips =
            servers.iter().filter_map(|it| Some((vec![it.server.as_str()], it.round_trip?.as_secs_f64())));
        let help = "Shortest smoothed round trip of the open sessions";
        scrape.rows((gauge, "posto_pool_round_trip_seconds", help), &["server"], round_trips);
        let states = servers.iter().flat_map(|server| {
            let row =
                |(state, name)| (vec![server.server.as_str(), name], f64::from(u8::from(server.breaker == state)));
            STATES.map(row)
        });
        let help = "In which state the server's breaker is (1): closed lets requests through, open none";
        scrape.rows((gauge, "posto_pool_breaker_state", help), &["server", "state"], states);
    }
}

fn size(of: usize) -> f64 {
    float(u64::try_from(of).unwrap_or(u64::MAX))
}
