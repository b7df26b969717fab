//! `gatehouse config`: checks the file, prints the template's parameters and the file's JSON Schema.
//!
//! `platform::config` alone decides what is valid. The template's parameters are made in `parameters/`.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use platform::config::{Config, PoolId};
use platform::document;
use serde_json::Value;

use crate::cli::{ConfigCommand, ConfigFile};
use crate::error::Error;

mod parameters;

use parameters::parameters;

pub(crate) fn run(command: &ConfigCommand, out: &mut dyn Write) -> Result<(), Error> {
    match command {
        ConfigCommand::Check(file) => {
            let config = read(file)?;
            parameters(&config)?;
            writeln!(out, "{} is valid", file.shown())?;
            for note in config.notes() {
                writeln!(out, "note: {note}")?;
            }
        }
        ConfigCommand::Merge(file) => {
            let merged = merged(file)?;
            valid(file, &merged)?;
            writeln!(out, "{merged:#}")?;
        }
        ConfigCommand::Parameters(file) => {
            let config = read(file)?;
            for (name, value) in parameters(&config)? {
                writeln!(out, "{name}: {}", yaml_text(&value))?;
            }
        }
        ConfigCommand::Schema => writeln!(out, "{:#}", platform::config::schema())?,
    }
    Ok(())
}

/// The configuration with its overlays.
pub(crate) fn read(file: &ConfigFile) -> Result<Config, Error> {
    if file.overlays.is_empty() {
        let text = text(file.path())?;
        return Config::parse(&text).map_err(|problems| invalid(file, problems));
    }
    valid(file, &merged(file)?)
}

/// The region that the configuration names. `None`: no configuration was named, and there is none in this
/// directory.
pub(crate) fn region(file: &ConfigFile) -> Result<Option<String>, Error> {
    Ok(read_if_any(file)?.map(|config| config.region.to_string()))
}

/// The user pool that the configuration names. `None`: the stack makes its own pool, or there is no
/// configuration here.
pub(crate) fn existing_pool(file: &ConfigFile) -> Result<Option<PoolId>, Error> {
    Ok(read_if_any(file)?.and_then(|config| config.user_pool.id))
}

/// The configuration. `None`: no configuration was named, and there is none in this directory.
fn read_if_any(file: &ConfigFile) -> Result<Option<Config>, Error> {
    match read(file) {
        Ok(config) => Ok(Some(config)),
        Err(Error::ConfigUnreadable { reason, .. })
            if reason.kind() == ErrorKind::NotFound && !file.is_named() =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn valid(file: &ConfigFile, merged: &Value) -> Result<Config, Error> {
    Config::parse(&merged.to_string()).map_err(|problems| invalid(file, problems))
}

/// Each overlay is a JSON Merge Patch (RFC 7396). This function does not check whether the result is a valid
/// configuration.
fn merged(file: &ConfigFile) -> Result<Value, Error> {
    let mut merged = object(file.path())?;
    for path in &file.overlays {
        json_patch::merge(&mut merged, &object(path)?);
    }
    Ok(merged)
}

fn object(path: &Path) -> Result<Value, Error> {
    let invalid = |problems| Error::ConfigInvalid { name: path.display().to_string(), problems };
    document::parse(&text(path)?).map_err(invalid)
}

/// The text of a configuration.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|reason| Error::ConfigUnreadable { path: path.to_owned(), reason })
}

fn invalid(file: &ConfigFile, problems: document::Problems) -> Error {
    Error::ConfigInvalid { name: file.shown(), problems }
}

/// A double-quoted YAML scalar. Everything except visible ASCII and the space is escaped, so that no reader
/// of YAML 1.1 or 1.2 takes it for a line break, another type or the end of the text.
fn yaml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => quoted.extend(["\\U".to_owned(), format!("{:08x}", u32::from(c))]),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_quotes_or_its_line() {
        assert_eq!(yaml_text("plain, =@*&!%-'{}[]#: x"), "\"plain, =@*&!%-'{}[]#: x\"");
        assert_eq!(yaml_text("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(yaml_text("a\nb\u{2028}\u{7f}"), r#""a\U0000000ab\U00002028\U0000007f""#);
        assert_eq!(yaml_text("gr\u{fc}n\u{1f600}"), r#""gr\U000000fcn\U0001f600""#);
    }
}
