//! Sends to Sentry what the other functions log as an error, timeouts and crashes included.
//!
//! `CloudWatch` Logs calls it with the lines that a subscription filter lets through (template.yaml), so that no other
//! function knows of Sentry or pays for it. Only fields of an allow-list leave, without what looks like a secret or a
//! person. It must not report about itself: its own log has no subscription.
//!
//! ```text
//! event of CloudWatch Logs
//!   batch.rs       -> Batch { log group, log stream, lines }      base64, gzip, JSON, each with a limit
//!   line.rs        -> Fault, or nothing: what a line says         pure
//!   source.rs      -> Source: whose line it is                    pure
//!   scrub.rs       -> text without secrets and people             pure
//!   sentry_event.rs-> the event in Sentry's form                  pure
//!   transport.rs   -> POST /api/PROJECT/envelope/
//!   limits.rs      -> how long Sentry wants nothing more          pure
//!   repeats.rs     -> whether a fault was told a moment ago       pure
//!   reporter.rs       the whole flow; main.rs only wires
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
