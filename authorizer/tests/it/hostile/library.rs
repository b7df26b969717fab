//! Every case against the library.

use authorizer::UnixTime;
use serde_json::Value;

use super::answer::effect;
use super::fixture;
use super::suite::{SUITES, Suite};
use super::table::{Case, Expected};
use crate::support::gate;

fn problem(case: &Case, outcome: Result<Value, authorizer::AuthorizeError>) -> Option<String> {
    let outcome = match outcome {
        Ok(answer) => effect(&case.event, &answer).map(str::to_owned),
        Err(failure) => Ok(format!("{failure:?}")),
    };
    let expected = match case.expected {
        Expected::Allow => "Allow".to_owned(),
        Expected::Deny(_) => "Deny".to_owned(),
        Expected::Fail(failure) => format!("{failure:?}"),
    };
    (outcome.as_ref() != Ok(&expected)).then(|| {
        format!("{:?}: {}: {outcome:?} and not {expected}, though {}", case.class, case.name, case.why)
    })
}

async fn show(suite: &Suite) -> Vec<String> {
    let server = suite.key_server();
    let gate = gate(&server.url, &suite.authorizer(&server.url));
    let now = UnixTime::from_secs(*fixture::NOW);
    gate.prefetch(now).await;
    let mut problems = Vec::new();
    for case in &suite.cases {
        let outcome = gate.authorize(&case.event, now).await;
        problems.extend(problem(case, outcome.map(|answer| serde_json::to_value(answer).unwrap())));
    }
    suite.assert_each_set_was_fetched_once(&server);
    problems
}

#[tokio::test]
async fn the_library_gives_every_hostile_input_its_outcome() {
    let mut problems = Vec::new();
    for suite in SUITES.iter() {
        problems.extend(show(suite).await);
    }
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
}
