//! Everything that can go wrong, and what the caller is told: the only such table of this service.

use std::time::Duration;

use web::{ErrorStatus, Problem};

use crate::order::NotAllowed;
use crate::store::Failure;

const SOON: Duration = Duration::from_secs(1);

/// The problem for a failure of the store.
pub(crate) fn of_store(failure: Failure) -> Problem {
    let problem = match &failure {
        Failure::Busy(_) => Problem::new(
            ErrorStatus::SERVICE_UNAVAILABLE,
            "busy",
            "The service is overloaded, and nothing was changed. Wait, then try again.",
        )
        .retry_after(SOON),
        Failure::Unreachable(_) => Problem::new(
            ErrorStatus::SERVICE_UNAVAILABLE,
            "unavailable",
            "The orders are unavailable. It is unknown whether a change took effect.",
        )
        .retry_after(SOON),
        Failure::Unusable(_) => Problem::internal("see the cause"),
    };
    problem.caused_by(failure)
}

/// 404. It is the same for an id that nobody has, for another owner's id, and for a text that is not an id,
///      so that a caller cannot tell them apart.
pub(crate) fn not_found() -> Problem {
    Problem::new(ErrorStatus::NOT_FOUND, "order_not_found", "You have no such order.")
}

/// 404, for administrators.
pub(crate) fn nobodys() -> Problem {
    Problem::new(
        ErrorStatus::NOT_FOUND,
        "order_not_found",
        "There is no such order. A new order may take a moment to be found.",
    )
}

pub(crate) fn not_allowed(why: NotAllowed) -> Problem {
    match why {
        NotAllowed::Settled(status) => Problem::new(
            ErrorStatus::CONFLICT,
            "order_settled",
            format!("The order is {}: its content can only be changed while it is placed.", status.as_str()),
        ),
        NotAllowed::Transition(from, to) => Problem::new(
            ErrorStatus::CONFLICT,
            "transition_not_allowed",
            format!("An order that is {} cannot become {}.", from.as_str(), to.as_str()),
        ),
        NotAllowed::Kept(status) => Problem::new(
            ErrorStatus::CONFLICT,
            "order_kept",
            format!("The order is {}: it can no longer be removed.", status.as_str()),
        ),
    }
}

/// 403, if the owner tries to set a status that only administrators set.
pub(crate) fn status_reserved() -> Problem {
    Problem::new(
        ErrorStatus::FORBIDDEN,
        "status_reserved",
        "Only administrators may set this status. The owner may set cancelled until the order is shipped.",
    )
}

pub(crate) fn key_reused() -> Problem {
    Problem::new(
        ErrorStatus::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new one.",
    )
}

pub(crate) fn key_in_work() -> Problem {
    Problem::new(
        ErrorStatus::CONFLICT,
        "idempotency_key_in_work",
        "A request with this Idempotency-Key is in progress. Wait, then send the same request again.",
    )
    .retry_after(SOON)
}

pub(crate) fn report_too_large(most: usize) -> Problem {
    Problem::new(
        ErrorStatus::UNPROCESSABLE_ENTITY,
        "report_too_large",
        format!("There are more than {most} orders in these days. Ask for fewer days."),
    )
}
