//! The tokens that known providers issue according to their own documentation, with the entries of
//! docs/issuers.md.
//!
//! `fixtures/providers/` has a file for each provider: the URL of the documentation, the entry, an access
//! token, an ID token, and further tokens that must be accepted or refused, each with the reason. The gate
//! knows none of these providers by name.

use std::collections::HashMap;

use authorizer::{AuthorizeError, Gate, TokenError, UnixTime};
use platform::config::{Algorithm, Config};
use serde_json::{Map, Value, json};
use testkit::authorizer_event::event;
use testkit::files::TempFile;
use testkit::idp;
use testkit::issuer::{KEY, POOL, SigningKey, access_claims, current, jwks, with};
use testkit::key_server::{KeyServer, Reply};
use testkit::reading::at;

use crate::support::function::Function;
use crate::support::{effect, env};

const FIXTURES: [(&str, &str); 6] = [
    ("auth0", include_str!("../fixtures/providers/auth0.json")),
    ("clerk", include_str!("../fixtures/providers/clerk.json")),
    ("entra", include_str!("../fixtures/providers/entra.json")),
    ("keycloak", include_str!("../fixtures/providers/keycloak.json")),
    ("okta", include_str!("../fixtures/providers/okta.json")),
    ("supabase", include_str!("../fixtures/providers/supabase.json")),
];

const PAGE: &str = include_str!("../../../docs/issuers.md");

struct Provider {
    name: &'static str,
    fixture: Value,
    key: SigningKey,
}

/// A provider's token, and the entry that it is checked with.
struct Sample {
    why: String,
    entry: Value,
    header: Value,
    claims: Value,
}

impl Provider {
    fn all() -> Vec<Self> {
        FIXTURES.iter().map(|(name, fixture)| Self::new(name, fixture)).collect()
    }

    /// All times of the fixture are relative to now, because the binary knows no other time.
    fn new(name: &'static str, fixture: &str) -> Self {
        let mut fixture: Value = serde_json::from_str(fixture).unwrap();
        fill_in(&mut fixture, UnixTime::now().secs());
        let algorithm = Algorithm::parse(fixture["algorithm"].as_str().unwrap()).unwrap();
        let id = fixture["access"]["header"]["kid"].as_str().unwrap().to_owned();
        let key = idp::key(algorithm.as_str()).named(Box::leak(id.into_boxed_str()));
        Self { name, fixture, key }
    }

    fn issuer(&self) -> &str {
        self.fixture["issuer"].as_str().unwrap()
    }

    /// Where the tests serve its keys.
    fn path(&self) -> String {
        format!("/{}", self.name)
    }

    /// The documented entry, with these members in place of its own. `null` removes a member.
    fn entry(&self, changes: &Value) -> Value {
        let mut entry = self.fixture["config"].clone();
        let entry_members = entry.as_object_mut().unwrap();
        for (name, value) in changes.as_object().into_iter().flatten() {
            entry_members.insert(name.clone(), value.clone());
        }
        entry_members.retain(|_, value| !value.is_null());
        entry
    }

    fn sample(&self, of: &Value) -> Sample {
        let claims = of["claims"].clone();
        let why = of["why"].as_str().unwrap_or("as it is documented");
        let why = format!("{}: {why}", self.name);
        Sample { why, entry: self.entry(&of["config"]), header: of["header"].clone(), claims }
    }

    /// The tokens of a list of the fixture, or the one of this name.
    fn samples(&self, name: &str) -> Vec<Sample> {
        match &self.fixture[name] {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().map(|of| self.sample(of)).collect(),
            of => vec![self.sample(of)],
        }
    }

    /// ID tokens that are as close to an access token as the entry allows: for the same audience, by an
    /// accepted client, and without the claims that many ID tokens lack.
    fn id_tokens(&self) -> Vec<Sample> {
        let entry = self.entry(&Value::Null);
        let mut claims = self.fixture["id"]["claims"].clone();
        match entry["audiences"].as_array() {
            Some(audiences) => claims["aud"] = audiences[0].clone(),
            None => drop(claims.as_object_mut().unwrap().remove("aud")),
        }
        if let Some(clients) = entry["clientIds"].as_array() {
            claims[entry["claims"]["client"].as_str().unwrap()] = clients[0].clone();
        }
        let mut bare = claims.clone();
        bare.as_object_mut().unwrap().retain(|name, _| !["nonce", "at_hash"].contains(&name.as_str()));
        let sample = |why: &str, claims| Sample {
            why: format!("{}: {why}", self.name),
            entry: entry.clone(),
            header: self.fixture["id"]["header"].clone(),
            claims,
        };
        vec![sample("an ID token for the API", claims), sample("the same without nonce and at_hash", bare)]
    }

    fn token(&self, sample: &Sample) -> String {
        self.key.token_with(&sample.header, &sample.claims)
    }
}

/// Replaces `NOW`, `NOW-60` and `NOW+3540` with times.
fn fill_in(value: &mut Value, now: u64) {
    match value {
        Value::String(text) => {
            if let Some(offset) = text.strip_prefix("NOW") {
                let offset = if offset.is_empty() { 0 } else { offset.parse::<i64>().unwrap() };
                *value = json!(now.saturating_add_signed(offset));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| fill_in(value, now)),
        Value::Object(members) => members.values_mut().for_each(|value| fill_in(value, now)),
        _ => {}
    }
}

/// A server of the pool's keys and of each provider's.
fn key_server(providers: &[Provider]) -> KeyServer {
    let server = KeyServer::start(Reply::Send(404, Vec::new()));
    server.reply_at(&format!("/{POOL}/.well-known/jwks.json"), Reply::json(&jwks(&[&KEY])));
    for provider in providers {
        server.reply_at(&provider.path(), Reply::json(&jwks(&[&provider.key])));
    }
    server
}

/// A configuration with these rules and these entries, whose keys are at the server.
fn config(server: &KeyServer, entries: &[(&Provider, Value)], rules: &Value) -> Value {
    let issuers = entries.iter().map(|(provider, entry)| {
        with(entry.clone(), "jwksUri", json!(format!("{}{}", server.url, provider.path())))
    });
    json!({ "authorizer": { "issuers": issuers.collect::<Vec<_>>(), "rules": rules } })
}

fn gate(config: &Value, env: &HashMap<&'static str, String>) -> Gate {
    let config = Config::parse(&config.to_string()).unwrap_or_else(|problems| panic!("{problems}"));
    Gate::new(&config, |name| env.get(name).cloned()).unwrap()
}

/// The names in the claim that the entry's member points to.
fn names(sample: &Sample, member: &str) -> Vec<String> {
    let place = sample.entry["claims"][member].as_str();
    match place.and_then(|place| at(&sample.claims, place)) {
        Some(Value::String(text)) if member == "scopes" => text.split(' ').map(str::to_owned).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        Some(value) => {
            value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        }
        None => Vec::new(),
    }
}

/// Rules for this issuer, and rules that name no issuer, for the groups and scopes that this token has.
fn rules(issuer: &str, sample: &Sample) -> Value {
    let mut rules =
        vec![json!({ "routes": ["GET /issuer"], "issuers": [issuer] }), json!({ "routes": ["GET /all"] })];
    for member in ["groups", "scopes"] {
        let names = names(sample, member);
        if !names.is_empty() {
            let route = format!("GET /{member}");
            rules.push(json!({ "routes": [&route], "issuers": [issuer], member: { "allOf": names } }));
            rules.push(json!({ "routes": [format!("{route}/all")], member: { "allOf": names } }));
        }
    }
    json!(rules)
}

/// Sends a token to a gate that has its entry, and checks what it opens.
async fn assert_let_in(server: &KeyServer, provider: &Provider, sample: &Sample) {
    let rules = rules(provider.issuer(), sample);
    let gate = gate(&config(server, &[(provider, sample.entry.clone())], &rules), &env(&server.url));
    let event = event(&provider.token(sample));
    let why = &sample.why;
    let answer =
        gate.authorize(&event, UnixTime::now()).await.unwrap_or_else(|failure| panic!("{why}: {failure:?}"));
    let mut open = vec!["GET/issuer".to_owned()];
    for member in ["groups", "scopes"].into_iter().filter(|member| !names(sample, member).is_empty()) {
        open.push(format!("GET/{member}"));
    }
    open.sort();
    assert_eq!(effect(&answer), ("Allow".to_owned(), open), "{why}: its own rules open, and no others");
    let context = serde_json::to_value(&answer).unwrap()["context"].clone();
    let told = |name: &str| context[name].as_str().unwrap_or_default();
    let spaced =
        |names: Vec<String>| names.iter().map(|name| name.replace(' ', "%20")).collect::<Vec<_>>().join(" ");
    assert_eq!((told("iss"), told("authority")), (provider.issuer(), "named"), "{why}");
    assert_eq!((told("sub"), told("token_use")), (sample.claims["sub"].as_str().unwrap(), "access"), "{why}");
    assert_eq!(told("groups"), spaced(names(sample, "groups")), "{why}");
    assert_eq!(told("scope"), spaced(names(sample, "scopes")), "{why}");
    let client = sample.entry["claims"]["client"].as_str().and_then(|place| at(&sample.claims, place));
    assert_eq!(context.get("client_id"), client, "{why}");
}

async fn refusal(server: &KeyServer, provider: &Provider, sample: &Sample) -> TokenError {
    let rules =
        json!([{ "routes": ["GET /issuer"], "issuers": [provider.issuer()] }, { "routes": ["GET /all"] }]);
    let gate = gate(&config(server, &[(provider, sample.entry.clone())], &rules), &env(&server.url));
    match gate.authorize(&event(&provider.token(sample)), UnixTime::now()).await {
        Err(AuthorizeError::Unauthorized(error)) => error,
        other => panic!("{}: {other:?}", sample.why),
    }
}

#[tokio::test]
async fn each_providers_access_tokens_open_exactly_what_its_rules_say() {
    let providers = Provider::all();
    let server = key_server(&providers);
    let mut count = 0;
    for provider in &providers {
        for name in ["access", "machine", "accepted"] {
            for sample in provider.samples(name) {
                assert_let_in(&server, provider, &sample).await;
                count += 1;
            }
        }
    }
    assert!(count >= 20, "only {count}");
}

#[tokio::test]
async fn no_provider_s_id_token_passes_for_an_access_token() {
    let providers = Provider::all();
    let server = key_server(&providers);
    for provider in &providers {
        for sample in provider.id_tokens() {
            assert_eq!(refusal(&server, provider, &sample).await, TokenError::TokenUse, "{}", sample.why);
        }
        for sample in provider.samples("id") {
            refusal(&server, provider, &sample).await;
        }
    }
}

#[tokio::test]
async fn what_a_provider_signs_for_something_else_is_refused() {
    let providers = Provider::all();
    let server = key_server(&providers);
    let mut count = 0;
    for provider in &providers {
        for sample in provider.samples("refused") {
            let error = refusal(&server, provider, &sample).await;
            assert_ne!(error, TokenError::Signature, "{}: for another reason", sample.why);
            println!("{}: {}", sample.why, error.code());
            count += 1;
        }
    }
    assert!(count >= 20, "only {count}");
}

#[tokio::test]
async fn a_provider_s_key_signs_nothing_for_another_provider() {
    let providers = Provider::all();
    let server = key_server(&providers);
    for provider in &providers {
        for other in providers.iter().filter(|other| other.name != provider.name) {
            let mut sample = other.sample(&other.fixture["access"]);
            sample.header = provider.fixture["access"]["header"].clone();
            sample.why = format!("{} signs for {}", provider.name, other.name);
            let rules = json!([{ "routes": ["GET /all"], "issuers": [other.issuer(), provider.issuer()] }]);
            let entries = [(provider, provider.entry(&Value::Null)), (other, sample.entry.clone())];
            let gate = gate(&config(&server, &entries, &rules), &env(&server.url));
            let refused =
                gate.authorize(&event(&provider.token(&sample)), UnixTime::now()).await.unwrap_err();
            let expected = [TokenError::UnknownKey, TokenError::Algorithm].map(AuthorizeError::from);
            assert!(expected.contains(&refused), "{}: {refused:?}", sample.why);
        }
    }
}

/// A condition on a claim that is a boolean, as in the page's example for anonymous users.
#[tokio::test]
async fn a_rule_can_exclude_supabases_anonymous_users() {
    let providers = Provider::all();
    let server = key_server(&providers);
    let provider = providers.iter().find(|provider| provider.name == "supabase").unwrap();
    let rules = json!([{
        "routes": ["GET /known"], "issuers": [provider.issuer()], "claims": { "is_anonymous": { "anyOf": [false] } },
    }]);
    let mut sample = provider.sample(&provider.fixture["access"]);
    let gate = gate(&config(&server, &[(provider, sample.entry.clone())], &rules), &env(&server.url));
    for (is_anonymous, expected) in [(json!(false), "Allow"), (json!(true), "Deny"), (json!("false"), "Deny")]
    {
        sample.claims["is_anonymous"] = is_anonymous;
        let answer = gate.authorize(&event(&provider.token(&sample)), UnixTime::now()).await.unwrap();
        assert_eq!(effect(&answer).0, expected);
    }
}

#[tokio::test]
async fn the_binary_accepts_all_providers_and_distinguishes_them() {
    let providers = Provider::all();
    let server = key_server(&providers);
    let entries: Vec<_> = providers.iter().map(|provider| (provider, provider.entry(&Value::Null))).collect();
    let own = json!([{ "routes": ["GET /own"] }]);
    let named = providers.iter().map(
        |provider| json!({ "routes": [format!("GET /{}", provider.name)], "issuers": [provider.issuer()] }),
    );
    let rules: Vec<Value> = own.as_array().unwrap().iter().cloned().chain(named).collect();
    let config = TempFile::new(config(&server, &entries, &json!(rules)).to_string());
    let mut env = env(&server.url);
    env.insert("CONFIG_FILE", config.name());
    let mut function = Function::start(&env);
    let tails = |answer: &Value| -> Vec<String> {
        let resources = answer["policyDocument"]["Statement"][0]["Resource"].as_array().unwrap().iter();
        resources.map(|arn| arn.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    };
    for provider in &providers {
        for sample in ["access", "machine"].into_iter().flat_map(|name| provider.samples(name)) {
            let answer = function.invoke(event(&provider.token(&sample))).await.unwrap();
            assert_eq!(tails(&answer), [provider.name], "{}", sample.why);
        }
        for sample in provider.id_tokens().into_iter().chain(provider.samples("refused")) {
            let refused = function.invoke(event(&provider.token(&sample))).await.unwrap_err();
            assert_eq!(refused["errorMessage"], "Unauthorized", "{}", sample.why);
        }
    }
    let answer = function.invoke(event(&KEY.token(&current(access_claims())))).await.unwrap();
    assert_eq!(tails(&answer), ["own"], "and the own pool's beside them");
}

/// The page's JSON blocks, each as the list of the objects in it.
fn blocks() -> Vec<Vec<Map<String, Value>>> {
    let blocks = PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| serde_json::from_str(&format!("[{block}]")).expect(block)).collect()
}

#[test]
fn each_example_on_the_page_is_a_valid_configuration() {
    let (entries, rules): (Vec<_>, Vec<_>) =
        blocks().into_iter().flatten().partition(|block| block.contains_key("issuer"));
    assert!(entries.len() > FIXTURES.len() && rules.len() >= FIXTURES.len());
    let mut issuers: Vec<&Map<String, Value>> = Vec::new();
    for entry in &entries {
        let config = json!({ "authorizer": { "issuers": [entry] } });
        Config::parse(&config.to_string()).unwrap_or_else(|problems| panic!("{entry:?}: {problems}"));
        if issuers.iter().all(|own| own["issuer"] != entry["issuer"]) {
            issuers.push(entry);
        }
    }
    let config = json!({ "authorizer": { "issuers": issuers, "rules": rules } });
    Config::parse(&config.to_string()).unwrap_or_else(|problems| panic!("{problems}"));
}

#[test]
fn the_page_has_each_provider_s_entry_as_the_tests_have_it() {
    let entries: Vec<Value> = blocks().into_iter().flatten().map(Value::Object).collect();
    for provider in Provider::all() {
        assert!(entries.contains(&provider.fixture["config"]), "{}", provider.name);
        assert_eq!(provider.fixture["config"]["jwksUri"], provider.fixture["jwks_uri"]);
        assert!(!provider.fixture["source"].as_array().unwrap().is_empty(), "nobody says so");
    }
}
