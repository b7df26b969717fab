//! The whole flow from an event of `CloudWatch` Logs to events of Sentry.
//!
//! | what happens | what is done | the invocation |
//! |---|---|---|
//! | Sentry accepts the event | | succeeds |
//! | 400, 413 and the like | the event is dropped with a warning | succeeds |
//! | 401, 403, 404 | no event will ever be accepted: the DSN is wrong | fails |
//! | 5xx, no answer | one more attempt, then Lambda retries the same event later | fails |
//! | 429, or a limit that still applies | Lambda retries the same event later, when the limit may be over | fails |
//! | the event is not of `CloudWatch` Logs | | fails |
//!
//! When Lambda gives up after its last attempt, the alarm `UnreportedErrors` is raised. This code never
//! writes an event's text into its own log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lambda_runtime::Diagnostic;
use sentry_types::protocol::v7::Event;

use crate::batch::{Batch, BatchError, LogEvent};
use crate::destination::Destination;
use crate::limits::Limit;
use crate::line::Fault;
use crate::repeats::{Group, Repeats};
use crate::sentry_event::{fingerprint, render};
use crate::settings::Settings;
use crate::source::Source;
use crate::transport::{Answer, Connection, TIMEOUT, Transport, Unreachable};

/// The most events of one invocation, each for another fault.
const MAX_EVENTS: usize = 100;
/// The pause before the second attempt.
const PAUSE: Duration = Duration::from_millis(250);

/// Sends the faults in a batch of log lines to Sentry.
#[derive(Debug)]
pub struct Reporter {
    destination: Destination,
    stack: String,
    transport: Transport,
    limit: Mutex<Limit>,
    repeats: Mutex<Repeats>,
}

/// One fault, and its event.
type Due = (Group, Event<'static>);

/// Why an invocation fails.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The event is not one of `CloudWatch` Logs.
    #[error("{0}")]
    Event(#[from] BatchError),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client,
    /// Sentry did not answer.
    #[error("{0}; {1} errors were not reported yet")]
    Unreachable(Unreachable, usize),
    /// Sentry reports a fault of its own.
    #[error("Sentry answers {0}; {1} errors were not reported yet")]
    Failing(u16, usize),
    /// Sentry refuses the key or does not know the project.
    #[error(
        "Sentry answers {0} to the key of the parameter SentryDsn: check that the project exists and the \
         key is enabled"
    )]
    Refused(u16),
    /// Sentry accepts no events at the moment.
    #[error(
        "Sentry accepts no more events for {} s (the project's quota, or a limit); {} errors were not \
         reported yet",
        .0.as_secs(),
        .1
    )]
    Limited(Duration, usize),
    /// There is no time left for the rest.
    #[error("there was no time to report {0} more errors")]
    OutOfTime(usize),
}

impl ReportError {
    const fn code(&self) -> &'static str {
        match self {
            Self::Event(_) => "MalformedEvent",
            Self::Client => "NoClient",
            Self::Unreachable(..) | Self::Failing(..) => "SentryUnavailable",
            Self::Refused(_) => "SentryRefused",
            Self::Limited(..) => "SentryLimited",
            Self::OutOfTime(_) => "OutOfTime",
        }
    }
}

impl From<ReportError> for Diagnostic {
    fn from(error: ReportError) -> Self {
        Self { error_type: error.code().to_owned(), error_message: error.to_string() }
    }
}

/// The result of sending an event.
enum Outcome {
    Taken,
    /// Sentry will never accept this event.
    Dropped(u16),
    /// Sentry accepts no events at the moment.
    Limited,
}

impl Reporter {
    /// Builds everything that does not need the network.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: Settings) -> Result<Self, ReportError> {
        let Settings { destination, stack } = settings;
        let transport = Transport::new().map_err(|_| ReportError::Client)?;
        Ok(Self { destination, stack, transport, limit: Mutex::default(), repeats: Mutex::default() })
    }

    /// Reports the faults in one event. `deadline`: when Lambda stops the function.
    ///
    /// # Errors
    /// See the table above.
    pub async fn report(&self, event: &str, deadline: SystemTime) -> Result<(), ReportError> {
        let Some(batch) =
            Batch::unpack(event).inspect_err(|error| tracing::error!(%error, "nothing was reported"))?
        else {
            return Ok(());
        };
        let due = self.due(&batch, SystemTime::now());
        if due.is_empty() {
            return Ok(());
        }
        let sent = self.send(due, deadline).await;
        sent.inspect_err(|error| tracing::error!(%error, "not everything was reported"))
    }

    /// The faults among the lines that are not in their pause, each once, with the number of lines.
    fn due(&self, batch: &Batch, now: SystemTime) -> Vec<Due> {
        let source = Source::read(&self.stack, &batch.log_group, &batch.log_stream);
        let mut repeats = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut due, mut held_back, mut left_out) = (Vec::new(), 0, 0);
        for Alike { group, fault, line, times } in alike(batch, &source) {
            let Some(told) = repeats.due(&group, times, now) else {
                held_back += times;
                continue;
            };
            if due.len() < MAX_EVENTS {
                due.push((group, render(&fault, told, &source, &self.stack, line)));
            } else {
                left_out += times;
            }
        }
        if held_back > 0 {
            tracing::info!(
                held_back,
                log_group = batch.log_group,
                "lines of faults that were already reported within a minute are held back"
            );
        }
        if left_out > 0 {
            tracing::warn!(
                left_out,
                sent = due.len(),
                log_group = batch.log_group,
                "more errors at once than can be reported"
            );
        }
        due
    }

    async fn send(&self, due: Vec<Due>, deadline: SystemTime) -> Result<(), ReportError> {
        let to = self.transport.connect().map_err(|_| ReportError::Client)?;
        let mut left = due.len();
        for (group, event) in due {
            // Even an answer of 200 can contain a limit.
            if let Some(limit) = self.left() {
                return Err(ReportError::Limited(limit, left));
            }
            if deadline.duration_since(SystemTime::now()).unwrap_or_default() <= 2 * TIMEOUT + PAUSE {
                return Err(ReportError::OutOfTime(left));
            }
            match self.send_one(event, &to, left).await? {
                Outcome::Taken => {}
                Outcome::Dropped(status) => {
                    tracing::warn!(status, "Sentry refuses an event, which is dropped");
                }
                Outcome::Limited => {
                    return Err(ReportError::Limited(self.left().unwrap_or_default(), left));
                }
            }
            self.repeats.lock().unwrap_or_else(PoisonError::into_inner).note(group, SystemTime::now());
            left -= 1;
        }
        Ok(())
    }

    async fn send_one(
        &self,
        event: Event<'static>,
        to: &Connection,
        left: usize,
    ) -> Result<Outcome, ReportError> {
        match self.attempt(event.clone(), to).await {
            Err(_) | Ok(Answer { status: 500..=599, .. }) => {
                tokio::time::sleep(PAUSE).await;
                let again =
                    self.attempt(event, to).await.map_err(|error| ReportError::Unreachable(error, left))?;
                outcome(again.status, left)
            }
            Ok(answer) => outcome(answer.status, left),
        }
    }

    async fn attempt(&self, event: Event<'static>, to: &Connection) -> Result<Answer, Unreachable> {
        let answer = to.post(event, &self.destination).await?;
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        limit.hear(answer.status, answer.limits.as_deref(), answer.retry_after.as_deref(), SystemTime::now());
        Ok(answer)
    }

    fn left(&self) -> Option<Duration> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner).left(SystemTime::now())
    }
}

fn outcome(status: u16, left: usize) -> Result<Outcome, ReportError> {
    match status {
        200..=299 => Ok(Outcome::Taken),
        429 => Ok(Outcome::Limited),
        401 | 403 | 404 => Err(ReportError::Refused(status)),
        500..=599 => Err(ReportError::Failing(status, left)),
        _ => Ok(Outcome::Dropped(status)),
    }
}

/// The lines of one fault: the first of them, and their number.
struct Alike<'a> {
    group: Group,
    fault: Fault,
    line: &'a LogEvent,
    times: usize,
}

/// In the order of the first lines.
fn alike<'a>(batch: &'a Batch, source: &Source) -> Vec<Alike<'a>> {
    let mut places: HashMap<Group, usize> = HashMap::new();
    let mut faults: Vec<Alike<'a>> = Vec::new();
    for line in &batch.log_events {
        let Some(fault) = Fault::read(&line.message) else { continue };
        let group = fingerprint(&fault, source);
        if let Some(known) = places.get(&group).and_then(|place| faults.get_mut(*place)) {
            known.times += 1;
        } else {
            places.insert(group.clone(), faults.len());
            faults.push(Alike { group, fault, line, times: 1 });
        }
    }
    faults
}
