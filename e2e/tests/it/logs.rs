//! Checks what the functions logged while all the other tests ran, so it comes last.

use e2e::{Stack, StartApi, aws};
use serde_json::{Value, json};

use crate::{Outcome, PASSED, checks, skipped};

checks![no_log_holds_a_secret];

/// All lines that the stack's functions have logged, each with its log group.
fn logged(stack: &Stack) -> Result<Vec<(String, String)>, String> {
    let groups = stack.aws(aws::LOGS, "DescribeLogGroups", &json!({}))?;
    let mut lines = Vec::new();
    for group in groups["logGroups"].as_array().into_iter().flatten() {
        let name = group["logGroupName"].as_str().unwrap_or_default();
        // The logs are read in slices of time, because an answer contains at most 10,000 lines.
        let mut from = 0;
        loop {
            let asked = json!({ "logGroupName": name, "startTime": from });
            let events = stack.aws(aws::LOGS, "FilterLogEvents", &asked)?["events"].take();
            let events = events.as_array().cloned().unwrap_or_default();
            let message = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
            lines.extend(events.iter().map(|event| (name.to_owned(), message(event))));
            let last = events.last().and_then(|event| event["timestamp"].as_u64()).unwrap_or_default();
            if events.len() < 10_000 || last <= from {
                break;
            }
            from = last;
        }
    }
    Ok(lines)
}

fn no_log_holds_a_secret(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped("the tests have used no secret of their own there"));
    }
    let mut lines = logged(stack)?;
    // Each function has at least one request, or these are the wrong logs.
    for function in ["Authorizer", "Whoami", "Auth"] {
        let of_function = |(group, line): &&(String, String)| {
            group.contains(&format!("{function}Logs")) && line.starts_with('{')
        };
        assert!(
            lines.iter().filter(of_function).count() > 0,
            "{function} has logged nothing: run this with the other tests"
        );
    }
    assert!(stack.secrets.len() > 50, "only {} secrets were recorded", stack.secrets.len());

    lines.extend(stack.printed.lines().into_iter().map(|line| ("auth, run alone".to_owned(), line)));
    if let Some(StartApi::Running(gateway)) = stack.started_api() {
        lines.extend(gateway.log()?.lines().map(|line| ("sam local start-api".to_owned(), line.to_owned())));
    }
    let search = stack.secrets.search()?;
    let mut found: Vec<_> = lines
        .iter()
        .flat_map(|(place, line)| {
            search.found_in(line).into_iter().map(move |what| format!("{place}: a {what}"))
        })
        .collect();
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "secrets in {} lines of log: {found:#?}", lines.len());
    PASSED
}
