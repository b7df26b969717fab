//! Reports, for programs with the scope that config.json's resource server has for reading.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::Problem;

use crate::app::App;
use crate::calendar::Day;
use crate::report::{self, Total};
use crate::routes::Days;
use crate::routes::callers::Reporter;

web::routes!(pub(super), App: totals);

/// What was ordered from one day to another.
#[derive(Serialize, ToSchema)]
struct ReportView {
    from: Day,
    to: Day,
    /// In the order of days and currencies.
    totals: Vec<Total>,
}

/// Read what was ordered, by day and currency: of at most 31 days and 10,000 orders.
#[utoipa::path(get, path = "/reports/orders", operation_id = "report_orders", tag = "reports", params(Days),
    responses((status = 200, description = "The totals", body = ReportView)), security(("bearer" = [])))]
async fn totals(
    State(app): State<App>,
    _: Reporter,
    web::Query(days): web::Query<Days>,
) -> Result<Json<ReportView>, Problem> {
    let period = days.period(app.now().day())?;
    let totals = report::totals(&*app.store, period).await?;
    Ok(Json(ReportView { from: period.from(), to: period.to(), totals }))
}
