//! A key server that fails in every possible way: who is served in the meantime, who waits, and who asks the
//! server.
//!
//! Every faulty answer contains a set with [`OTHER_KEY`]. A gate that trusts any part of the answer would
//! accept that key.

use std::sync::Arc;
use std::time::{Duration, Instant};

use authorizer::{AuthorizeError, Gate, TokenError, UnixTime};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::files::TempFile;
use testkit::issuer::{CLIENT, KEY, OTHER_KEY, access_claims, current, jwks, with};
use testkit::key_server::{KeyServer, Reply, head};
use tokio::time::{sleep, timeout};

use crate::support::function::Function;
use crate::support::key_life::{
    COOLDOWN, MAX_STALE, NEXT, TIMEOUT, TTL, after, config, healthy, lasting_claims, outcome, token,
};
use crate::support::{NOW, env, gate, rules};

/// No request may take this long. It is far more than [`TIMEOUT`], because the machine may be slow.
const BOUND: Duration = Duration::from_secs(8);

const UNKNOWN_KEY: AuthorizeError = AuthorizeError::Unauthorized(TokenError::UnknownKey);

const PARTNER: &str = "https://login.example.com";

struct Fault {
    name: &'static str,
    way: Way,
    /// Whether the gate only notices the fault after [`TIMEOUT`].
    waits: bool,
}

enum Way {
    Refuse,
    AcceptNobody,
    Reply(Reply),
}

/// Answers with a set in them and something wrong.
fn answers() -> Vec<(&'static str, Reply)> {
    let set = jwks(&[&OTHER_KEY]).to_string().into_bytes();
    let twice = json!({ "keys": [OTHER_KEY.jwk(), OTHER_KEY.jwk()] });
    let big = json!({ "keys": [OTHER_KEY.jwk()], "x": "a".repeat(5_000_000) });
    let with_length = |length: usize| Reply::Raw([head(200, length).as_bytes(), &set].concat());
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let twice_two_lengths = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: {}\r\n\r\n{}",
        set.len(),
        String::from_utf8_lossy(&set)
    );
    vec![
        ("a set with status 500", Reply::Send(500, set.clone())),
        ("a set with status 404", Reply::Send(404, set.clone())),
        ("a set with status 203", Reply::Send(203, set.clone())),
        ("status 204", Reply::Send(204, Vec::new())),
        ("a redirect", Reply::Redirect("http://127.0.0.1:9/jwks.json".to_owned())),
        ("HTML", Reply::Send(200, b"<html>busy</html>".to_vec())),
        ("truncated JSON", Reply::Send(200, set[..set.len() - 1].to_vec())),
        ("nothing", Reply::Send(200, Vec::new())),
        ("an empty set", Reply::json(&json!({ "keys": [] }))),
        ("one key id twice", Reply::json(&twice)),
        ("5 MB", Reply::json(&big)),
        (
            "5 MB in chunks",
            Reply::Endless(chunked.clone(), [b"1000\r\n", [b' '; 0x1000].as_slice(), b"\r\n"].concat()),
        ),
        (
            "headers without end",
            Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x-more: and more\r\n".to_vec()),
        ),
        (
            "a chunk extension without end",
            Reply::Endless([chunked.as_slice(), b"1;"].concat(), b"more".to_vec()),
        ),
        ("a content-length that is too short", with_length(set.len() - 1)),
        ("a content-length that is too long", with_length(set.len() + 1)),
        ("two content-lengths", Reply::Raw(twice_two_lengths.into_bytes())),
        ("no HTTP", Reply::Raw(set.clone())),
        ("an answer that breaks off", Reply::BreakOff),
        ("a reset connection", Reply::Reset),
    ]
}

fn faults() -> Vec<Fault> {
    let set = jwks(&[&OTHER_KEY]).to_string().into_bytes();
    // The interim answers are long, because hyper reads them in one go while more data is available, and a
    // debug build needs time for each.
    let interim = format!("HTTP/1.1 100 Continue\r\nx-more: {}\r\n\r\n", "a".repeat(16_384)).into_bytes();
    let slow = [
        ("never answers", Reply::Hang),
        ("promises an answer without end", Reply::Endless(Vec::new(), interim)),
        ("drips its body", Reply::drip(set.clone())),
        ("drips its head", Reply::Drip(Vec::new(), [head(200, set.len()).as_bytes(), &set].concat())),
    ];
    let mut faults = vec![
        Fault { name: "refuses", way: Way::Refuse, waits: false },
        Fault { name: "accepts nobody", way: Way::AcceptNobody, waits: true },
    ];
    faults.extend(slow.map(|(name, reply)| Fault { name, way: Way::Reply(reply), waits: true }));
    faults.extend(answers().into_iter().map(|(name, reply)| Fault {
        name,
        way: Way::Reply(reply),
        waits: false,
    }));
    faults
}

/// A server with a fault, and how often it was asked before.
struct Faulty<'f> {
    server: KeyServer,
    fault: &'f Fault,
    asked_before: usize,
}

impl<'f> Faulty<'f> {
    async fn new(mut server: KeyServer, fault: &'f Fault) -> Self {
        match &fault.way {
            Way::Refuse => server.refuse().await,
            Way::AcceptNobody => server.accept_nobody().await,
            Way::Reply(reply) => server.reply_with(reply.clone()),
        }
        Self { asked_before: server.count(), server, fault }
    }

    fn asked(&self) -> usize {
        self.server.count() - self.asked_before
    }

    /// Asserts that the server was asked this often since then. A server that lets nobody connect cannot
    /// tell. If a try lasts until its timeout, the timeout may come before the request was sent, on a machine
    /// that stalls: then fewer requests are accepted too.
    fn assert_asked(&self, times: usize) {
        let (asked, name) = (self.asked(), self.fault.name);
        let least = if self.fault.waits { times.min(1) } else { times };
        let expected = if matches!(self.fault.way, Way::Reply(_)) { least..=times } else { 0..=0 };
        assert!(expected.contains(&asked), "requests: {name}: {asked} and not {expected:?}");
    }

    async fn recover(mut self) -> KeyServer {
        self.server.reply_with(Reply::json(&jwks(&[&KEY])));
        if !matches!(self.fault.way, Way::Reply(_)) {
            self.server.reopen().await;
        }
        self.server
    }
}

/// The outcomes of requests with one token, and how many of them waited as long as a fetch may take.
async fn ask(
    gate: &Gate,
    token: &str,
    now: UnixTime,
    times: usize,
) -> (Vec<Result<(), AuthorizeError>>, usize) {
    let request = async || {
        let started = Instant::now();
        let outcome = gate.authorize(&event(token), now).await.map(drop);
        assert!(started.elapsed() < BOUND, "a request took {:?}", started.elapsed());
        (outcome, started.elapsed() >= TIMEOUT)
    };
    let (outcomes, waits): (Vec<_>, Vec<_>) =
        join_all((0..times).map(|_| request())).await.into_iter().unzip();
    (outcomes, waits.into_iter().filter(|waited| *waited).count())
}

/// Like [`ask`], but one request after the other.
async fn ask_in_turn(
    gate: &Gate,
    token: &str,
    now: UnixTime,
    times: usize,
) -> (Vec<Result<(), AuthorizeError>>, usize) {
    let (mut outcomes, mut waits) = (Vec::new(), 0);
    for _ in 0..times {
        let (outcome, waited) = ask(gate, token, now, 1).await;
        outcomes.extend(outcome);
        waits += waited;
    }
    (outcomes, waits)
}

/// A token that names [`KEY`] but is signed with another key.
fn forged() -> String {
    OTHER_KEY.token_with(&KEY.header(), &lasting_claims())
}

#[tokio::test]
async fn during_an_outage_only_known_keys_serve_until_too_old() {
    for fault in faults() {
        let name = fault.name;
        let (server, gate) = healthy().await;
        let faulty = Faulty::new(server, &fault).await;

        let (outcomes, waited) = ask(&gate, &token(&KEY), after(TTL), 16).await;
        assert_eq!(outcomes, [Ok(()); 16], "{name}");
        assert!(!fault.waits || waited > 0, "it makes somebody wait: {name}");
        faulty.assert_asked(1);

        let now = after(TTL + COOLDOWN - 1);
        let (outcomes, waited) = ask_in_turn(&gate, &token(&KEY), now, 16).await;
        assert_eq!(outcomes, [Ok(()); 16], "{name}");
        assert!(waited < 8, "within the cooldown {waited} of 16 waited: {name}");
        let (outcomes, waited) = ask_in_turn(&gate, &token(&OTHER_KEY), now, 16).await;
        assert_eq!(outcomes, [Err(UNKNOWN_KEY); 16], "{name}");
        assert!(waited < 8, "within the cooldown {waited} of 16 waited: {name}");
        assert_eq!(ask(&gate, &forged(), now, 1).await.0, [Err(TokenError::Signature.into())], "{name}");
        faulty.assert_asked(1);

        assert_eq!(
            ask(&gate, &token(&OTHER_KEY), after(TTL + NEXT), 4).await.0,
            [Err(UNKNOWN_KEY); 4],
            "{name}"
        );
        faulty.assert_asked(2);
        assert_eq!(ask(&gate, &token(&KEY), after(MAX_STALE - 1), 4).await.0, [Ok(()); 4], "{name}");
        faulty.assert_asked(3);

        // This is still within the pause after the third failure, which is a second if no set is usable.
        let too_old = after(MAX_STALE);
        for token in [token(&KEY), token(&OTHER_KEY), forged()] {
            assert_eq!(
                ask(&gate, &token, too_old, 1).await.0,
                [Err(AuthorizeError::KeysUnavailable)],
                "{name}"
            );
        }
        faulty.assert_asked(3);

        let server = faulty.recover().await;
        let back = after(MAX_STALE + 1);
        assert_eq!(ask(&gate, &token(&KEY), back, 4).await.0, [Ok(()); 4], "{name}");
        assert_eq!(ask(&gate, &token(&OTHER_KEY), back, 4).await.0, [Err(UNKNOWN_KEY); 4], "{name}");
        drop(server);
    }
}

#[tokio::test]
async fn without_keys_there_is_no_decision_until_the_server_recovers() {
    for fault in faults() {
        let name = fault.name;
        let server = KeyServer::start(Reply::Hang);
        let gate = gate(&server.url, &config());
        let faulty = Faulty::new(server, &fault).await;
        timeout(BOUND, gate.prefetch(NOW)).await.unwrap_or_else(|_| panic!("no end of prefetching: {name}"));
        // A fault that shows early may be momentary, so the attempt tries once more.
        let tried = faulty.asked();
        assert!(tried <= if fault.waits { 1 } else { 2 }, "{tried} requests: {name}");

        let soon = NOW.after(Duration::from_millis(100));
        for token in [token(&KEY), token(&OTHER_KEY), forged()] {
            let (outcomes, waited) = ask_in_turn(&gate, &token, soon, 8).await;
            assert_eq!(outcomes, [Err(AuthorizeError::KeysUnavailable); 8], "{name}");
            assert!(waited < 4, "within the pause {waited} of 8 waited: {name}");
        }
        faulty.assert_asked(tried);
        let (outcomes, waited) = ask(&gate, &token(&OTHER_KEY), after(3), 16).await;
        assert_eq!(outcomes, [Err(AuthorizeError::KeysUnavailable); 16], "{name}");
        assert!(!fault.waits || waited > 0, "it makes somebody wait: {name}");
        faulty.assert_asked(tried + 1);

        let server = faulty.recover().await;
        assert_eq!(ask(&gate, &token(&KEY), after(6), 16).await.0, [Ok(()); 16], "{name}");
        assert_eq!(ask(&gate, &token(&OTHER_KEY), after(6), 1).await.0, [Err(UNKNOWN_KEY)], "{name}");
        drop(server);
    }
}

#[tokio::test]
async fn a_request_dropped_during_its_fetch_uses_up_the_cooldown() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::Hang);
    let first = timeout(TIMEOUT / 8, outcome(&gate, &OTHER_KEY, after(NEXT))).await;
    assert!(first.is_err(), "it waited for the answer");
    for _ in 1..10 {
        let _ = timeout(TIMEOUT / 8, outcome(&gate, &OTHER_KEY, after(NEXT))).await;
    }
    assert_eq!(outcome(&gate, &OTHER_KEY, after(NEXT)).await, Err(UNKNOWN_KEY));
    assert_eq!(server.count(), 2, "the prefetch, and one for all ten");
}

#[tokio::test]
async fn those_who_wait_for_a_dropped_requests_fetch_get_its_result() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::Late(TIMEOUT / 2, jwks(&[&OTHER_KEY]).to_string().into_bytes()));
    let gone = timeout(TIMEOUT / 8, outcome(&gate, &OTHER_KEY, after(NEXT)));
    let stays = async {
        sleep(TIMEOUT / 16).await;
        outcome(&gate, &OTHER_KEY, after(NEXT)).await
    };
    let (gone, stays) = join(gone, stays).await;
    assert!(gone.is_err(), "it went away");
    assert_eq!(stays, Ok(()));
    assert_eq!(server.count(), 2);
}

/// The requests arrive while a fetch runs, each more than a cooldown after the one before. A slow server can
/// cause that.
#[tokio::test]
async fn a_request_that_waited_for_a_failed_fetch_waits_for_no_other() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::Hang);
    let outcomes = join_all((0..10).map(|n| outcome(&gate, &KEY, after(TTL + n * NEXT)))).await;
    assert_eq!(outcomes, [Ok(()); 10]);
    assert_eq!(server.count(), 2, "one fetch for all ten");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = KeyServer::start(Reply::json(&jwks(&[&OTHER_KEY])));
    let server = KeyServer::start(Reply::Redirect(format!("{}/jwks.json", trap.url)));
    let gate = gate(&server.url, &config());
    assert_eq!(outcome(&gate, &OTHER_KEY, NOW).await, Err(AuthorizeError::KeysUnavailable));
    assert_eq!((server.count(), trap.count()), (1, 0));
}

/// The server waits for the end of an HTTP request head, but receives a TLS handshake.
#[tokio::test]
async fn an_unanswered_tls_handshake_times_out_like_other_silence() {
    let server = KeyServer::start(Reply::Hang);
    let mut config = config();
    let uri = server.url.replace("http:", "https:");
    config["issuers"] = json!([{ "issuer": PARTNER, "jwksUri": uri, "clientIds": [CLIENT] }]);
    let gate = gate(&server.url, &config);
    let (outcomes, waited) =
        ask(&gate, &KEY.token(&with(lasting_claims(), "iss", json!(PARTNER))), NOW, 16).await;
    assert_eq!(outcomes, [Err(AuthorizeError::KeysUnavailable); 16]);
    assert!(waited > 0, "it makes somebody wait");
    assert_eq!(server.count(), 0, "nothing is asked without TLS");
}

#[tokio::test]
async fn a_duplicate_key_id_leaves_the_other_keys_usable() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::json(&json!({ "keys": [KEY.jwk(), OTHER_KEY.jwk(), KEY.jwk()] })));
    assert_eq!(outcome(&gate, &OTHER_KEY, after(TTL)).await, Ok(()));
    assert_eq!(outcome(&gate, &KEY, after(TTL)).await, Err(UNKNOWN_KEY));
    assert_eq!(server.count(), 2);
}

/// Two hundred requests with tokens of both keys, on four threads: the outcomes of the first key, and of the
/// other.
async fn two_hundred(gate: &Arc<Gate>, now: UnixTime) -> [Vec<Result<(), AuthorizeError>>; 2] {
    let events = Arc::new([event(&token(&KEY)), event(&token(&OTHER_KEY))]);
    let threads = (0..4).map(|_| {
        let (gate, events) = (Arc::clone(gate), Arc::clone(&events));
        tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let request = async |event| gate.authorize(event, now).await.map(drop);
            let pairs = (0..25).map(|_| join(request(&events[0]), request(&events[1])));
            runtime.block_on(join_all(pairs))
        })
    });
    let pairs = join_all(threads).await.into_iter().flat_map(Result::unwrap);
    let (old, new): (Vec<_>, Vec<_>) = pairs.unzip();
    [old, new]
}

#[tokio::test]
async fn key_rotation_under_load_costs_one_fetch_and_no_valid_token() {
    let (server, gate) = healthy().await;
    let gate = Arc::new(gate);
    let late = |keys: &Value| Reply::Late(TIMEOUT / 4, keys.to_string().into_bytes());

    server.reply_with(late(&jwks(&[&KEY, &OTHER_KEY])));
    assert_eq!(two_hundred(&gate, after(NEXT)).await, [vec![Ok(()); 100], vec![Ok(()); 100]]);
    assert_eq!(server.count(), 2);

    server.reply_with(late(&jwks(&[&OTHER_KEY])));
    let now = after(NEXT + TTL - 1);
    assert_eq!(two_hundred(&gate, now).await, [vec![Ok(()); 100], vec![Ok(()); 100]]);
    assert_eq!(server.count(), 2, "the set is fresh still");
    let now = after(NEXT + TTL);
    assert_eq!(two_hundred(&gate, now).await, [vec![Err(UNKNOWN_KEY); 100], vec![Ok(()); 100]]);
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn keys_rotated_during_an_outage_replace_the_old_ones_after_it() {
    for outage in [Reply::Hang, Reply::Send(503, Vec::new()), Reply::Reset] {
        let (server, gate) = healthy().await;
        let gate = Arc::new(gate);
        server.reply_with(outage);
        let during = [vec![Ok(()); 100], vec![Err(UNKNOWN_KEY); 100]];
        assert_eq!(two_hundred(&gate, after(TTL)).await, during);
        assert_eq!(two_hundred(&gate, after(TTL + COOLDOWN - 1)).await, during);
        assert_eq!(server.count(), 2);
        assert_eq!(two_hundred(&gate, after(TTL + NEXT)).await, during);
        assert_eq!(server.count(), 3);

        server.reply_with(Reply::json(&jwks(&[&OTHER_KEY])));
        let over = [vec![Err(UNKNOWN_KEY); 100], vec![Ok(()); 100]];
        assert_eq!(two_hundred(&gate, after(TTL + NEXT + COOLDOWN - 1)).await, during);
        assert_eq!(two_hundred(&gate, after(TTL + 2 * NEXT)).await, over);
        assert_eq!(server.count(), 4);
    }
}

#[tokio::test]
async fn after_an_hours_freeze_two_hundred_requests_share_one_fetch() {
    let (server, gate) = healthy().await;
    let gate = Arc::new(gate);
    server.reply_with(Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
    assert_eq!(two_hundred(&gate, after(3_600)).await, [vec![Ok(()); 100], vec![Ok(()); 100]]);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn after_a_freeze_in_an_outage_keys_serve_unless_too_old() {
    for (frozen, expected) in
        [(3_600, Ok(())), (MAX_STALE - 1, Ok(())), (MAX_STALE, Err(AuthorizeError::KeysUnavailable))]
    {
        let (server, gate) = healthy().await;
        server.reply_with(Reply::Hang);
        let (outcomes, _) = ask(&gate, &token(&KEY), after(frozen), 50).await;
        assert_eq!(outcomes, [expected; 50], "after {frozen} s");
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn a_jumping_clock_neither_keeps_old_keys_nor_floods_the_server() {
    let (server, gate) = healthy().await;
    let back = UnixTime::from_secs(NOW.secs() - TTL);
    assert_eq!(outcome(&gate, &KEY, back).await, Ok(()));
    assert_eq!(server.count(), 2);
    for _ in 0..5 {
        assert_eq!(outcome(&gate, &OTHER_KEY, back).await, Err(UNKNOWN_KEY));
    }
    assert_eq!(server.count(), 2);
    assert_eq!(outcome(&gate, &KEY, after(2 * MAX_STALE)).await, Ok(()));
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn setting_the_clock_back_in_an_outage_extends_no_keys_life() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::Send(503, Vec::new()));
    for back in [TTL, MAX_STALE - 1] {
        assert_eq!(outcome(&gate, &KEY, UnixTime::from_secs(NOW.secs() - back)).await, Ok(()));
    }
    assert_eq!(server.count(), 3);
    let too_far = UnixTime::from_secs(NOW.secs() - MAX_STALE);
    assert_eq!(outcome(&gate, &KEY, too_far).await, Err(AuthorizeError::KeysUnavailable));
    assert_eq!(outcome(&gate, &KEY, after(1)).await, Ok(()), "and none is forgotten for it");
}

#[tokio::test]
async fn one_issuers_outage_delays_no_other_issuer() {
    let well = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let unwell = KeyServer::start(Reply::Hang);
    let mut config = config();
    config["issuers"] = json!([{ "issuer": PARTNER, "jwksUri": unwell.url, "clientIds": ["partner"] }]);
    let gate = gate(&well.url, &config);
    let started = Instant::now();
    gate.prefetch(NOW).await;
    assert_eq!(outcome(&gate, &KEY, NOW).await, Ok(()));
    assert!(started.elapsed() < TIMEOUT, "the first answer took {:?}", started.elapsed());
    // A request that needs the other issuer's keys waits for the fetch that is already running.
    let partner = with(with(lasting_claims(), "iss", json!(PARTNER)), "client_id", json!("partner"));
    let (outcomes, _) = ask(&gate, &KEY.token(&partner), NOW, 4).await;
    assert_eq!(outcomes, [Err(AuthorizeError::KeysUnavailable); 4]);
    assert_eq!((well.count(), unwell.count()), (1, 1));
}

/// A binary with short times. The file must exist until the binary has started.
fn binary(server: &KeyServer) -> (Function, TempFile) {
    let jwks = json!({ "cooldownSeconds": 1, "timeoutMillis": u64::try_from(TIMEOUT.as_millis()).unwrap() });
    let config = TempFile::new(json!({ "authorizer": { "rules": rules(), "jwks": jwks } }).to_string());
    let mut env = env(&server.url);
    env.insert("CONFIG_FILE", config.name());
    (Function::start(&env), config)
}

/// Asks until the token is accepted: the binary uses the real clock, and the cooldown must pass.
async fn ask_until_allowed(function: &mut Function, token: &str) {
    let allowed = async {
        while function.invoke(event(token)).await.is_err() {
            sleep(TIMEOUT / 4).await;
        }
    };
    timeout(Duration::from_secs(30), allowed).await.expect("the binary serves again");
}

/// The binary's answer to a token that it refuses.
async fn refusal(function: &mut Function, token: &str, name: &str) -> String {
    let started = Instant::now();
    let refused = function.invoke(event(token)).await.expect_err("an answer where there should be none");
    assert!(started.elapsed() < BOUND, "it took {:?}: {name}", started.elapsed());
    refused["errorType"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn under_any_fault_the_binary_starts_and_serves_once_keys_come() {
    let good = KEY.token(&current(access_claims()));
    let other = OTHER_KEY.token(&current(access_claims()));
    let forged = OTHER_KEY.token_with(&KEY.header(), &current(access_claims()));
    let start = async |fault: Fault| {
        let faulty = Faulty::new(KeyServer::start(Reply::Hang), &fault).await;
        let (mut function, config) = binary(&faulty.server);
        for token in [&good, &other, &forged] {
            assert_eq!(refusal(&mut function, token, fault.name).await, "KeysUnavailable", "{}", fault.name);
        }
        drop(config);
        let server = faulty.recover().await;
        ask_until_allowed(&mut function, &good).await;
        for token in [&other, &forged] {
            assert_eq!(refusal(&mut function, token, fault.name).await, "Unauthorized", "{}", fault.name);
        }
        drop(server);
    };
    let mut faults = faults().into_iter().peekable();
    while faults.peek().is_some() {
        join_all(faults.by_ref().take(8).map(start)).await;
    }
}

#[tokio::test]
async fn the_binary_serves_during_an_outage_and_then_finds_new_keys() {
    let good = KEY.token(&current(access_claims()));
    let other = OTHER_KEY.token(&current(access_claims()));
    let mut server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let (mut function, _config) = binary(&server);
    ask_until_allowed(&mut function, &good).await;
    assert_eq!(server.count(), 1);

    let started = Instant::now();
    for down in ["refuses", "accepts nobody", "never answers"] {
        match down {
            "refuses" => server.refuse().await,
            "accepts nobody" => server.accept_nobody().await,
            _ => {
                server.reply_with(Reply::Hang);
                server.reopen().await;
            }
        }
        sleep(Duration::from_millis(1_100)).await;
        for _ in 0..20 {
            assert_eq!(refusal(&mut function, &other, down).await, "Unauthorized", "{down}");
            let asked = Instant::now();
            assert!(function.invoke(event(&good)).await.is_ok(), "{down}");
            assert!(asked.elapsed() < BOUND, "{down}");
        }
    }
    server.reply_with(Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
    ask_until_allowed(&mut function, &other).await;
    assert!(function.invoke(event(&good)).await.is_ok());

    let most = usize::try_from(started.elapsed().as_secs()).unwrap() + 3;
    assert!((3..=most).contains(&server.count()), "{} fetches, {most} at most", server.count());
    let log = function.stop().await;
    let failures = log.lines().filter(|line| line.contains("key set not fetched")).count();
    assert!((3..=most).contains(&failures), "{failures} failed fetches, {most} at most: {log}");
}
