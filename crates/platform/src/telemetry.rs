//! Writes each log line as a JSON object to standard output, from where Lambda collects it.
//!
//! Secrets do not reach a log call, because their types redact themselves. As a second defence, this file removes
//! everything that looks like a JWT from each line. It must not depend on what is logged.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Span};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Sets how much is logged: `trace`, `debug`, `info` (the default), `warn`, `error` or `off`. A release build
/// contains no log calls below `info`, neither ours nor a library's: see `tracing` in the workspace's Cargo.toml.
pub const LOG_LEVEL: &str = "LOG_LEVEL";

/// The replacement for a token.
const REDACTED: &[u8] = b"[redacted]";

/// Starts logging. The events of `crates` are logged at the level in `LOG_LEVEL`. All other crates are logged from
/// `warn` on, because libraries may trace the headers that they send.
///
/// A second call in the same process has no effect.
pub fn init(env: impl Fn(&str) -> Option<String>, crates: &[&str]) {
    let level = env(LOG_LEVEL).and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let subscriber = tracing_subscriber::registry().with(layer(io::stdout)).with(targets(level, crates));
    // An error means that there is a subscriber already, for example in tests.
    if subscriber.try_init().is_ok() {
        // The default hook writes the panic's text to standard error, where nothing removes tokens. The text of a
        // library's panic may contain the input.
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            tracing::error!(place, panic = panic.payload_as_str(), "it panicked");
        }));
    }
}

/// The span of one invocation. Everything that is logged inside it has the request id.
#[must_use]
pub fn invocation(request_id: &str) -> Span {
    tracing::span!(Level::ERROR, "invocation", request_id)
}

fn targets(level: LevelFilter, crates: &[&str]) -> Targets {
    let others = level.min(LevelFilter::WARN);
    Targets::new()
        .with_default(others)
        .with_targets(crates.iter().chain(&["platform"]).map(|name| ((*name).to_owned(), level)))
}

fn layer<S, W>(writer: W) -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(Redacting(writer))
}

/// Makes writers that remove the tokens from lines.
struct Redacting<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Redacting<W> {
    type Writer = RedactingWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter(self.0.make_writer())
    }
}

/// tracing-subscriber writes each event with a single call, so no token is split between two calls.
struct RedactingWriter<W>(W);

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut rest = line;
        while let Some((before, after)) = split_at_token(rest) {
            self.0.write_all(before)?;
            self.0.write_all(REDACTED)?;
            rest = after;
        }
        self.0.write_all(rest)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text before and after the first run of token characters that starts like a JWT: `eyJ` is the base64url form of
/// `{"`.
fn split_at_token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = text.windows(3).position(|window| window == b"eyJ")?;
    let (before, token) = text.split_at(start);
    let end = token.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(token.len());
    let (_, after) = token.split_at(end);
    Some((before, after))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LevelFilter, log: impl FnOnce()) -> String {
        let sink = Sink::default();
        let copy = sink.clone();
        let subscriber = tracing_subscriber::registry()
            .with(layer(move || copy.clone()))
            .with(targets(level, &[module_path!()]));
        tracing::subscriber::with_default(subscriber, log);
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_one_json_object_that_bears_the_request_id() {
        let line = logged(LevelFilter::INFO, || {
            invocation("7f3a").in_scope(|| tracing::info!(answer = 42, "hello\nworld"));
        });
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["message"], "hello\nworld");
        assert_eq!(line["answer"], 42);
        assert_eq!(line["span"]["request_id"], "7f3a");
    }

    #[test]
    fn a_token_never_leaves_even_if_somebody_logs_it() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_";
        let line = logged(LevelFilter::INFO, || {
            tracing::info!(header = format!("Bearer {token}, {token}"), "got {token:?} and {token}");
        });
        assert!(!line.contains("eyJ") && !line.contains("c2lnbmF0dXJl"), "{line}");
        assert_eq!(line.matches("[redacted]").count(), 4, "{line}");
        assert!(serde_json::from_str::<Value>(&line).is_ok(), "{line}");
    }

    #[test]
    fn libraries_are_heard_from_warnings_on() {
        let log = || {
            tracing::info!("ours");
            tracing::info!(target: "hyper", "theirs, quiet");
            tracing::warn!(target: "hyper", "theirs, loud");
        };
        let all = logged(LevelFilter::TRACE, log);
        assert!(
            all.contains("ours") && all.contains("theirs, loud") && !all.contains("theirs, quiet"),
            "{all}"
        );
        assert_eq!(logged(LevelFilter::OFF, log), "");
    }
}
