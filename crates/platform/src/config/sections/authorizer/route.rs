//! A route as a rule names it: `METHOD /path`.
//!
//! The gate turns routes into IAM resources, in which `*` matches any text, including slashes. So this file must
//! allow no wildcard that matches more there than it seems to match here: `*` is only allowed as the last path
//! segment, and the method `*` becomes a list of all methods.

use std::fmt;

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

/// A method of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
}

impl Method {
    /// The methods that API Gateway knows. `*` means all of them.
    pub const ALL: &[Self] =
        &[Self::Delete, Self::Get, Self::Head, Self::Options, Self::Patch, Self::Post, Self::Put];

    /// The method as HTTP and IAM spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// What a rule grants: some methods on a path, or the connect of a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Route {
    /// `$connect`
    WebSocketConnect,
    /// `METHOD /path`
    Http {
        /// One method, or all of [`Method::ALL`].
        methods: &'static [Method],
        /// Starts with a slash. A last segment `*` stands for everything below it.
        path: String,
    },
}

const FORM: &str = "a route must be \"METHOD /path\" with METHOD a verb or *, or \"$connect\"";

impl Route {
    /// Reads a route.
    ///
    /// # Errors
    /// Why it is no route, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "$connect" {
            return Ok(Self::WebSocketConnect);
        }
        let (method, path) = text.split_once(' ').ok_or_else(|| format!("{FORM}, not {text:?}"))?;
        Ok(Self::Http { methods: parse_methods(method)?, path: parse_path(path)? })
    }

    /// The last part of the IAM resources for this route, for example `GET/orders/*`: everything after the stage in
    /// an ARN.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>
    pub fn resources(&self) -> impl Iterator<Item = String> {
        let (connect, methods, path) = match self {
            Self::WebSocketConnect => (Some("$connect".to_owned()), [].as_slice(), ""),
            Self::Http { methods, path } => (None, *methods, path.as_str()),
        };
        connect.into_iter().chain(methods.iter().map(move |method| [method.as_str(), path].concat()))
    }
}

fn parse_methods(text: &str) -> Result<&'static [Method], String> {
    if text == "*" {
        return Ok(Method::ALL);
    }
    Method::ALL.iter().find(|method| method.as_str() == text).map(std::slice::from_ref).ok_or_else(|| {
        let known: Vec<&str> = Method::ALL.iter().map(|method| method.as_str()).collect();
        format!("unknown method {text:?}: use one of {} or *", known.join(", "))
    })
}

fn parse_path(path: &str) -> Result<String, String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!("{FORM}; the path {path:?} does not start with a slash"));
    };
    if path == "/" {
        return Ok(path.to_owned());
    }
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        check_segment(segment, segments.peek().is_none())
            .map_err(|wrong| format!("the path {path:?} {wrong}"))?;
    }
    Ok(path.to_owned())
}

fn check_segment(segment: &str, last: bool) -> Result<(), &'static str> {
    match segment {
        "*" if last => Ok(()),
        "" => Err("has an empty segment: leave out double and trailing slashes"),
        "." | ".." => Err("has a dot segment: write the path that is meant"),
        _ if segment.contains('*') => Err("has a * that is not the whole last segment: end it in /*"),
        _ if segment.contains(['{', '}']) => {
            Err("has a path parameter, which IAM does not know: end it in /*")
        }
        _ if segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~@:+,=".contains(&b)) => Ok(()),
        _ => Err("has a character that a route cannot hold: use letters, digits and any of -._~@:+,="),
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebSocketConnect => f.write_str("$connect"),
            Self::Http { methods: [method], path } => write!(f, "{} {path}", method.as_str()),
            Self::Http { path, .. } => write!(f, "* {path}"),
        }
    }
}

impl Serialize for Route {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Route {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Route".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "\"METHOD /path\" with METHOD a verb or *, where the last path segment may be *; or \"$connect\"",
            "pattern": r"^(\$connect|(\*|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /(([A-Za-z0-9._~@:+,=-]+/)*([A-Za-z0-9._~@:+,=-]+|\*))?)$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(text: &str) -> Vec<String> {
        Route::parse(text).unwrap().resources().collect()
    }

    #[test]
    fn a_route_becomes_the_tail_of_an_arn() {
        assert_eq!(resources("GET /whoami"), ["GET/whoami"]);
        assert_eq!(resources("POST /"), ["POST/"]);
        assert_eq!(resources("GET /orders/*"), ["GET/orders/*"]);
        assert_eq!(resources("GET /*"), ["GET/*"]);
        assert_eq!(resources("$connect"), ["$connect"]);
    }

    #[test]
    fn any_method_is_spelled_out_because_a_star_in_iam_would_span_the_path_too() {
        let all = resources("* /orders");
        assert_eq!(all.len(), Method::ALL.len());
        assert!(all.iter().all(|resource| !resource.contains('*')), "{all:?}");
    }

    #[test]
    fn a_route_prints_as_it_was_written() {
        for text in ["GET /whoami", "* /orders/*", "$connect", "DELETE /"] {
            assert_eq!(Route::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_route_that_would_mean_something_else_in_iam_is_refused() {
        for bad in [
            "",
            "GET",
            "/whoami",
            "get /whoami",
            "FETCH /whoami",
            "GET whoami",
            "GET  /whoami",
            "GET /a b",
            "GET /who*",
            "GET /*/whoami",
            "GET /a/**",
            "GET /a?",
            "GET /a/{id}",
            "GET /${aws:username}",
            "GET /a//b",
            "GET /a/",
            "GET /a/../b",
            "GET /./a",
            "GET /%2f",
            "GET /\u{e9}",
            "$disconnect",
            "$connect ",
            "ANY /a",
        ] {
            assert!(Route::parse(bad).is_err(), "{bad:?}");
        }
    }
}
