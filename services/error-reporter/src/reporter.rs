//! From an event of `CloudWatch` Logs to events of Sentry: the whole flow.
//!
//! | what happens | what is done | the invoke |
//! |---|---|---|
//! | Sentry takes the event | | succeeds |
//! | 429, or a limit that still holds | what is left is dropped, one warning | succeeds |
//! | 400, 413 and the like | that event is dropped, a warning | succeeds |
//! | 401, 403, 404 | nothing will ever arrive: the DSN is wrong | fails |
//! | 5xx, no answer | once more, then Lambda hands the same event over later | fails |
//! | no event of `CloudWatch` Logs | | fails |
//!
//! What Lambda gives up after its last attempt rings the alarm `UnreportedErrors`. It never writes an event's text into its own log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lambda_runtime::Diagnostic;
use sentry_types::protocol::v7::Event;

use crate::batch::{Batch, BatchError};
use crate::destination::Destination;
use crate::limits::Limit;
use crate::line::Fault;
use crate::sentry_event::render;
use crate::settings::Settings;
use crate::source::Source;
use crate::transport::{Answer, Connection, TIMEOUT, Transport, Unreachable};

/// Of one fault in one invoke: more say nothing new, and cost as much as others.
const MAX_ALIKE: usize = 10;
/// Of one invoke.
const MAX_EVENTS: usize = 100;
/// Before an attempt is made once more.
const PAUSE: Duration = Duration::from_millis(250);

/// Sends what a batch of log lines tells to Sentry.
#[derive(Debug)]
pub struct Reporter {
    destination: Destination,
    stack: String,
    transport: Transport,
    limit: Mutex<Limit>,
}

/// Why an invoke fails.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The event is none of `CloudWatch` Logs.
    #[error("{0}")]
    Event(#[from] BatchError),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client,
    /// There was no answer.
    #[error("{0}; {1} errors were not reported yet")]
    Unreachable(Unreachable, usize),
    /// Sentry has a fault.
    #[error("Sentry answers {0}; {1} errors were not reported yet")]
    Failing(u16, usize),
    /// Sentry does not know the key or the project.
    #[error(
        "Sentry answers {0} to the key of the parameter SentryDsn: is the project there, and the key enabled?"
    )]
    Refused(u16),
    /// There is no time for the rest.
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
            Self::OutOfTime(_) => "OutOfTime",
        }
    }
}

impl From<ReportError> for Diagnostic {
    fn from(error: ReportError) -> Self {
        Self { error_type: error.code().to_owned(), error_message: error.to_string() }
    }
}

/// What becomes of an event.
enum Outcome {
    Taken,
    /// Sentry does not want this one, for ever.
    Dropped(u16),
    /// Sentry wants nothing now.
    Limited,
}

impl Reporter {
    /// Sets everything up that does not need the network.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, ReportError> {
        let Settings { destination, stack } = settings;
        let transport = Transport::new().map_err(|_| ReportError::Client)?;
        Ok(Self { destination, stack, transport, limit: Mutex::default() })
    }

    /// Reports what one event tells. `deadline`: when Lambda stops us.
    ///
    /// # Errors
    /// See the table above.
    pub async fn report(&self, event: &str, deadline: SystemTime) -> Result<(), ReportError> {
        let Some(batch) =
            Batch::unpack(event).inspect_err(|error| tracing::error!(%error, "nothing was reported"))?
        else {
            return Ok(());
        };
        let events = self.events(&batch);
        if events.is_empty() {
            return Ok(());
        }
        if let Some(left) = self.left() {
            warn_of_limit(left, events.len());
            return Ok(());
        }
        let connection = self.transport.connect().map_err(|_| ReportError::Client)?;
        let sent = self.send(events, &connection, deadline).await;
        sent.inspect_err(|error| tracing::error!(%error, "not everything was reported"))
    }

    /// The faults among the lines, so many alike and so many in all.
    fn events(&self, batch: &Batch) -> Vec<Event<'static>> {
        let source = Source::read(&self.stack, &batch.log_group, &batch.log_stream);
        let mut alike: HashMap<Vec<String>, usize> = HashMap::new();
        let mut events = Vec::new();
        let mut left_out = 0_usize;
        for line in &batch.log_events {
            let Some(fault) = Fault::read(&line.message) else { continue };
            let event = render(&fault, &source, &self.stack, line);
            let group = event.fingerprint.iter().map(ToString::to_string).collect();
            let seen = alike.entry(group).or_default();
            *seen += 1;
            if *seen > MAX_ALIKE || events.len() >= MAX_EVENTS {
                left_out += 1;
            } else {
                events.push(event);
            }
        }
        if left_out > 0 {
            tracing::warn!(
                left_out,
                sent = events.len(),
                log_group = batch.log_group,
                "more errors at once than are reported"
            );
        }
        events
    }

    async fn send(
        &self,
        events: Vec<Event<'static>>,
        to: &Connection,
        deadline: SystemTime,
    ) -> Result<(), ReportError> {
        let mut left = events.len();
        for event in events {
            if deadline.duration_since(SystemTime::now()).unwrap_or_default() <= 2 * TIMEOUT + PAUSE {
                return Err(ReportError::OutOfTime(left));
            }
            match self.send_one(event, to, left).await? {
                Outcome::Taken => {}
                Outcome::Dropped(status) => {
                    tracing::warn!(status, "Sentry does not take an event, which is dropped");
                }
                Outcome::Limited => {
                    warn_of_limit(self.left().unwrap_or_default(), left);
                    return Ok(());
                }
            }
            left -= 1;
            // An answer of 200 can say that no more shall come.
            if let (Some(limit), true) = (self.left(), left > 0) {
                warn_of_limit(limit, left);
                return Ok(());
            }
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

fn warn_of_limit(left: Duration, dropped: usize) {
    tracing::warn!(
        dropped,
        for_seconds = left.as_secs(),
        "Sentry wants no more for now, so errors are not reported"
    );
}
