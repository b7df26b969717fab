//! The routes of this service. `template.yaml` declares the same ones.

mod admin;
mod callers;
mod orders;
mod reports;

use axum::Router;
use axum::routing::get;
use serde::Deserialize;
use web::{FieldError, Problem};

use crate::app::App;
use crate::calendar::{Day, Period};

/// All routes of the service.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/{id}", get(orders::read).patch(orders::change).delete(orders::delete))
        .route("/admin/orders", get(admin::list))
        .route("/admin/orders/{id}", get(admin::read).patch(admin::advance))
        .route("/reports/orders", get(reports::totals))
        .with_state(app)
}

/// Days of a query: both ends may be left out, and then mean today and as far back as can be.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    from: Option<Day>,
    to: Option<Day>,
}

impl Days {
    fn period(self, today: Day) -> Result<Period, Problem> {
        let to = self.to.unwrap_or(today);
        let Some(from) = self.from else { return Ok(Period::up_to(to)) };
        Period::new(from, to).ok_or_else(|| {
            let detail = format!(
                "must be at or before to, which is {to}, and at most {} days back",
                Period::LONGEST - 1
            );
            Problem::invalid_query(vec![FieldError::new("/from", detail)])
        })
    }
}
