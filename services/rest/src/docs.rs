//! Pages that show the API in a browser: `/docs` for all of it, `/swagger/{contract_id}` for the
//! methods of a contract. The viewer is Swagger UI, which is built in.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use koinos_http::plain;
use utoipa_swagger_ui::Config;

use crate::core::query::escaped;
use crate::http::Http;

/// A page loads nothing but what this service serves.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      frame-ancestors 'none'";
const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");

/// The pages and what they load.
pub fn router() -> Router<Arc<Http>> {
    Router::new()
        .route("/", get(async || Redirect::temporary("/docs")))
        .route("/docs", get(async || page("/v1/swagger", "Koinos REST API")))
        .route("/docs/{file}", get(file))
        .route("/swagger", get(async || page("/v1/swagger", "Koinos REST API")))
        .route("/swagger/{contract_id}", get(contract))
}

async fn contract(Path(contract): Path<String>) -> Response {
    let document = format!("/v1/contract/{}/swagger", escaped(&contract));
    page(&document, &format!("Contract {contract}"))
}

/// A page that shows the document at this path.
fn page(document: &str, title: &str) -> Response {
    let text =
        PAGE.replace("{document}", &plain_text(document)).replace("{title}", &plain_text(title));
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

/// Text that HTML takes for text.
fn plain_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            char => out.push(char),
        }
    }
    out
}

/// What a page loads.
async fn file(Path(name): Path<String>) -> Response {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::from("/v1/swagger")));
    let kept = (header::CACHE_CONTROL, "public, max-age=86400".to_owned());
    if name == "page.js" {
        let kind = (header::CONTENT_TYPE, "text/javascript; charset=utf-8".to_owned());
        return ([kind, kept], SCRIPT).into_response();
    }
    match utoipa_swagger_ui::serve(&name, CONFIG.clone()) {
        Ok(Some(file)) => {
            let headers = [(header::CONTENT_TYPE, file.content_type), kept];
            let mut response = (headers, Body::from(file.bytes.into_owned())).into_response();
            if file.gzpipped {
                let encoding = axum::http::HeaderValue::from_static("gzip");
                response.headers_mut().insert(header::CONTENT_ENCODING, encoding);
            }
            response
        }
        _ => plain(StatusCode::NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_a_page() {
        assert_eq!(plain_text("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
    }
}
