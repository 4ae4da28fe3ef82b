//! The page, from the binary and from a directory; the API document and its viewer.

use axum::body::Body;
use axum::http::Request;
use posto_gateway::Options;

use crate::support::{Gateway, friendly};

fn from_directory(directory: &std::path::Path) -> Gateway {
    Gateway::with(friendly, Options { web_dir: Some(directory.to_owned()), ..Options::default() })
}

#[tokio::test]
async fn the_page_is_served_with_its_policy_and_tiles() {
    let gateway = Gateway::before(friendly);
    let page = gateway.get("/").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src \
                  'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    assert_eq!(page.header("content-security-policy"), policy);
    assert!(page.text().contains("https://tile.openstreetmap.org/{z}/{x}/{y}.png"));
    assert!(!page.text().contains("{{tiles}}"));

    let tiles = Some("http://127.0.0.1:8081/{z}/{x}/{y}.png?a=\"&b".to_owned());
    let gateway = Gateway::with(friendly, Options { tiles, ..Options::default() });
    let page = gateway.get("/index.html").await;
    assert!(page.text().contains("http://127.0.0.1:8081/{z}/{x}/{y}.png?a=&quot;&amp;b\""));
    assert!(page.header("content-security-policy").contains("https: http://127.0.0.1:8081;"));
}

#[tokio::test]
async fn files_have_their_types_and_scripts_are_modules_to_a_browser() {
    let gateway = Gateway::before(friendly);
    for (path, media_type) in [
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/vendor/leaflet/leaflet.js", "text/javascript; charset=utf-8"),
        ("/vendor/leaflet/LICENSE", "text/plain; charset=utf-8"),
    ] {
        let file = gateway.get(path).await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, media_type), "{path}");
        assert!(!file.body.is_empty());
    }
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_304() {
    let gateway = Gateway::before(friendly);
    let tag = gateway.get("/app.js").await.header("etag").to_owned();
    assert!(tag.starts_with("W/\"") && tag.len() == 36, "{tag}");
    for (known, status) in [
        (tag.as_str(), 304),
        (&tag[2..], 304),
        ("*", 304),
        (&format!("\"x\", {tag}"), 304),
        ("\"x\"", 200),
        ("W/\"\"", 200),
    ] {
        let request = Request::get("/app.js").header("if-none-match", known).body(Body::empty()).unwrap();
        let answered = gateway.send(request).await;
        assert_eq!(answered.status, status, "{known}");
        assert_eq!((answered.header("etag"), answered.header("cache-control")), (tag.as_str(), "no-cache"));
        assert_eq!(answered.body.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn a_directory_is_served_and_nothing_beside_it() {
    let outside = tempfile::tempdir().unwrap();
    let directory = outside.path().join("web");
    std::fs::create_dir_all(directory.join("sub")).unwrap();
    std::fs::write(outside.path().join("secret.txt"), "secret").unwrap();
    std::fs::write(directory.join("index.html"), "<meta content=\"{{tiles}}\">").unwrap();
    std::fs::write(directory.join("sub/a.js"), "1").unwrap();
    std::fs::write(directory.join(".hidden"), "hidden").unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.txt"), directory.join("link.txt")).unwrap();
    let gateway = from_directory(&directory);
    assert!(gateway.get("/").await.text().contains("openstreetmap"));
    assert_eq!(gateway.get("/sub/a.js").await.text(), "1");
    for path in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/..%5c..%5csecret.txt",
        "/link.txt",
        "/.hidden",
        "/sub",
        "/sub/",
        "//etc/passwd",
        "/app.js",
    ] {
        gateway.get(path).await.problem(404, "unknown-route");
    }
    std::fs::write(directory.join("sub/a.js"), "2").unwrap();
    assert_eq!(gateway.get("/sub/a.js").await.text(), "2", "from disk, each time");
}

#[tokio::test]
async fn the_document_and_its_viewer_are_served_from_here() {
    let gateway = Gateway::before(friendly);
    let document = gateway.get("/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert_eq!(gateway.get("/docs").await.header("location"), "/docs/");
    let viewer = gateway.get("/docs/").await;
    assert_eq!((viewer.status.as_u16(), viewer.header("content-type")), (200, "text/html"));
    assert!(!viewer.text().contains("https://"), "nothing comes from elsewhere");
    assert!(viewer.header("content-security-policy").contains("style-src 'self' 'unsafe-inline'"));
    let start = gateway.get("/docs/swagger-initializer.js").await;
    assert!(start.text().contains("/openapi.json") && start.text().contains("\"validatorUrl\": \"none\""));
    assert_eq!(gateway.get("/docs/swagger-ui-bundle.js").await.status, 200);
}
