//! Who is not let in. Every refusal here is 401: the caller has not proved who they are.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::{Jwt, Stack};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use crate::{Outcome, PASSED, checks, skipped};

checks![
    without_a_token_nobody_gets_in,
    what_does_not_look_like_a_bearer_token_is_refused,
    a_changed_signature_is_refused,
    changed_claims_are_refused,
    an_unsigned_token_is_refused,
    a_token_signed_with_the_public_key_as_a_secret_is_refused,
    an_id_token_is_no_access_token,
    a_refresh_token_is_no_access_token,
    an_expired_token_is_refused,
    a_token_that_is_not_for_this_api_is_refused,
];

/// Only Cognito has its private keys.
const ONLY_COGNITO_CAN_SIGN: &str = "only Cognito can sign such a token; the local stack's keys are files";

fn assert_refused(stack: &Stack, token: &str, what: &str) -> Result<(), String> {
    let answer = stack.get_with("/whoami", token)?;
    assert_eq!(answer.status, 401, "{what}: {}", answer.body);
    Ok(())
}

/// A good token, after checking that it is accepted.
fn good(stack: &Stack) -> Result<Jwt, String> {
    let tokens = stack.tokens(&stack.deployment.user)?;
    let answer = stack.get_with("/whoami", &tokens.access_token)?;
    assert_eq!(answer.status, 200, "the token that this test changes is not good: {}", answer.body);
    Jwt::parse(&tokens.access_token)
}

fn without_a_token_nobody_gets_in(stack: &Stack) -> Outcome {
    for path in ["/whoami", "/admin/ping"] {
        let answer = stack.get(path, &[])?;
        assert_eq!(answer.status, 401, "{path}: {}", answer.body);
    }
    PASSED
}

fn what_does_not_look_like_a_bearer_token_is_refused(stack: &Stack) -> Outcome {
    let token = good(stack)?.to_token();
    let headers = [
        String::new(),
        "Bearer".to_owned(),
        token.clone(),
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},{token}"),
        format!("Bearer {token}="),
        format!("Bearer \"{token}\""),
        format!("Bearer{token}"),
        format!("Basic {token}"),
        format!("Digest {token}"),
        "Basic dXNlcjpwYXNzd29yZA==".to_owned(),
        format!("Token {token}"),
    ];
    for header in headers {
        let answer = stack.get("/whoami", &[("Authorization", &header)])?;
        let shown = header.replace(&token, "<token>");
        assert_eq!(answer.status, 401, "Authorization: {shown}: {}", answer.body);
    }
    PASSED
}

fn a_changed_signature_is_refused(stack: &Stack) -> Outcome {
    let good = good(stack)?;
    let bytes = URL_SAFE_NO_PAD.decode(&good.signature).map_err(|error| error.to_string())?;
    let flipped = |index: usize| {
        let mut bytes = bytes.clone();
        bytes[index] ^= 1;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let signatures = [
        ("first byte", flipped(0)),
        ("middle byte", flipped(bytes.len() / 2)),
        ("last byte", flipped(bytes.len() - 1)),
        ("truncated", URL_SAFE_NO_PAD.encode(&bytes[1..])),
        ("extended", URL_SAFE_NO_PAD.encode([&bytes[..], &[0]].concat())),
        ("zero", URL_SAFE_NO_PAD.encode(vec![0; bytes.len()])),
        ("missing", String::new()),
    ];
    for (what, signature) in signatures {
        assert_refused(stack, &Jwt { signature, ..good.clone() }.to_token(), what)?;
    }
    PASSED
}

fn changed_claims_are_refused(stack: &Stack) -> Outcome {
    let good = good(stack)?;
    let changes = [
        ("cognito:groups", json!(["admins"])),
        ("sub", json!("00000000-0000-0000-0000-000000000000")),
        ("exp", json!(4_102_444_800_u64)),
        ("scope", json!("orders/read orders/write")),
        ("extra", json!(true)),
    ];
    for (claim, value) in changes {
        let mut jwt = good.clone();
        jwt.claims.insert(claim.to_owned(), value);
        assert_refused(stack, &jwt.to_token(), claim)?;
    }
    PASSED
}

fn an_unsigned_token_is_refused(stack: &Stack) -> Outcome {
    let good = good(stack)?;
    for algorithm in [json!("none"), json!("None"), json!("NONE"), json!(""), Value::Null] {
        let mut jwt = good.clone();
        jwt.header.insert("alg".to_owned(), algorithm.clone());
        assert_refused(stack, &jwt.to_token(), &format!("alg {algorithm} with a signature"))?;
        jwt.signature.clear();
        assert_refused(stack, &jwt.to_token(), &format!("alg {algorithm} without one"))?;
    }
    PASSED
}

fn a_token_signed_with_the_public_key_as_a_secret_is_refused(stack: &Stack) -> Outcome {
    let mut jwt = good(stack)?;
    let set = stack.jwks(&jwt)?.json();
    let keys = set["keys"].as_array().ok_or("the pool's JWK Set has no keys")?;
    jwt.header.insert("alg".to_owned(), json!("HS256"));
    for key in keys {
        let modulus = key["n"].as_str().ok_or("a key of the pool has no modulus")?;
        let secrets = [
            modulus.as_bytes().to_vec(),
            URL_SAFE_NO_PAD.decode(modulus).map_err(|error| error.to_string())?,
            key.to_string().into_bytes(),
            Vec::new(),
        ];
        for secret in secrets {
            let key = EncodingKey::from_secret(&secret);
            jwt.signature = crypto::sign(jwt.signing_input().as_bytes(), &key, Algorithm::HS256)
                .map_err(|error| error.to_string())?;
            assert_refused(stack, &jwt.to_token(), "HS256")?;
        }
    }
    PASSED
}

fn an_id_token_is_no_access_token(stack: &Stack) -> Outcome {
    let tokens = stack.tokens(&stack.deployment.admin)?;
    assert_eq!(Jwt::parse(&tokens.id_token)?.text("token_use")?, "id");
    assert_refused(stack, &tokens.id_token, "the ID token")?;
    PASSED
}

fn a_refresh_token_is_no_access_token(stack: &Stack) -> Outcome {
    let tokens = stack.tokens(&stack.deployment.admin)?;
    assert_refused(stack, &tokens.refresh_token, "the refresh token")?;
    PASSED
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

fn an_expired_token_is_refused(stack: &Stack) -> Outcome {
    let Some(forge) = stack.forge()? else { return Ok(skipped(ONLY_COGNITO_CAN_SIGN)) };
    let good = good(stack)?;
    let valid_until = |exp: u64| {
        let mut jwt = good.clone();
        jwt.claims.insert("exp".to_owned(), json!(exp));
        jwt.claims.insert("iat".to_owned(), json!(now() - 7200));
        forge.sign(jwt)
    };
    // The same token with a later expiry is accepted, so the others are refused because of their expiry.
    let answer = stack.get_with("/whoami", &valid_until(now() + 600)?)?;
    assert_eq!(answer.status, 200, "a forged token that should be good: {}", answer.body);
    for (what, exp) in [("for an hour", now() - 3600), ("for two seconds", now() - 2), ("since 1970", 0)] {
        assert_refused(stack, &valid_until(exp)?, &format!("expired {what}"))?;
    }
    PASSED
}

fn a_token_that_is_not_for_this_api_is_refused(stack: &Stack) -> Outcome {
    let Some(forge) = stack.forge()? else { return Ok(skipped(ONLY_COGNITO_CAN_SIGN)) };
    let good = good(stack)?;
    let issuer = good.text("iss")?.to_owned();
    let changes = [
        ("client_id", json!("another2client3id4567")),
        ("client_id", Value::Null),
        ("client_id", json!([good.text("client_id")?])),
        ("iss", json!(format!("{issuer}/"))),
        ("iss", json!("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AnotherOne")),
        ("iss", json!("https://evil.example")),
        ("iss", json!([issuer])),
        ("token_use", json!("id")),
        ("token_use", Value::Null),
        ("exp", json!("4102444800")),
        ("nbf", json!(now() + 3600)),
        ("sub", Value::Null),
    ];
    for (claim, value) in changes {
        let mut jwt = good.clone();
        jwt.claims.insert(claim.to_owned(), value.clone());
        assert_refused(stack, &forge.sign(jwt)?, &format!("{claim} = {value}"))?;
    }
    PASSED
}
