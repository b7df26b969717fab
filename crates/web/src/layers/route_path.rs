//! The path that selects a request's route: the service's own path, without the base path of a custom domain.
//!
//! API Gateway puts the base path of a domain's mapping into the event's path, but not the stage. The path is
//! used as the gateway sent it: `..` and doubled slashes are not resolved, because the gateway did not
//! resolve them either when it chose the route and its authorizer.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platform::config::Stage;

use crate::request::event::{Gateway, target};
use crate::response::problem::{ErrorStatus, Problem};

/// Gives the request the path that the service's routes are written for.
pub(crate) async fn rewrite(base: Option<Stage>, mut request: Request, next: Next) -> Response {
    let gateway = request.extensions().get::<Gateway>();
    let (Some(base), Some(gateway)) = (&base, gateway.filter(|gateway| !is_below_stage(gateway))) else {
        return next.run(request).await;
    };
    let Some(uri) = target(below(base.as_str(), gateway.path()), request.uri().query()) else {
        return Problem::of_status(ErrorStatus::NOT_FOUND).into_response();
    };
    *request.uri_mut() = uri;
    next.run(request).await
}

/// `path` without its first segment `base`. The whole path if it does not begin with that segment.
fn below<'a>(base: &str, path: &'a str) -> &'a str {
    match path.strip_prefix('/').and_then(|path| path.strip_prefix(base)) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// Whether the request came to the API's own host name, where the URL is the stage and then the path. Such a
/// URL has no base path, so a path that begins like one is only a path.
fn is_below_stage(gateway: &Gateway) -> bool {
    let (Some(stage), Some(requested)) = (gateway.stage(), gateway.requested_path()) else { return false };
    requested
        .strip_prefix('/')
        .and_then(|requested| requested.strip_prefix(stage))
        .is_some_and(|below| below == gateway.path())
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
}
