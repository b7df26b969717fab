//! Sends to Sentry what the other functions log as errors, including timeouts and crashes.
//!
//! `CloudWatch` Logs invokes it with the lines that pass a subscription filter (template.yaml), so that no
//! other function depends on Sentry or waits for it. Only fields of an allow-list are sent, without what
//! looks like a secret or personal data. It must not report about itself: its own log has no subscription.
//!
//! ```text
//! event of CloudWatch Logs
//!   batch.rs       -> Batch { log group, log stream, lines }      base64, gzip, JSON, each with a limit
//!   line.rs        -> Fault or nothing: what a line reports       pure
//!   source.rs      -> Source: which function wrote the line       pure
//!   scrub.rs       -> text without secrets and personal data      pure
//!   sentry_event.rs-> the event in Sentry's form                  pure
//!   transport.rs   -> POST /api/PROJECT/envelope/
//!   limits.rs      -> how long Sentry accepts no more events      pure
//!   repeats.rs     -> whether a fault was reported recently       pure
//!   reporter.rs       the whole flow; main.rs only connects it
//! ```

mod batch;
mod destination;
mod limits;
mod line;
mod repeats;
mod reporter;
mod scrub;
mod sentry_event;
mod settings;
mod source;
mod transport;

pub use batch::BatchError;
pub use reporter::{ReportError, Reporter};
pub use settings::{Settings, SettingsError};
