//! Tokens with made-up key ids. An attacker needs no key to write them, and each could cost a fetch and some
//! memory. They must cost neither, and other callers must not notice them.

use std::time::{Duration, Instant};

use authorizer::{AuthorizeError, Gate, TokenError, UnixTime};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::{join, join_all};
use serde_json::json;
use testkit::authorizer_event::event;
use testkit::issuer::{KEY, OTHER_KEY, access_claims, current, jwks, with};
use testkit::key_server::{KeyServer, Reply};

use crate::support::function::Function;
use crate::support::key_life::{COOLDOWN, NEXT, TIMEOUT, after, config, healthy, lasting_claims, outcome};
use crate::support::{NOW, env, gate};

const TOKENS: usize = 10_000;
const AT_ONCE: usize = 16;
/// The number of tokens between two steps of the clock. All tokens together span many cooldowns.
const TOKENS_A_SECOND: usize = 125;

const UNKNOWN_KEY: AuthorizeError = AuthorizeError::Unauthorized(TokenError::UnknownKey);
const PARTNER: &str = "https://login.example.com";

/// `token`, as if signed with the `n`th made-up key, whose id is as long as a key id can be.
fn unknown(token: &str, n: usize) -> String {
    let header = json!({ "alg": "RS256", "kid": format!("{n:0>256}") }).to_string();
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), token.split_once('.').unwrap().1)
}

/// The time at which the `n`th token arrives.
fn time_of(n: usize) -> UnixTime {
    after(u64::try_from(n / TOKENS_A_SECOND).unwrap())
}

/// How many fetches the cooldowns allow until the last token, including the one before the first token.
fn fetches_allowed() -> usize {
    1 + TOKENS / TOKENS_A_SECOND / usize::try_from(COOLDOWN).unwrap()
}

/// Sends all the tokens, and with every sixteenth a valid one. Returns how many of the valid ones waited as
/// long as a fetch may take.
async fn attack(gate: &Gate, genuine: &str) -> usize {
    let mut waited = 0;
    for first in (0..TOKENS).step_by(AT_ONCE) {
        let now = time_of(first);
        let made_up = join_all(
            (first..first + AT_ONCE)
                .map(|n| async move { gate.authorize(&event(&unknown(genuine, n)), now).await.map(drop) }),
        );
        let valid = async {
            let started = Instant::now();
            (gate.authorize(&event(genuine), now).await.map(drop), started.elapsed() >= TIMEOUT)
        };
        let (refused, (passed, did_wait)) = join(made_up, valid).await;
        assert_eq!(refused, [Err(UNKNOWN_KEY); AT_ONCE], "from token {first}");
        assert_eq!(passed, Ok(()), "the valid one beside token {first}");
        waited += usize::from(did_wait);
    }
    waited
}

#[tokio::test]
async fn made_up_key_ids_cause_one_fetch_per_cooldown_and_no_refusals() {
    let (server, gate) = healthy().await;
    attack(&gate, &KEY.token(&lasting_claims())).await;
    let allowed = fetches_allowed();
    assert!((2..=allowed).contains(&server.count()), "{} fetches, {allowed} allowed", server.count());
}

#[tokio::test]
async fn made_up_key_ids_delay_nobody_even_if_the_key_server_hangs() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::Hang);
    let waited = attack(&gate, &KEY.token(&lasting_claims())).await;
    let allowed = fetches_allowed();
    assert!((2..=allowed).contains(&server.count()), "{} fetches, {allowed} allowed", server.count());
    assert!(waited < allowed / 2, "{waited} valid tokens waited, while {} fetches hung", server.count() - 1);
}

/// The most requests to a failing key server in a minute without a set: the first attempt with its second
/// try, then one each after pauses of 0.25, 0.5, 1, 2, 4 and 8 seconds, and of 10 seconds from then on.
const FAILED_FETCHES_A_MINUTE: usize = 12;

/// For a minute, sends valid tokens and tokens with made-up key ids to a gate without a set. Returns how many
/// of them waited as long as a fetch may take.
async fn a_minute_without_a_set(gate: &Gate) -> usize {
    let genuine = KEY.token(&lasting_claims());
    let mut waited = 0;
    for n in 0..TOKENS {
        let token = if n % 2 == 0 { &genuine } else { &unknown(&genuine, n) };
        let now =
            NOW.after(Duration::from_mins(1) * u32::try_from(n).unwrap() / u32::try_from(TOKENS).unwrap());
        let started = Instant::now();
        let outcome = gate.authorize(&event(token), now).await.map(drop);
        assert_eq!(outcome, Err(AuthorizeError::KeysUnavailable), "token {n}");
        waited += usize::from(started.elapsed() >= TIMEOUT);
    }
    waited
}

#[tokio::test]
async fn without_a_set_a_minute_has_at_most_twelve_fetches() {
    let fault = |status| Reply::Send(status, Vec::new());
    for reply in [fault(503), fault(404), Reply::Reset, Reply::json(&json!({ "keys": [] }))] {
        let server = KeyServer::start(reply);
        let gate = gate(&server.url, &config());
        gate.prefetch(NOW).await;
        a_minute_without_a_set(&gate).await;
        let count = server.count();
        assert!((10..=FAILED_FETCHES_A_MINUTE).contains(&count), "{count} fetches");
        // However long the server failed, the gate must not wait longer than the cooldown to ask it again.
        server.reply_with(Reply::json(&jwks(&[&KEY])));
        assert_eq!(outcome(&gate, &KEY, after(60 + NEXT)).await, Ok(()));
    }
}

#[tokio::test]
async fn without_a_set_a_server_that_hangs_holds_one_caller_a_fetch() {
    let server = KeyServer::start(Reply::Hang);
    let gate = gate(&server.url, &config());
    gate.prefetch(NOW).await;
    let waited = a_minute_without_a_set(&gate).await;
    let count = server.count();
    assert!((8..=FAILED_FETCHES_A_MINUTE).contains(&count), "{count} fetches");
    assert!(waited < count, "{waited} callers waited for {count} fetches, the first of them in init");
}

#[tokio::test]
async fn a_rotation_during_the_attack_is_found_within_one_cooldown() {
    let (server, gate) = healthy().await;
    let genuine = KEY.token(&lasting_claims());
    for second in 0..=2 * NEXT {
        if second == COOLDOWN / 2 {
            server.reply_with(Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
        }
        for n in 0..AT_ONCE {
            let refused = gate.authorize(&event(&unknown(&genuine, n)), after(second)).await.unwrap_err();
            assert_eq!(refused, UNKNOWN_KEY);
        }
        let expected = if second < NEXT { Err(UNKNOWN_KEY) } else { Ok(()) };
        assert_eq!(outcome(&gate, &OTHER_KEY, after(second)).await, expected, "at {second} s");
    }
    assert_eq!(server.count(), 3, "the prefetch, and one each at 11 and 22 seconds");
}

#[tokio::test]
async fn an_attack_on_one_issuer_uses_up_no_other_issuers_cooldown() {
    let own = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let partner = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let mut config = config();
    config["issuers"] = json!([{ "issuer": PARTNER, "jwksUri": partner.url, "clientIds": ["partner"] }]);
    let gate = gate(&own.url, &config);
    gate.prefetch(NOW).await;

    let claims = with(with(lasting_claims(), "iss", json!(PARTNER)), "client_id", json!("partner"));
    attack(&gate, &KEY.token(&claims)).await;
    let allowed = fetches_allowed();
    assert!((2..=allowed).contains(&partner.count()), "{} fetches, {allowed} allowed", partner.count());
    assert_eq!(own.count(), 1, "the other issuer's server is left alone");

    for server in [&own, &partner] {
        server.reply_with(Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
    }
    let now = time_of(TOKENS - 1);
    let refused = gate.authorize(&event(&OTHER_KEY.token(&claims)), now).await.unwrap_err();
    assert_eq!(refused, UNKNOWN_KEY, "the attacked issuer's cooldown runs");
    assert_eq!(outcome(&gate, &OTHER_KEY, now).await, Ok(()), "the other's does not");
    assert_eq!(own.count(), 2);
}

/// Ten thousand stored key ids of 256 bytes would need far more than this.
const SLACK_KIB: u64 = 2_048;

#[tokio::test]
async fn made_up_key_ids_take_up_no_memory_of_the_binary() {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let mut function = Function::start(&env(&server.url));
    let started = Instant::now();
    let genuine = KEY.token(&current(access_claims()));
    let warm_up = TOKENS / 10;
    let mut resident = None;
    for n in 0..TOKENS + warm_up {
        if n == warm_up {
            resident = function.resident_kib();
        }
        let refused = function.invoke(event(&unknown(&genuine, n))).await.unwrap_err();
        assert_eq!(refused["errorMessage"], "Unauthorized");
        if n % 100 == 0 {
            assert!(function.invoke(event(&genuine)).await.is_ok(), "the valid one after token {n}");
        }
    }
    let allowed = 2 + started.elapsed().as_secs() / 10;
    assert!(
        u64::try_from(server.count()).unwrap() <= allowed,
        "{} fetches, {allowed} allowed",
        server.count()
    );
    let (Some(before), Some(after)) = (resident, function.resident_kib()) else {
        println!("memory is not looked at: this system has no /proc");
        return;
    };
    println!("{TOKENS} key ids: {before} KiB before, {after} KiB after");
    assert!(after < before + SLACK_KIB, "{before} KiB before, {after} KiB after");
}
