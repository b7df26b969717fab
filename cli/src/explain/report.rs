//! Prints an authorizer's report, as text for people and as JSON for programs.
//!
//! Claims are shown, the token is not. Anybody can write a claim's text, so characters that could move a
//! terminal's cursor or change the direction of its text are escaped.

use std::io::{self, Write};

use authorizer::inspect::{Check, Outcome, Report, Step, UnverifiedView, Verdict};
use authorizer::{AuthorizeError, Decision, Rules, TrustedIssuer, UnixTime};
use platform::identity::{Authority, Names};
use serde::Serialize;

use super::advice::Case;
use super::missed::{self, Missed, missed};
use super::open::Open;
use super::words::{self, escaped};
use crate::error::Error;
use crate::grants::{self, Granted, granted};
use crate::when::{distance, moment};

/// A report with all explanations.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explanation {
    verdict: &'static str,
    /// The status that the client gets from API Gateway. `null`: the service decides it, or it is unknown.
    status: Option<u16>,
    /// The reason as the audit log names it.
    reason: Option<&'static str>,
    checks: Vec<Line>,
    claims: Option<Claims>,
    /// What the bearer may call.
    opens: Vec<Granted>,
    /// What the rules grant to this caller, if the verdict did not refuse them.
    would_open: Vec<Granted>,
    /// The rules that grant nothing to this caller.
    unmet: Vec<Missed>,
    #[serde(skip)]
    said: Said,
    #[serde(skip)]
    open: Open,
}

/// One check.
#[derive(Serialize)]
struct Line {
    check: &'static str,
    result: Ended,
    code: Option<&'static str>,
    detail: Option<String>,
    #[serde(rename = "todo")]
    advice: Option<String>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum Ended {
    Ok,
    Failed,
    NotReached,
}

impl Ended {
    const fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "FAILED",
            Self::NotReached => "not reached",
        }
    }
}

#[derive(Serialize)]
struct Claims {
    verified: bool,
    kid: Option<String>,
    iss: Option<String>,
    sub: Option<String>,
    client_id: Option<String>,
    aud: Vec<String>,
    token_use: Option<&'static str>,
    exp: Option<u64>,
    iat: Option<u64>,
    nbf: Option<u64>,
    groups: Vec<String>,
    scopes: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Pass,
    Forbidden,
    Unauthorized,
    Failed,
    Undecided,
    /// The verdict is undecided, but the rules grant nothing even if everything unchecked is right.
    Refused,
}

impl Said {
    fn of(report: &Report, open: Open) -> Self {
        match report.verdict {
            Verdict::Decided(Ok(Decision::Allow)) if !open.is_settled() => Self::Undecided,
            Verdict::Decided(Ok(Decision::Deny(_))) if !open.is_settled() => Self::Refused,
            Verdict::Decided(Ok(Decision::Allow)) => Self::Pass,
            Verdict::Decided(Ok(Decision::Deny(_))) => Self::Forbidden,
            Verdict::Decided(Err(AuthorizeError::Unauthorized(_))) => Self::Unauthorized,
            Verdict::Decided(Err(_)) => Self::Failed,
            Verdict::Undecided => {
                let fails = |check: &Check| matches!(check.outcome, Outcome::Failed(_));
                if report.checks.iter().any(fails) { Self::Refused } else { Self::Undecided }
            }
        }
    }

    const fn code(self) -> (&'static str, Option<u16>) {
        match self {
            Self::Pass => ("pass", None),
            Self::Forbidden => ("forbidden", Some(403)),
            Self::Unauthorized => ("unauthorized", Some(401)),
            Self::Failed => ("failure", Some(500)),
            Self::Undecided => ("undecided", None),
            Self::Refused => ("refused", None),
        }
    }

    fn words(self, open: Open) -> String {
        match self {
            Self::Pass => {
                "pass: the client may call the routes below, and gets 403 for all others".to_owned()
            }
            Self::Forbidden => "403: the token is good, and the client gets 403 for every route".to_owned(),
            Self::Unauthorized => {
                "401: the client gets {\"message\":\"Unauthorized\"} for every route".to_owned()
            }
            Self::Failed => {
                "500: the gate cannot decide, and the client gets a 500 for every route".to_owned()
            }
            Self::Undecided => {
                format!("undecided: {}, everything else is right; {}", open.words(), open.advice())
            }
            Self::Refused => format!(
                "refused: {}; the client gets 403 for every route if that is good, else 401",
                open.words()
            ),
        }
    }
}

impl Explanation {
    pub(super) fn new(case: &Case<'_>, rules: &Rules) -> Self {
        let (report, open) = (case.report, case.open);
        let said = Said::of(report, open);
        let (verdict, status) = said.code();
        let caller = report.principal.as_ref().zip(report.issuer.as_deref());
        let granted = caller.map(|(principal, _)| granted(rules, principal, case.now)).unwrap_or_default();
        let (opens, would_open) =
            if said == Said::Pass { (granted, Vec::new()) } else { (Vec::new(), granted) };
        Self {
            verdict,
            status,
            reason: match report.verdict {
                Verdict::Decided(Err(failure)) => Some(failure.code()),
                Verdict::Decided(Ok(Decision::Deny(refusal))) if open.is_settled() => Some(refusal.code()),
                Verdict::Decided(Ok(_)) | Verdict::Undecided => None,
            },
            checks: report.checks.iter().map(|check| line(check, case)).collect(),
            claims: report.stated.as_ref().map(|stated| claims(stated, report, open)),
            opens,
            would_open,
            unmet: caller
                .map(|(principal, issuer)| missed(rules, principal, issuer, case.now))
                .unwrap_or_default(),
            said,
            open,
        }
    }

    pub(super) fn is_let_in(&self) -> bool {
        self.said == Said::Pass
    }

    pub(super) fn print_json(&self, out: &mut dyn Write) -> Result<(), Error> {
        serde_json::to_writer(&mut *out, self).map_err(io::Error::from)?;
        writeln!(out)?;
        Ok(())
    }

    pub(super) fn print(&self, out: &mut dyn Write) -> Result<(), Error> {
        for Line { check, result, detail, advice, .. } in &self.checks {
            let detail = detail.as_deref().unwrap_or_default();
            writeln!(out, "{}", format!("{:<12} {check:<10} {detail}", result.words()).trim_end())?;
            if let Some(advice) = advice {
                writeln!(out, "{:24}-> {advice}", "")?;
            }
        }
        if let Some(claims) = &self.claims {
            writeln!(out)?;
            claims.print(out)?;
        }
        writeln!(out, "\n{}", self.said.words(self.open))?;
        if let Some(reason) = self.reason {
            writeln!(out, "in the audit log: {reason}")?;
        }
        let routes = if self.opens.is_empty() { &self.would_open } else { &self.opens };
        if !routes.is_empty() {
            let heading = if self.opens.is_empty() { "would open, if it were accepted:" } else { "opens:" };
            writeln!(out, "\n{heading}")?;
            grants::print(routes, "  ", out)?;
        }
        if !self.unmet.is_empty() {
            writeln!(out, "\nrules that are not met:")?;
            missed::print(&self.unmet, out)?;
        }
        Ok(())
    }
}

fn line(check: &Check, case: &Case<'_>) -> Line {
    let line = |result, detail| Line { check: check.step.code(), result, code: None, detail, advice: None };
    match check.outcome {
        Outcome::Passed if let Some(why) = case.open.instead_of(check.step) => {
            line(Ended::NotReached, Some(why.to_owned()))
        }
        Outcome::Passed => line(Ended::Ok, passed(check.step, case)),
        Outcome::Failed(why) => Line {
            code: Some(why.code()),
            advice: Some(case.what_to_do(why)),
            ..line(Ended::Failed, Some(case.why(why)))
        },
        Outcome::NotReached(step) => {
            line(Ended::NotReached, Some(format!("{} must pass first", step.code())))
        }
        Outcome::Skipped => line(Ended::NotReached, Some("there are no keys to check with".to_owned())),
    }
}

/// What is useful to know about a check that passed.
fn passed(step: Step, case: &Case<'_>) -> Option<String> {
    if step == Step::Event {
        return case.kind.words().map(str::to_owned);
    }
    let stated = case.report.stated.as_ref()?;
    match step {
        Step::Issuer => case.report.issuer.as_deref().map(|issuer| authority(issuer).to_owned()),
        Step::Times => {
            let expires_at = UnixTime::from_secs(stated.expires_at()?);
            Some(format!("expires {}, {}", distance(expires_at, case.now), moment(expires_at)))
        }
        Step::Key => case.report.key_id.as_ref().map(|id| escaped(&id.to_string())),
        _ => None,
    }
}

/// What the issuer's groups and scopes count for.
const fn authority(issuer: &TrustedIssuer) -> &'static str {
    match issuer.authority {
        Authority::Own => "the stack's own pool",
        Authority::Sole => "the only issuer, which rules without issuers are for",
        Authority::Named => "a listed issuer; only rules that name it are for its tokens",
    }
}

fn claims(stated: &UnverifiedView, report: &Report, open: Open) -> Claims {
    let names = |names: &Names| names.as_slice().to_vec();
    Claims {
        verified: open.is_settled() && matches!(report.verdict, Verdict::Decided(Ok(_))),
        kid: report.key_id.as_ref().map(ToString::to_string),
        iss: stated.issuer.clone(),
        sub: stated.subject.clone(),
        client_id: stated.client_id.clone(),
        aud: stated.audiences().to_vec(),
        token_use: stated.token_use.map(platform::identity::TokenUse::as_str),
        exp: stated.expires_at(),
        iat: stated.issued_at(),
        nbf: stated.not_before(),
        groups: names(&stated.groups),
        scopes: names(&stated.scopes),
    }
}

impl Claims {
    fn print(&self, out: &mut dyn Write) -> Result<(), Error> {
        let trust = if self.verified { "verified" } else { "UNVERIFIED: anybody could have written this" };
        writeln!(out, "the token says ({trust}):")?;
        let text = |text: &Option<String>| text.as_deref().map(escaped);
        let date = |date: Option<u64>| date.map(|date| moment(UnixTime::from_secs(date)));
        let list = |names: &[String], show: fn(&str) -> String| {
            let shown: Vec<_> = names.iter().map(|name| show(name)).collect();
            (!shown.is_empty()).then(|| shown.join(" "))
        };
        for (name, value) in [
            ("kid", text(&self.kid)),
            ("iss", text(&self.iss)),
            ("sub", text(&self.sub)),
            ("client_id", text(&self.client_id)),
            ("aud", list(&self.aud, escaped)),
            ("token_use", self.token_use.map(str::to_owned)),
            ("exp", date(self.exp)),
            ("iat", date(self.iat)),
            ("nbf", date(self.nbf)),
            ("groups", list(&self.groups, words::name)),
            ("scopes", list(&self.scopes, words::name)),
        ] {
            if let Some(value) = value {
                writeln!(out, "  {name:<10} {value}")?;
            }
        }
        Ok(())
    }
}
