//! The routes of this service, and what each answers. One list makes the router and the description.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use web::{Caller, Problem};

use crate::view::IdentityView;

/// The group that may use `/admin` routes.
const ADMINS: &str = "admins";

web::routes!(pub, (): whoami, admin_ping);

/// Read what the gate says of the caller.
#[utoipa::path(get, path = "/whoami", tag = "whoami", security(("bearer" = [])),
    responses((status = 200, description = "Who is calling", body = IdentityView)))]
async fn whoami(caller: Caller) -> Json<IdentityView> {
    Json(IdentityView::from(caller.identity()))
}

/// The answer to an administrator.
#[derive(Serialize, ToSchema)]
struct Pong {
    /// Always `pong`.
    message: &'static str,
}

/// Find out whether the caller is an administrator.
#[utoipa::path(get, path = "/admin/ping", tag = "whoami", security(("bearer" = [])),
    responses((status = 200, description = "The caller is one", body = Pong)))]
async fn admin_ping(caller: Caller) -> Result<Json<Pong>, Problem> {
    caller.require_group(ADMINS)?;
    Ok(Json(Pong { message: "pong" }))
}
