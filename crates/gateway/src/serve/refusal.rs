//! What is said to a connection that is not served: it has no request yet, so this is HTTP/1.1 and
//! fixed.

/// There is no place for it.
pub(super) const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/problem+json\r\n\
    content-length: 181\r\n\
    retry-after: 1\r\n\
    cache-control: no-store\r\n\
    connection: close\r\n\r\n\
    {\"type\":\"/problems/busy\",\"title\":\"Too many requests are waiting\",\"status\":503,\"code\":\"busy\",\
    \"detail\":\"the gateway has as many connections as it can\",\"request_id\":\"none\",\"errors\":[]}";

/// It speaks no TLS where only TLS is spoken.
pub(super) const NOT_TLS: &str = "HTTP/1.1 400 Bad Request\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-length: 82\r\n\
    cache-control: no-store\r\n\
    connection: close\r\n\r\n\
    Aqui se fala HTTPS: use https://\r\nHTTPS is spoken here: ask again with https://.\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_answers_are_as_long_as_they_say() {
        for answer in [FULL, NOT_TLS] {
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            assert_eq!(length, body.len().to_string());
        }
        let (_, body) = FULL.split_once("\r\n\r\n").unwrap();
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["title"], crate::code::Code::Busy.title());
    }
}
