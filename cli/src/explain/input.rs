//! Reads what is to be explained, a token or an event, from an argument, a file or stdin, and makes it an
//! event.
//!
//! The input is a credential, so this file must not repeat what it read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use platform::config::Config;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::cli::ExplainArgs;
use crate::error::Error;
use crate::grants::example_arn;

/// Far more than API Gateway sends to an authorizer.
const LIMIT: u64 = 1 << 20;

const STDIN: &str = "-";

/// The event that passes the token to the gate.
pub(super) fn event(args: &ExplainArgs, config: &Config, stdin: &mut dyn Read) -> Result<Value, Error> {
    match (&args.event, &args.token) {
        (Some(path), _) => recorded(path, stdin),
        (None, Some(token)) if token.expose_secret() != STDIN => bearing(token, "the argument", config),
        (None, _) => bearing(&read(stdin, "stdin")?, "stdin", config),
    }
}

fn recorded(path: &Path, stdin: &mut dyn Read) -> Result<Value, Error> {
    let what = if path == Path::new(STDIN) { "stdin".to_owned() } else { path.display().to_string() };
    let text = if path == Path::new(STDIN) {
        read(stdin, &what)?
    } else {
        let unreadable = |reason| Error::InputUnreadable { what: what.clone(), reason };
        read(&mut File::open(path).map_err(unreadable)?, &what)?
    };
    serde_json::from_str(text.expose_secret()).map_err(|error| Error::EventNotJson {
        what,
        line: error.line(),
        column: error.column(),
    })
}

/// The event of a client that sends this token. The method and path make no difference.
fn bearing(text: &SecretString, what: &str, config: &Config) -> Result<Value, Error> {
    let text = text.expose_secret();
    let token = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if token.is_empty() {
        return Err(Error::NoToken { what: what.to_owned() });
    }
    let has_scheme = token.split_once(' ').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let header = if has_scheme { token.to_owned() } else { format!("Bearer {token}") };
    Ok(json!({ "type": "TOKEN", "authorizationToken": header, "methodArn": example_arn(config) }))
}

fn read(source: &mut dyn Read, what: &str) -> Result<SecretString, Error> {
    let what = what.to_owned();
    let mut bytes = Vec::new();
    match source.take(LIMIT + 1).read_to_end(&mut bytes) {
        Err(reason) => Err(Error::InputUnreadable { what, reason }),
        Ok(length) if length as u64 > LIMIT => Err(Error::InputTooLong { what, limit: LIMIT }),
        Ok(_) => String::from_utf8(bytes).map(SecretString::from).map_err(|_| Error::InputNotText { what }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Value {
        let config = Config::parse("{}").unwrap();
        bearing(&SecretString::from(text), "stdin", &config).unwrap()["authorizationToken"].clone()
    }

    #[test]
    fn a_token_stands_alone_or_behind_its_scheme() {
        for text in ["a.b.c", "a.b.c\n", "a.b.c\r\n", "Bearer a.b.c", "Bearer a.b.c\n"] {
            assert_eq!(header(text), "Bearer a.b.c", "{text:?}");
        }
        assert_eq!(header("bearer a.b.c"), "bearer a.b.c");
    }

    #[test]
    fn what_the_gate_would_refuse_is_left_as_it_is() {
        assert_eq!(header(" a.b.c"), "Bearer  a.b.c");
        assert_eq!(header("a.b.c\n\n"), "Bearer a.b.c\n");
        assert_eq!(header("Basic x"), "Bearer Basic x");
    }

    #[test]
    fn input_that_cannot_be_one_is_not_read_on() {
        let endless = &mut std::io::repeat(b'a');
        assert!(matches!(read(endless, "stdin"), Err(Error::InputTooLong { .. })));
        assert!(matches!(read(&mut &b"\xff"[..], "stdin"), Err(Error::InputNotText { .. })));
    }
}
