//! One token, step by step, compared with two baselines: the signature check alone, which is the lower limit,
//! and `jsonwebtoken`, which does the same work in a general way.

use std::collections::HashMap;
use std::hint::black_box;
use std::iter::Cycle;
use std::slice::Iter;
use std::sync::Arc;

use authorizer::{
    ApiScope, BearerToken, Decision, Expected, Issuers, KeyProvider, KeySource, Rules, TrustedIssuer,
    UnixTime, UnverifiedToken, VerifiedClaims, VerifyingKey, render,
};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{BenchmarkGroup, Criterion};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use platform::config::{Config, Jwks};
use platform::identity::{Authority, TokenUse};
use serde::Deserialize;
use serde_json::json;
use testkit::authorizer_event::{ARN, event};
use testkit::files::TempFile;

use crate::cpu_time::CpuTime;
use crate::fixture::{decide, gate, own_rules, runtime};
use crate::tokens::Sample;

type Group<'c> = BenchmarkGroup<'c, CpuTime>;

pub(crate) fn bench(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("verification");
    let sample = Sample::load();
    let key = verifying_key(&sample);
    raw_limit(&mut group, &sample);
    steps(&mut group, &sample, &key);
    decision(&mut group, &sample);
    general(&mut group, &sample);
    group.finish();
}

/// Uses the tokens in turn, again and again.
fn measure<T, R>(group: &mut Group<'_>, name: &str, inputs: &[T], mut routine: impl FnMut(&T) -> R) {
    let mut inputs: Cycle<Iter<'_, T>> = inputs.iter().cycle();
    let mut next = move || inputs.next().expect("some tokens");
    group.bench_function(name, |bencher| bencher.iter(|| routine(black_box(next()))));
}

/// The signature check alone, on a token that was taken apart before.
fn raw_limit(group: &mut Group<'_>, sample: &Sample) {
    let key = parsed_key(sample);
    let parts = |token: &String| {
        let (input, signature) = token.rsplit_once('.').expect("a token");
        (input.to_owned(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"))
    };
    let inputs: Vec<(String, Vec<u8>)> = sample.tokens.iter().map(parts).collect();
    measure(group, "raw limit", &inputs, |(input, signature)| {
        key.verify_sig(input.as_bytes(), signature).expect("a good signature");
    });
}

fn steps(group: &mut Group<'_>, sample: &Sample, key: &VerifyingKey) {
    let now = UnixTime::now();
    let issuers: Issuers = [Arc::new(key.issuer().clone())].into_iter().collect();
    let expected = Expected { leeway: 0, now, resource: Vec::new() };
    let check = |token: &String| -> VerifiedClaims {
        let token = BearerToken::parse_bare(token).expect("a token");
        let token = UnverifiedToken::parse(&token, &issuers).expect("a token of its form");
        token.verify(key, &expected).expect("a good token")
    };
    measure(group, "full check", &sample.tokens, check);
    measure(group, "parse alone", &sample.tokens, |token| {
        let token = BearerToken::parse_bare(token).expect("a token");
        UnverifiedToken::parse(&token, &issuers).map(|_| ()).expect("a token of its form");
    });

    let claims: Vec<_> = sample.tokens.iter().map(check).collect();
    let config = Config::load(|_| None).expect("the repository's own configuration");
    let rules = Rules::new(&config.authorizer.rules);
    let api = ApiScope::parse(ARN).expect("an API");
    // A denial would cost a tenth of what is measured here.
    assert_eq!(render(rules.decide(&claims[0], now), &claims[0], &api).0, Decision::Allow);
    measure(group, "rules and policy", &claims, |claims| render(rules.decide(claims, now), claims, &api));
}

/// The whole way from the event to the answer, including the look-up of issuer and key.
fn decision(group: &mut Group<'_>, sample: &Sample) {
    let file = TempFile::new(sample.jwks.to_string());
    let gate = gate(&json!({ "jwks": { "file": file.path() }, "rules": own_rules() }));
    let events: Vec<_> = sample.tokens.iter().map(|token| event(token)).collect();
    let now = UnixTime::now();
    measure(group, "whole decision", &events, |event| decide(&gate, event, now).expect("a decision"));
}

/// `jsonwebtoken` does the same work: it finds the key by `kid` and checks the signature, `exp` and `iss`.
/// The client and the use are compared after it.
fn general(group: &mut Group<'_>, sample: &Sample) {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "reading them is the work that is measured")]
    struct Claims {
        sub: String,
        iss: String,
        client_id: String,
        token_use: String,
        exp: u64,
        iat: u64,
        scope: String,
        username: String,
        jti: String,
        #[serde(rename = "cognito:groups")]
        groups: Vec<String>,
    }

    let set: JwkSet = serde_json::from_value(sample.jwks.clone()).expect("a key set");
    let key = |jwk: &jsonwebtoken::jwk::Jwk| {
        (jwk.common.key_id.clone().expect("a kid"), DecodingKey::from_jwk(jwk).expect("a key"))
    };
    let keys: HashMap<String, DecodingKey> = set.keys.iter().map(key).collect();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = 0;
    validation.set_issuer(&[&sample.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    validation.validate_aud = false;
    measure(group, "jsonwebtoken", &sample.tokens, |token| {
        let kid = decode_header(token).expect("a header").kid.expect("a kid");
        let claims = decode::<Claims>(token, &keys[&kid], &validation).expect("a good token").claims;
        assert!(claims.token_use == "access" && claims.client_id == sample.client_id);
        claims
    });
}

fn parsed_key(sample: &Sample) -> ParsedPublicKey {
    let jwk = sample.jwks["keys"].as_array().and_then(|keys| keys.last()).expect("keys");
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("a text")).expect("base64url");
    let components = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).expect("a key")
}

/// The key as the gate stores it.
fn verifying_key(sample: &Sample) -> VerifyingKey {
    let file = TempFile::new(sample.jwks.to_string());
    let pool = TrustedIssuer::cognito(
        sample.issuer.clone(),
        vec![sample.client_id.clone()],
        vec![TokenUse::Access],
        KeySource::File(file.path().to_owned()),
    );
    // The rules that are measured are for the stack's own pool.
    let issuer = Arc::new(TrustedIssuer { authority: Authority::Own, ..pool });
    let provider = KeyProvider::new(&Jwks::default()).expect("a key provider");
    let token = BearerToken::parse_bare(&sample.tokens[0]).expect("a token");
    let token = UnverifiedToken::parse(&token, &std::iter::empty().collect()).expect("a token of its form");
    runtime().block_on(async {
        let now = UnixTime::now();
        provider.key(&issuer, token.key_id(), now).await.expect("the key").key
    })
}
