//! Who is let in, and with which identity.

use std::thread;

use e2e::{Jwt, Person, Stack};
use serde_json::{Value, json};

use crate::{Outcome, PASSED, checks};

checks![
    a_valid_token_opens_the_route_as_its_owner,
    the_word_bearer_may_be_in_any_case,
    headers_that_pose_as_the_gateways_change_nothing,
    two_callers_at_once_are_never_taken_for_each_other,
];

/// What `/whoami` must answer to the bearer of this token.
fn expected(token: &str) -> Result<Value, String> {
    let jwt = Jwt::parse(token)?;
    Ok(json!({
        "subject": jwt.text("sub")?,
        "username": jwt.text("username")?,
        "tokenUse": "access",
        "clientId": jwt.text("client_id")?,
        "groups": jwt.names("cognito:groups"),
        "scopes": jwt.names("scope"),
        "issuer": jwt.text("iss")?,
        "authority": "own",
        "expiresAt": jwt.claims["exp"],
        "tokenId": jwt.text("jti")?,
    }))
}

fn a_valid_token_opens_the_route_as_its_owner(stack: &Stack) -> Outcome {
    for (person, groups) in
        [(&stack.deployment.admin, json!(["admins"])), (&stack.deployment.user, json!([]))]
    {
        let token = &stack.tokens(person)?.access_token;
        let answer = stack.get_with("/whoami", token)?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json(), expected(token)?);
        assert_eq!(answer.json()["groups"], groups, "the groups of {}", person.email);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
    }
    PASSED
}

fn the_word_bearer_may_be_in_any_case(stack: &Stack) -> Outcome {
    let token = &stack.tokens(&stack.deployment.user)?.access_token;
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        let answer = stack.get("/whoami", &[("Authorization", &format!("{scheme} {token}"))])?;
        assert_eq!(answer.status, 200, "{scheme}: {}", answer.body);
        assert_eq!(answer.json(), expected(token)?);
    }
    PASSED
}

fn headers_that_pose_as_the_gateways_change_nothing(stack: &Stack) -> Outcome {
    let admin = Jwt::parse(&stack.tokens(&stack.deployment.admin)?.access_token)?.text("sub")?.to_owned();
    let context = json!({ "authorizer": { "sub": admin, "groups": "admins" } }).to_string();
    let forged = [
        ("requestContext", context.as_str()),
        ("X-Amzn-Request-Context", &context),
        ("X-Amzn-Lambda-Context", &context),
        ("X-Apigateway-Context", &context),
        ("X-Apigateway-Event", &context),
        ("X-Amzn-Oidc-Identity", &admin),
        ("principalId", &admin),
        ("sub", &admin),
        ("groups", "admins"),
        ("cognito-groups", "admins"),
    ];
    let token = &stack.tokens(&stack.deployment.user)?.access_token;
    let bearer = format!("Bearer {token}");
    let with_token: Vec<_> = forged.iter().copied().chain([("Authorization", bearer.as_str())]).collect();

    let answer = stack.get("/whoami", &with_token)?;
    assert_eq!(answer.json(), expected(token)?);
    let query = format!("/whoami?sub={admin}&groups=admins");
    assert_eq!(stack.get(&query, &with_token)?.json(), expected(token)?);
    assert_eq!(stack.get("/admin/ping", &with_token)?.status, 403);
    assert_eq!(stack.get("/whoami", &forged)?.status, 401);
    PASSED
}

fn two_callers_at_once_are_never_taken_for_each_other(stack: &Stack) -> Outcome {
    const ROUNDS: usize = 15;
    let ask_again_and_again = |person: &Person| -> Result<(), String> {
        let token = &stack.tokens(person)?.access_token;
        let expected = expected(token)?;
        for round in 0..ROUNDS {
            let answer = stack.get_with("/whoami", token)?;
            if answer.json() != expected {
                return Err(format!("{} in round {round}: {} {}", person.email, answer.status, answer.body));
            }
        }
        Ok(())
    };
    let people = [&stack.deployment.admin, &stack.deployment.user];
    thread::scope(|scope| {
        let callers: Vec<_> =
            people.iter().cycle().take(4).map(|person| scope.spawn(|| ask_again_and_again(person))).collect();
        callers
            .into_iter()
            .try_for_each(|caller| caller.join().unwrap_or_else(|_| Err("a caller panicked".into())))
    })?;
    PASSED
}
