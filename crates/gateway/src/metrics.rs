//! What the gateway counts, as Prometheus reads it. A request costs two counts and one reading of the
//! clock, and allocates nothing once its route has been asked before.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use axum::extract::MatchedPath;
use axum::http::{Method, StatusCode};
use posto_metrics::{Counters, Histograms, Scrape, Source};
use tokio::time::Instant;

/// Upper bounds of the classes of answer times in seconds: up to the deadline of a request.
const DURATIONS: [f64; 12] = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.0];

/// The status under which a request is counted whose client went away before its answer.
const GONE: &str = "499";

/// What is counted of HTTP.
#[derive(Debug)]
pub(crate) struct HttpMetrics {
    requests: Counters,
    durations: Histograms,
    in_flight: AtomicUsize,
    shed: AtomicU64,
}

impl HttpMetrics {
    pub(crate) fn new() -> Self {
        let requests = "Requests by method, route and status; 499 where the client went away before its answer";
        let durations = "Time from a request's head to its answer's, by method and route";
        let route = &["method", "route"];
        Self {
            requests: Counters::new("posto_http_requests_total", requests, &["method", "route", "status"]),
            durations: Histograms::new("posto_http_request_duration_seconds", durations, &DURATIONS, route),
            in_flight: AtomicUsize::new(0),
            shed: AtomicU64::new(0),
        }
    }

    /// A request has come; it is counted when what is returned is told its end, or dropped.
    pub(crate) fn begin<'a>(&'a self, method: &Method, route: Option<&'a MatchedPath>) -> Measured<'a> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        // What matches no route is a file of the page, or nothing at all.
        let route = route.map_or("page", MatchedPath::as_str);
        Measured { metrics: self, method: name_of(method), route, began: Instant::now(), status: None }
    }

    /// A request was refused because too many were being answered.
    pub(crate) fn shed(&self) {
        self.shed.fetch_add(1, Ordering::Relaxed);
    }
}

impl Source for HttpMetrics {
    fn tell(&self, scrape: &mut Scrape) {
        scrape.counters(&self.requests);
        scrape.histograms(&self.durations);
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        scrape.count("posto_http_requests_in_flight", "Requests being answered", in_flight);
        let help = "Requests refused at once because too many were being answered";
        scrape.counter("posto_http_shed_total", help, self.shed.load(Ordering::Relaxed));
    }
}

/// A request being answered.
#[derive(Debug)]
pub(crate) struct Measured<'a> {
    metrics: &'a HttpMetrics,
    method: &'static str,
    route: &'a str,
    began: Instant,
    status: Option<StatusCode>,
}

impl Measured<'_> {
    /// It was answered.
    pub(crate) fn end(mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        let HttpMetrics { requests, durations, in_flight, .. } = self.metrics;
        in_flight.fetch_sub(1, Ordering::Relaxed);
        durations.observe(&[self.method, self.route], self.began.elapsed().as_secs_f64());
        requests.count(&[self.method, self.route, self.status.as_ref().map_or(GONE, StatusCode::as_str)]);
    }
}

/// The methods there are: any others share a name, for a client can invent as many as it likes.
const fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(metrics: &HttpMetrics) -> String {
        let mut scrape = Scrape::new();
        metrics.tell(&mut scrape);
        scrape.into_text()
    }

    #[test]
    fn a_request_is_counted_by_its_end_and_one_that_nobody_waits_for_as_gone() {
        let metrics = HttpMetrics::new();
        metrics.begin(&Method::GET, None).end(StatusCode::OK);
        drop(metrics.begin(&Method::from_bytes(b"BREW").unwrap(), None));
        let underway = metrics.begin(&Method::GET, None);
        let text = text(&metrics);
        for line in [
            "posto_http_requests_in_flight 1",
            "posto_http_requests_total{method=\"GET\",route=\"page\",status=\"200\"} 1",
            "posto_http_requests_total{method=\"other\",route=\"page\",status=\"499\"} 1",
            "posto_http_request_duration_seconds_count{method=\"GET\",route=\"page\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        drop(underway);
    }

    /// Prints what a request is charged; run with `--nocapture`.
    #[test]
    fn what_a_request_costs_is_printed() {
        let metrics = HttpMetrics::new();
        let rounds = 200_000_u32;
        let began = std::time::Instant::now();
        for _ in 0..rounds {
            metrics.begin(&Method::GET, None).end(StatusCode::OK);
        }
        eprintln!("counting a request takes {:?}", began.elapsed() / rounds);
    }
}
