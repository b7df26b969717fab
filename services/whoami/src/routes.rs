//! The routes of this service, and what each answers.

use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use web::{Caller, Problem};

use crate::view::IdentityView;

/// The group that may use `/admin` routes.
const ADMINS: &str = "admins";

/// All routes of the service. `template.yaml` declares the same ones.
pub fn router() -> Router {
    Router::new().route("/whoami", get(whoami)).route("/admin/ping", get(admin_ping))
}

async fn whoami(caller: Caller) -> Json<IdentityView> {
    Json(IdentityView::from(caller.identity()))
}

#[derive(Serialize)]
struct Pong {
    message: &'static str,
}

async fn admin_ping(caller: Caller) -> Result<Json<Pong>, Problem> {
    caller.require_group(ADMINS)?;
    Ok(Json(Pong { message: "pong" }))
}
