//! The path that a request is routed by: the service's own, without what a custom domain puts before it.
//!
//! API Gateway puts the base path of a domain's mapping into the event, but neither the stage nor
//! anything else. The path is taken as the gateway sent it: `..` and doubled slashes are not resolved,
//! because the gateway did not resolve them either when it chose the route and its authorizer.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use platform::config::Stage;

use crate::problem::{ErrorStatus, Problem};

/// What cannot stand in the path of a URI. `%` is not among them: the path is encoded already.
const NOT_IN_A_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`');

/// Gives the request the path that the service's routes are written for.
pub(crate) async fn rewrite(base: Option<Stage>, mut request: Request, next: Next) -> Response {
    let event_path = request.extensions().raw_http_path();
    if event_path.is_empty() {
        return next.run(request).await;
    }
    let path = match (&base, is_below_stage(event_path, request.extensions().request_context_ref())) {
        (Some(base), false) => below(base.as_str(), event_path),
        _ => event_path,
    };
    let Some(uri) = with_path(path, request.uri().query()) else {
        return Problem::of_status(ErrorStatus::NOT_FOUND).into_response();
    };
    *request.uri_mut() = uri;
    next.run(request).await
}

/// `path` below the segment `base`; all of it when it is not below.
fn below<'a>(base: &str, path: &'a str) -> &'a str {
    match path.strip_prefix('/').and_then(|path| path.strip_prefix(base)) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// Whether the request came to the API's own host name, where its URL is the stage and then the path.
/// There is no base path there, and a path that begins like one is a path.
fn is_below_stage(path: &str, context: Option<&RequestContext>) -> bool {
    let Some(RequestContext::ApiGatewayV1(context)) = context else { return false };
    let (Some(stage), Some(requested)) = (&context.stage, &context.path) else { return false };
    requested
        .strip_prefix('/')
        .and_then(|requested| requested.strip_prefix(stage.as_str()))
        .is_some_and(|below| below == path)
}

fn with_path(path: &str, query: Option<&str>) -> Option<Uri> {
    let path = utf8_percent_encode(path, NOT_IN_A_PATH);
    let target = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_string(),
    };
    PathAndQuery::from_maybe_shared(target).map(Uri::from).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_segment_is_stripped_and_only_once() {
        for (path, expected) in [
            ("/auth/whoami", "/whoami"),
            ("/auth", "/"),
            ("/auth/", "/"),
            ("/authors", "/authors"),
            ("/whoami", "/whoami"),
            ("/auth/auth/x", "/auth/x"),
        ] {
            assert_eq!(below("auth", path), expected, "{path}");
        }
    }

    #[test]
    fn dot_segments_and_double_slashes_stay_as_they_are() {
        for path in ["/open/../admin/ping", "//admin/ping", "/open/%2e%2e/admin/ping", "/open\\..\\admin"] {
            assert_eq!(with_path(path, None).unwrap().path(), path);
        }
    }

    #[test]
    fn a_path_cannot_grow_a_query_of_its_own() {
        let uri = with_path("/a b?c#d", Some("e=f")).unwrap();
        assert_eq!((uri.path(), uri.query()), ("/a%20b%3Fc%23d", Some("e=f")));
    }
}
