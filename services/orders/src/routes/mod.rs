//! The routes of this service. One list makes the router and the description: a route is described where it is declared.
//! `template.yaml` declares the same ones for the gateway.

mod admin;
mod callers;
mod orders;
mod reports;

use serde::Deserialize;
use utoipa::IntoParams;
use web::{FieldError, Problem};

use crate::app::App;
use crate::calendar::{Day, Period};

web::routes!(pub, App: orders::*, admin::*, reports::*);

/// Days of a query: both ends may be left out, and then mean today and as far back as can be.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Days {
    /// The first day, at most 30 before the last. Left out: as far back as can be.
    #[param(inline)]
    from: Option<Day>,
    /// The last day. Left out: today.
    #[param(inline)]
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
