//! Adds to a service's routes the layers that all services share.
//!
//! The order of the layers matters. From the outside in: the log and the request id cover every answer;
//! security and CORS headers are on every answer, including failures; a panic becomes an answer; a request
//! that is not valid HTTP goes no further; the limits cover all of the service's own work.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, map_response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::layers::{access_log, cors, limits, panics, route_path, security_headers};
use crate::request::event;
use crate::settings::Settings;

/// Wraps `routes` for use behind API Gateway.
pub fn app(routes: Router, settings: &Settings) -> Router {
    let base = settings.base_path.clone();
    let max_body_bytes = settings.max_body_bytes;
    let body_size = move |request: Request, next: Next| limits::body_size(max_body_bytes, request, next);
    let rewrite_path = move |request: Request, next: Next| route_path::rewrite(base.clone(), request, next);

    // A router chooses the route before its own layers run. As the fallback of an outer router it chooses
    // after the outer layers ran, and so uses the path that they leave.
    let mut app = Router::new()
        .fallback_service(routes.layer(from_fn(access_log::note_route)))
        .layer(from_fn(rewrite_path))
        .layer(from_fn(body_size))
        .layer(from_fn(limits::time))
        .layer(from_fn(event::refuse_malformed))
        .layer(CatchPanicLayer::custom(panics::answer));
    if let Some(cors) = cors::layer(&settings.cors_origins, settings.cors_credentials) {
        app = app.layer(cors);
    }
    app.layer(map_response(security_headers::add)).layer(from_fn(access_log::record))
}
