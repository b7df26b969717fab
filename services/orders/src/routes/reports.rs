//! Reports, for programs with the scope that config.json's resource server has for reading.
//!
//! The gate lets nobody else through; the scope is checked here again, since a rule is easily widened.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use web::{Caller, ErrorStatus, Problem};

use crate::app::App;
use crate::calendar::Day;
use crate::report::{self, Total};
use crate::routes::Days;

/// What was ordered from one day to another.
#[derive(Serialize)]
pub(super) struct ReportView {
    from: Day,
    to: Day,
    totals: Vec<Total>,
}

pub(super) async fn totals(
    State(app): State<App>,
    caller: Caller,
    web::Query(days): web::Query<Days>,
) -> Result<Json<ReportView>, Problem> {
    let scope = app.report_scope.as_deref().ok_or_else(no_scope)?;
    caller.require_scope(scope)?;
    let period = days.period(app.now().day())?;
    let totals = report::totals(&*app.store, period).await?;
    Ok(Json(ReportView { from: period.from(), to: period.to(), totals }))
}

fn no_scope() -> Problem {
    Problem::new(
        ErrorStatus::FORBIDDEN,
        "insufficient_scope",
        "Reports need a scope, and config.json names no resource server that could have it.",
    )
}
