//! The API does what openapi.json says.

use e2e::{Api as _, Askers, Stack, ask_what_it_describes};
use reqwest::Method;
use serde_json::Value;

use super::people::Member;
use crate::{Outcome, PASSED, checks};

checks![the_api_hands_out_its_description, every_answer_is_one_that_is_described];

fn the_api_hands_out_its_description(stack: &Stack) -> Outcome {
    let golden: Value = serde_json::from_str(include_str!("../../../../openapi.json"))?;
    let answer = stack.send(Method::GET, "/openapi.json", &[], None)?;
    assert_eq!((answer.status, answer.json()), (200, golden));
    PASSED
}

/// This is the longest test: it takes more than a minute.
fn every_answer_is_one_that_is_described(stack: &Stack) -> Outcome {
    let (stays, leaves) = (Member::new(stack)?.sign_in(stack)?, Member::new(stack)?.sign_in(stack)?);
    let admin = stack.tokens(&stack.deployment.admin)?;
    let askers = Askers {
        user: &stays.access,
        leaving_user: &leaves.access,
        admin: &admin.access_token,
        program: &stack.gatehouse.machine_token()?,
    };
    ask_what_it_describes(&stack.deployment.api_url, &askers)?;
    PASSED
}
