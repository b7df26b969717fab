//! Every case against the library.

use authorizer::UnixTime;
use serde_json::Value;

use super::answer::effect;
use super::table::{CASES, Case, Expected};
use super::world;
use crate::support::gate;

fn problem(case: &Case, outcome: Result<Value, authorizer::Failure>) -> Option<String> {
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

#[tokio::test]
async fn the_library_gives_every_hostile_input_the_outcome_that_it_must_have() {
    let server = world::key_server();
    let gate = gate(&server.url, &world::authorizer(&server.url));
    let now = UnixTime::from_secs(*world::NOW);
    gate.prefetch(now).await;
    let mut problems = Vec::new();
    for case in CASES.iter() {
        let outcome = gate.authorize(&case.event, now).await;
        problems.extend(problem(case, outcome.map(|answer| serde_json::to_value(answer).unwrap())));
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), CASES.len(), problems.join("\n"));
    world::assert_each_set_was_fetched_once(&server);
}
