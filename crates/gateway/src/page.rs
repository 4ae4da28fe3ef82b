//! The web page's files: those in the binary, or those of a directory (`--web-dir`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::limits::MAX_PAGE_FILE_BYTES;
use crate::tag;

/// Where the map's tiles come from when nothing else is said.
const OSM_TILES: &str = "https://tile.openstreetmap.org/{z}/{x}/{y}.png";

/// What the page has in place of the tiles' URL.
const TILES_PLACEHOLDER: &str = "{{tiles}}";

const INDEX: &str = "index.html";

/// The service worker, which fetches in the page's place.
const WORKER: &str = "sw.js";

/// A worker obeys the policy of its own file, not the page's: it fetches from here and does nothing else.
const WORKER_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'");

#[derive(RustEmbed)]
#[folder = "../../web"]
struct Embedded;

/// Where the page's files are, and what is put into its index.
#[derive(Debug)]
pub(crate) struct Page {
    files: Files,
    tiles: String,
    policy: HeaderValue,
}

#[derive(Debug)]
enum Files {
    Embedded(HashMap<String, Asset>),
    Directory(PathBuf),
}

/// One file, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    bytes: Bytes,
    /// Weak: it is sent compressed, too.
    tag: HeaderValue,
    media_type: &'static str,
    policy: Option<HeaderValue>,
}

impl Page {
    pub(crate) fn new(directory: Option<PathBuf>, tiles: Option<&str>) -> Self {
        let tiles = tiles.unwrap_or(OSM_TILES);
        let mut page = Self { files: Files::Embedded(HashMap::new()), tiles: escaped(tiles), policy: policy(tiles) };
        page.files = directory.map_or_else(|| Files::Embedded(page.embedded()), Files::Directory);
        page
    }

    /// The file with this path of a URL, `/` and all.
    pub(crate) async fn get(&self, path: &str) -> Option<Asset> {
        let name = name(path)?;
        match &self.files {
            Files::Embedded(files) => files.get(name).cloned(),
            Files::Directory(directory) => {
                let (directory, wanted) = (directory.clone(), name.to_owned());
                let bytes = tokio::task::spawn_blocking(move || read_below(&directory, &wanted)).await.ok()??;
                Some(self.asset(name, bytes))
            }
        }
    }

    fn embedded(&self) -> HashMap<String, Asset> {
        let files =
            Embedded::iter().filter_map(|name| Some((name.to_string(), Embedded::get(&name)?.data.into_owned())));
        files.map(|(name, bytes)| (name.clone(), self.asset(&name, bytes))).collect()
    }

    fn asset(&self, name: &str, bytes: Vec<u8>) -> Asset {
        let is_index = name == INDEX;
        let bytes = if is_index { self.with_tiles(bytes) } else { bytes };
        let tag = tag::of_file(&bytes);
        Asset {
            bytes: bytes.into(),
            tag,
            media_type: media_type(name),
            policy: match name {
                INDEX => Some(self.policy.clone()),
                WORKER => Some(WORKER_POLICY),
                _ => None,
            },
        }
    }

    fn with_tiles(&self, index: Vec<u8>) -> Vec<u8> {
        match String::from_utf8(index) {
            Ok(index) => index.replace(TILES_PLACEHOLDER, &self.tiles).into(),
            Err(error) => error.into_bytes(),
        }
    }
}

impl Asset {
    /// The file as a response; `envelope.rs` makes it a 304 for who has it already.
    pub(crate) fn respond(self) -> Response {
        let mut response = ([(CONTENT_TYPE, self.media_type)], self.bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(ETAG, self.tag);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Some(policy) = self.policy {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// The file's name below the page's root. Only plain names pass: no `..`, no hidden file, no
/// percent-encoding, nothing that any file system takes for more than a name.
fn name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    if name.is_empty() {
        return Some(INDEX);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain);
    name.split('/').all(is_plain).then_some(name)
}

/// The regular file below the directory; links that lead out of it are not followed.
fn read_below(directory: &Path, name: &str) -> Option<Vec<u8>> {
    let root = directory.canonicalize().ok()?;
    let file = root.join(name).canonicalize().ok().filter(|file| file.starts_with(&root))?;
    let facts = file.metadata().ok()?;
    (facts.is_file() && facts.len() <= MAX_PAGE_FILE_BYTES).then(|| std::fs::read(file).ok())?
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        // LICENSE, SHA256SUMS
        "" | "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The page's Content-Security-Policy: nothing but our own files, and the tiles as images.
fn policy(tiles: &str) -> HeaderValue {
    let tiles = plain_http_origin(tiles).map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:{tiles}; \
         connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The origin of tiles that do not come by https, which the policy would not let through. `{s}`
/// stands for one of several servers.
fn plain_http_origin(tiles: &str) -> Option<String> {
    let authority = tiles.strip_prefix("http://")?.split('/').next()?;
    let origin = format!("http://{}", authority.replace("{s}", "*"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-*[]/".contains(&byte);
    (!authority.is_empty() && origin.bytes().all(is_plain)).then_some(origin)
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_files() {
        assert_eq!(name("/"), Some("index.html"));
        assert_eq!(name("/vendor/leaflet/leaflet.js"), Some("vendor/leaflet/leaflet.js"));
        for bad in
            ["", "//", "/..", "/../Cargo.toml", "/a/../b", "/.git/config", "/a//b", "/%2e%2e/x", "/a\\b", "/c:", "/é"]
        {
            assert_eq!(name(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_policy_lets_in_only_the_tiles_that_need_it() {
        let policy = |tiles: &str| policy(tiles).to_str().unwrap().to_owned();
        assert!(policy(OSM_TILES).contains("img-src 'self' data: https:;"));
        assert!(policy("none").contains("img-src 'self' data: https:;"));
        let local = policy("http://127.0.0.1:8081/{z}/{x}/{y}.png");
        assert!(local.contains("img-src 'self' data: https: http://127.0.0.1:8081;"), "{local}");
        assert!(policy("http://{s}.tile.example/{z}").contains(" http://*.tile.example;"));
        assert!(!policy("http://x;script-src *").contains("script-src *"));
    }

    #[tokio::test]
    async fn the_worker_may_fetch_from_here_and_other_scripts_have_no_policy_of_their_own() {
        let page = Page::new(None, None);
        let policy = async |path| page.get(path).await.unwrap().policy;
        assert_eq!(policy("/sw.js").await, Some(WORKER_POLICY));
        assert_eq!(policy("/").await, Some(super::policy(OSM_TILES)));
        assert_eq!(policy("/app.js").await, None);
    }

    #[test]
    fn what_goes_into_the_page_is_escaped() {
        assert_eq!(escaped(r#""><script>'&"#), "&quot;&gt;&lt;script&gt;&#39;&amp;");
    }
}
