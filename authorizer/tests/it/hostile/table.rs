//! The classes, the type of a case, and the table of both.

use std::collections::BTreeSet;

use authorizer::{AuthorizeError, DenyReason, MalformedEvent, TokenError};
use serde_json::Value;

use super::fixture::{idp, own_pool};
use super::suite::SUITES;
use super::{
    algorithm, amplification, arn, authority, claims, context, encoding, header, key_sets, other_issuers,
    rights, shape, signature, transport,
};

/// A way to attack the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Algorithm,
    Header,
    Shape,
    Encoding,
    Signature,
    KeySets,
    Claims,
    Transport,
    Arn,
    Context,
    Amplification,
    Authority,
    /// Keys and signatures of another algorithm's kind: see `by_algorithm/`.
    Kinds,
}

impl Class {
    const ALL: [(Self, &'static str); 13] = [
        (Self::Algorithm, "algorithms other than the issuer's"),
        (Self::Header, "headers that name no key, or bring their own"),
        (Self::Shape, "shapes that are no compact JWS"),
        (Self::Encoding, "encodings that can be read in two ways"),
        (Self::Signature, "signatures that are not the key's"),
        (Self::KeySets, "key sets with weak or foreign keys, or no set"),
        (Self::Claims, "claims that are missing, odd or another's"),
        (Self::Transport, "Authorization headers that are no bearer token"),
        (Self::Arn, "ARNs that could widen a policy"),
        (Self::Context, "contexts that the gateway would choke on"),
        (Self::Amplification, "key ids that nobody has"),
        (Self::Authority, "another issuer's word for the own pool's"),
        (Self::Kinds, "keys and signatures of another algorithm's kind"),
    ];
}

/// What the result of a case must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A policy that allows something.
    Allow,
    /// A policy that denies everything, for this reason.
    Deny(DenyReason),
    /// No decision.
    Fail(AuthorizeError),
}

/// The client gets a 401.
pub(super) const fn bad(error: TokenError) -> Expected {
    Expected::Fail(AuthorizeError::Unauthorized(error))
}

/// The client gets a 500: there is no decision, and none is cached.
pub(super) const NO_KEYS: Expected = Expected::Fail(AuthorizeError::KeysUnavailable);
pub(super) const NO_EVENT: Expected = Expected::Fail(AuthorizeError::MalformedEvent(MalformedEvent::Kind));
pub(super) const NO_ARN: Expected = Expected::Fail(AuthorizeError::MalformedEvent(MalformedEvent::MethodArn));

pub(super) struct Case {
    pub(super) class: Class,
    pub(super) name: String,
    pub(super) event: Value,
    pub(super) expected: Expected,
    pub(super) why: &'static str,
}

impl Class {
    pub(super) fn case(
        self,
        name: impl Into<String>,
        event: Value,
        expected: Expected,
        why: &'static str,
    ) -> Case {
        Case { class: self, name: name.into(), event, expected, why }
    }
}

/// The cases of the first suite, which has issuers of all kinds. `by_algorithm/` has the other suites.
pub(super) fn cases() -> Vec<Case> {
    [
        algorithm::cases(),
        header::cases(),
        shape::cases(&own_pool()),
        shape::cases(&idp()),
        encoding::cases(&own_pool()),
        encoding::cases(&idp()),
        signature::cases(),
        key_sets::cases(),
        claims::cases(),
        rights::cases(),
        transport::cases(&own_pool()),
        transport::cases(&idp()),
        arn::cases(),
        context::cases(),
        amplification::cases(),
        authority::cases(),
        other_issuers::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is for people")]
fn every_class_has_its_cases_and_each_says_why() {
    println!("{:>4} {:>5} {:>5} {:>5} {:>5}  class", "", "cases", "allow", "deny", "fail");
    let mut total = [0; 4];
    let all: Vec<&Case> = SUITES.iter().flat_map(|suite| &suite.cases).collect();
    for (number, (class, title)) in Class::ALL.into_iter().enumerate() {
        let outcomes = all.iter().filter(|case| case.class == class).map(|case| case.expected);
        let mut counts = [0; 4];
        for outcome in outcomes {
            counts[0] += 1;
            counts[match outcome {
                Expected::Allow => 1,
                Expected::Deny(_) => 2,
                Expected::Fail(_) => 3,
            }] += 1;
        }
        print_row(&(number + 1).to_string(), counts, title);
        assert!(counts[0] >= 3, "{class:?} has {} cases", counts[0]);
        assert!(counts[1] >= 1, "{class:?} has no control");
        total = std::array::from_fn(|index| total[index] + counts[index]);
    }
    print_row("", total, "all");
    assert!(total[0] >= 3_000, "{} cases", total[0]);
    assert_eq!(total[0], all.len(), "a class is not in the table");
    let mut names = BTreeSet::new();
    for case in all {
        assert!(names.insert((case.class, &case.name)), "{:?} has two cases named {}", case.class, case.name);
        assert!(!case.why.is_empty(), "{:?}: {} does not say why", case.class, case.name);
    }
}

#[expect(clippy::print_stdout, reason = "the table is for people")]
fn print_row(number: &str, [cases, allow, deny, fail]: [usize; 4], title: &str) {
    println!("{number:>4} {cases:>5} {allow:>5} {deny:>5} {fail:>5}  {title}");
}
