//! `ETag` and `If-Match`: an order is only changed in the version that the caller has seen. RFC 9110 sections
//! 8.8.3 and 13.1.1; RFC 6585 section 3.

use axum::extract::FromRequestParts;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};
use web::{ErrorStatus, Problem};

use crate::order::Version;

/// The entity tag of an order at this version.
pub(crate) fn etag(version: Version) -> HeaderValue {
    // A number between quotes is always a valid header value.
    HeaderValue::from_str(&format!("\"{}\"", version.get())).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The versions in which an order may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// `*`: any version.
    Any,
    /// One of these. A tag that is weak or not ours is left out, because it matches nothing.
    OneOf(Vec<Version>),
}

impl IfMatch {
    /// Succeeds if the order has one of the versions.
    pub(crate) fn check(&self, version: Version) -> Result<(), Problem> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(versions) if versions.contains(&version) => Ok(()),
            Self::OneOf(_) => Err(changed_meanwhile()),
        }
    }

    fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut lines = headers.get_all(IF_MATCH).iter().peekable();
        if lines.peek().is_none() {
            return Err(missing());
        }
        let mut versions = Vec::new();
        for line in lines {
            let line = line.to_str().map_err(|_| malformed())?.trim();
            if line == "*" {
                return Ok(Self::Any);
            }
            versions.extend(tags(line).ok_or_else(malformed)?);
        }
        Ok(Self::OneOf(versions))
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(&parts.headers)
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let tags = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r#"^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)$"#));
        let header = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some("The `ETag` of the order as you have seen it, one of several, or `*` for any."))
            .schema(Some(tags));
        vec![header.build()]
    }
}

/// The versions that a list of entity tags names. A comma may be part of a tag or separate two tags.
fn tags(line: &str) -> Option<Vec<Version>> {
    let mut versions = Vec::new();
    let mut rest = line;
    loop {
        let (is_weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |strong| (true, strong));
        let (opaque, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        versions.extend(version(opaque).filter(|_| !is_weak));
        match after.trim_start().strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None if after.trim().is_empty() => return Some(versions),
            None => return None,
        }
    }
}

/// The version in a tag of ours. A version has only one spelling.
fn version(opaque: &str) -> Option<Version> {
    let version = opaque.parse().ok().and_then(Version::new)?;
    (version.get().to_string() == opaque).then_some(version)
}

/// 412: the order is not in the version that the caller has seen.
pub(crate) fn changed_meanwhile() -> Problem {
    Problem::new(
        ErrorStatus::PRECONDITION_FAILED,
        "precondition_failed",
        "The order does not have a version that If-Match names. Read it again, then decide again.",
    )
}

fn missing() -> Problem {
    Problem::new(
        ErrorStatus::PRECONDITION_REQUIRED,
        "precondition_required",
        "Send If-Match with the ETag of the order as you have seen it.",
    )
}

fn malformed() -> Problem {
    Problem::new(
        ErrorStatus::BAD_REQUEST,
        "invalid_if_match",
        "If-Match must contain entity tags in double quotes, separated by commas, or *.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<IfMatch, String> {
        let lines = lines.iter().map(|line| (IF_MATCH, HeaderValue::from_str(line).unwrap()));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, line)| {
            headers.append(name, line);
        });
        IfMatch::read(&headers).map_err(|problem| problem.code().to_owned())
    }

    fn of(versions: &[u64]) -> IfMatch {
        IfMatch::OneOf(versions.iter().map(|number| Version::new(*number).unwrap()).collect())
    }

    #[test]
    fn a_tag_of_ours_names_its_version() {
        let version = Version::new(12).unwrap();
        assert_eq!(read(&[etag(version).to_str().unwrap()]), Ok(of(&[12])));
        assert_eq!(read(&[r#""1", "2","x,y" , W/"3""#, r#""4""#]), Ok(of(&[1, 2, 4])));
        assert_eq!(read(&["*"]), Ok(IfMatch::Any));
    }

    #[test]
    fn another_tag_matches_nothing() {
        for other in
            [r#""""#, r#"W/"1""#, r#""01""#, r#""+1""#, r#""0""#, r#""99999999999999999999""#, r#""abc""#]
        {
            assert_eq!(read(&[other]), Ok(of(&[])), "{other}");
        }
    }

    #[test]
    fn a_text_that_is_no_tag_is_refused() {
        for bad in
            ["1", "", ",", r#""1"#, r#"1""#, r#""1" "2""#, r#""1","#, r#"w/"1""#, r#"*, "1""#, r#""a b""#]
        {
            assert_eq!(read(&[bad]), Err("invalid_if_match".to_owned()), "{bad}");
        }
        assert_eq!(read(&[]), Err("precondition_required".to_owned()));
    }
}
