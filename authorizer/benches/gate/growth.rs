//! What a decision costs as the configuration, the caller or the key sets grow.
//!
//! Each axis grows alone, from the size of a small deployment to more than any deployment should have.

use std::hint::black_box;

use authorizer::UnixTime;
use criterion::{BenchmarkId, Criterion};
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::files::TempFile;
use testkit::http::serve_document;

use crate::cpu_time::CpuTime;
use crate::fixture::{decide, gate, runtime};
use crate::tokens::{CLIENT, ISSUER, SigningKey, claims};

pub(crate) fn bench(criterion: &mut Criterion<CpuTime>) {
    let key = SigningKey::generate();
    for (axis, sizes) in [
        ("rules", [1, 10, 100, 250, 500]),
        ("groups", [0, 10, 25, 50, 100]),
        ("issuers", [1, 10, 20, 35, 50]),
        ("keys", [2, 10, 20, 35, 50]),
    ] {
        let mut group = criterion.benchmark_group(format!("growth in {axis}"));
        for size in sizes {
            let of = |name: &str, otherwise: usize| if axis == name { size } else { otherwise };
            let fixture = Fixture {
                rules: of("rules", 1),
                groups: of("groups", 1),
                issuers: of("issuers", 1),
                keys: of("keys", 2),
            };
            bench_one(&mut group, size, &fixture, &key);
        }
        group.finish();
    }
}

struct Fixture {
    rules: usize,
    groups: usize,
    issuers: usize,
    keys: usize,
}

fn bench_one(
    group: &mut criterion::BenchmarkGroup<'_, CpuTime>,
    size: usize,
    fixture: &Fixture,
    key: &SigningKey,
) {
    let jwks = key.jwks(fixture.keys);
    let file = TempFile::new(jwks.to_string());
    let others = other_issuers(fixture.issuers - 1, &jwks);
    let groups: Vec<String> = (0..fixture.groups).map(|n| format!("team-{n:03}")).collect();
    // With several issuers, the token is the last one's.
    let issuer = others.last().map(|other| other["issuer"].as_str().expect("a text"));
    let gate = gate(&json!({
        "jwks": { "file": file.path(), "maxBytes": 1_000_000 }, "issuers": others,
        "rules": rules(fixture.rules, issuer.unwrap_or("own")),
    }));
    let event = event(&key.token(&claims(issuer.unwrap_or(ISSUER), 0, &groups)));
    let now = UnixTime::now();
    // Init only waits for the own pool's keys. Another issuer's keys are fetched for its first token.
    runtime().block_on(gate.authorize(&event, now)).expect("a decision");
    group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
        bencher.iter(|| decide(&gate, black_box(&event), now).expect("a decision"));
    });
}

/// All rules but one require two groups, and grant one of twenty routes, because a policy has room for few.
fn rules(count: usize, issuer: &str) -> Vec<Value> {
    let open = json!({ "routes": ["GET /whoami"], "issuers": [issuer] });
    let asking = (1..count).map(|n| {
        let groups = [format!("team-{:03}", n % 200), format!("staff-{n:03}")];
        json!({ "routes": [format!("GET /part-{}/*", n % 20)], "groups": { "allOf": groups }, "issuers": [issuer] })
    });
    std::iter::once(open).chain(asking).collect()
}

fn other_issuers(count: usize, jwks: &Value) -> Vec<Value> {
    if count == 0 {
        return Vec::new();
    }
    let url = serve_document(jwks.to_string());
    let issuer = |n| json!({ "issuer": format!("https://issuer-{n}.example.com"), "jwksUri": url, "clientIds": [CLIENT] });
    (0..count).map(issuer).collect()
}
