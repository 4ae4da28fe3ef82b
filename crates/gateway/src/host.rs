//! The allow-list of hosts: on a loopback address a name that is not ours is a page of someone else
//! whose DNS points here (DNS rebinding).

use std::net::IpAddr;

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use crate::code::Code;
use crate::problem::Problem;

/// The names of this machine to itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The hosts under which a loopback address is reached.
pub(crate) fn names_of(address: IpAddr) -> Vec<String> {
    let literal = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let mut names = LOOPBACK.map(str::to_owned).to_vec();
    if !names.contains(&literal) {
        names.push(literal);
    }
    names
}

/// Refuses a request whose `Host`, or whose URI's authority, is not allowed, or that names none.
pub(crate) fn check(uri: &Uri, headers: &HeaderMap, allowed: Option<&[String]>) -> Result<(), Problem> {
    let Some(allowed) = allowed else { return Ok(()) };
    let is_allowed = |host: &str| allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host));
    let mut named = headers.get_all(HOST).iter().map(|host| host.to_str().map(without_port)).collect::<Vec<_>>();
    named.extend(uri.authority().map(|authority| Ok(without_port(authority.as_str()))));
    let all_allowed = named.iter().all(|host| host.as_ref().is_ok_and(|host| is_allowed(host)));
    if all_allowed && !named.is_empty() {
        Ok(())
    } else {
        Err(Problem::new(Code::WrongHost, &format!("the hosts served here are {}", allowed.join(", "))))
    }
}

/// `[::1]:8080` → `[::1]`.
fn without_port(host: &str) -> &str {
    let name_end = host.rfind(']').map_or(0, |bracket| bracket + 1);
    let (name, rest) = host.split_at(name_end);
    match rest.split_once(':') {
        Some((plain, _)) if name.is_empty() => plain,
        Some(_) => name,
        None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn passes(host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        let allowed = names_of(IpAddr::from([127, 0, 0, 5]));
        check(&Uri::from_static("/"), &headers, Some(&allowed)).is_ok()
    }

    #[test]
    fn only_our_own_names_pass_with_any_port() {
        for ours in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.0.0.5", "[::1]", "[::1]:8080"] {
            assert!(passes(ours), "{ours}");
        }
        for other in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "[::2]",
            "::1",
            "localhost@evil",
        ] {
            assert!(!passes(other), "{other}");
        }
    }

    #[test]
    fn a_request_without_a_host_passes_only_where_any_does() {
        let (uri, headers) = (Uri::from_static("/"), HeaderMap::new());
        assert!(check(&uri, &headers, None).is_ok());
        assert!(check(&uri, &headers, Some(&["localhost".to_owned()])).is_err());
        assert!(check(&Uri::from_static("http://evil.example/"), &headers, Some(&["localhost".to_owned()])).is_err());
    }
}
