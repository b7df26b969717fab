//! Callers who send too many requests. It runs last but one, because it lowers a route's limit for a moment.

use e2e::{Api, Stack};
use serde_json::json;

use crate::{Outcome, PASSED, checks, skipped};

checks![each_public_post_route_has_a_limit_of_its_own, who_comes_too_often_is_told_when_to_come_back];

const OTHERS_ARE_THERE: &str = "it would make a real API refuse other callers";

/// A route that makes no call to Cognito if the body is invalid.
const PATH: &str = "/auth/resend-code";

fn each_public_post_route_has_a_limit_of_its_own(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped("reading the API's settings needs AWS credentials"));
    }
    let stages = stack.look_at_gateway("/stages", "")?;
    let settings = &stages["item"][0]["methodSettings"];
    let whole = settings["*/*"]["throttlingRateLimit"].as_f64().ok_or("the stage has no limit")?;
    for route in e2e::Route::all(stack)?.iter().filter(|route| !route.is_guarded) {
        let limit = settings[format!("{}/{}", route.path, route.method())]["throttlingRateLimit"].as_f64();
        let is_post = route.method() == reqwest::Method::POST;
        assert_eq!(limit.is_some(), is_post, "{route:?}: {settings}");
        assert_ne!(limit, Some(whole), "{route:?}");
    }
    PASSED
}

fn who_comes_too_often_is_told_when_to_come_back(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(OTHERS_ARE_THERE));
    }
    let stages = stack.look_at_gateway("/stages", "")?;
    let stage = &stages["item"][0];
    let stage_path = format!("/stages/{}", stage["stageName"].as_str().ok_or("the API has no stage")?);
    let before = &stage["methodSettings"][format!("{PATH}/POST")];
    let limits = |rate: &str, burst: &str| {
        let at = |what: &str| format!("/{}/POST/throttling/{what}", PATH.replace('/', "~1"));
        json!({ "patchOperations": [
            { "op": "replace", "path": at("rateLimit"), "value": rate },
            { "op": "replace", "path": at("burstLimit"), "value": burst },
        ]})
    };
    let (rate, burst) = (&before["throttlingRateLimit"], &before["throttlingBurstLimit"]);
    stack.change_at_gateway(&stage_path, &limits("0.01", "1"))?;
    let answers: Result<Vec<_>, _> = (0..3).map(|_| stack.post(PATH, &json!([]))).collect();
    stack.change_at_gateway(&stage_path, &limits(&rate.to_string(), &burst.to_string()))?;
    let answers = answers?;
    let answer = answers.iter().find(|answer| answer.status == 429).ok_or("nothing was throttled")?;
    assert_eq!(answer.json()["code"], "throttled", "{}", answer.body);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(answer.header("access-control-allow-origin").is_some());
    assert_eq!(answer.header("access-control-expose-headers"), Some("Retry-After"));
    PASSED
}
