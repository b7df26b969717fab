//! Reports, for programs with the scope that config.json's resource server has for reading.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use web::Problem;

use crate::app::App;
use crate::calendar::Day;
use crate::report::{self, Total};
use crate::routes::Days;
use crate::routes::callers::Reporter;

/// What was ordered from one day to another.
#[derive(Serialize)]
pub(super) struct ReportView {
    from: Day,
    to: Day,
    totals: Vec<Total>,
}

pub(super) async fn totals(
    State(app): State<App>,
    _: Reporter,
    web::Query(days): web::Query<Days>,
) -> Result<Json<ReportView>, Problem> {
    let period = days.period(app.now().day())?;
    let totals = report::totals(&*app.store, period).await?;
    Ok(Json(ReportView { from: period.from(), to: period.to(), totals }))
}
