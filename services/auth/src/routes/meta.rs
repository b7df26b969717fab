//! Routes about the service itself.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

web::routes!(pub(super), App: health, description);

/// The golden copy at the root of the repository; a test holds it to the code.
const DOCUMENT: &str = include_str!("../../../../openapi.json");

/// The service answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Check that the service answers. It does not call Cognito.
#[utoipa::path(get, path = "/health", tag = "meta", responses((status = 200, description = "It answers", body = Health)))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi",
    tag = "meta", responses((status = 200, description = "OpenAPI 3.1")))]
async fn description() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, DOCUMENT)
}
