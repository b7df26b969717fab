//! A device proves itself by its secret, from its first sign-in to the next, over real sockets: the client's part of the
//! computation is here, the pool checks it with nothing but the verifier that the service has passed on.
//!
//! Secure Remote Password (RFC 5054 section 2) as Cognito has it:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html#user-pools-remembered-devices-signing-in-with-a-device>

use std::sync::Mutex;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use serde_json::{Value, json};
use testkit::cognito;
use testkit::request::Request;

use crate::gateway::Caller as _;
use crate::runtime::run;

/// The group of 3,072 bits of RFC 3526 section 4; its generator is 2.
const N: [&str; 8] = [
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
];
const TIME: Duration = Duration::from_secs(20);

const KEY: &str = "us-east-1_0a1b2c3d-0000-1111-2222-333344445555";
const GROUP: &str = "-AbC1dEf2";
const EMAIL: &str = "ann@example.com";
const SUB: &str = "7f1e-sub";
const SESSION: &str = "session-of-twenty-characters-or-more";
const TIMESTAMP: &str = "Fri Nov 27 07:09:05 UTC 2026";

fn n() -> BigUint {
    BigUint::parse_bytes(N.concat().as_bytes(), 16).unwrap()
}

fn generator() -> BigUint {
    BigUint::from(2_u8)
}

/// A whole number as Java writes it: a leading zero byte where the first bit is set, so that it is not negative.
fn padded(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] & 0x80 != 0 {
        bytes.insert(0, 0);
    }
    bytes
}

fn hash(parts: &[&[u8]]) -> BigUint {
    BigUint::from_bytes_be(digest(&SHA256, &parts.concat()).as_ref())
}

fn multiplier() -> BigUint {
    hash(&[&padded(&n()), &padded(&generator())])
}

fn scrambling(a: &BigUint, b: &BigUint) -> BigUint {
    hash(&[&padded(a), &padded(b)])
}

fn signed(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &parts.concat())
}

/// What both sides make of the secret that they share.
fn claim(shared: &BigUint, scrambling: &BigUint, secret_block: &str) -> String {
    let extracted = signed(&padded(scrambling), &[&padded(shared)]);
    let key = signed(extracted.as_ref(), &[b"Caldera Derived Key", &[1]]);
    let block = STANDARD.decode(secret_block).unwrap();
    let tag = signed(&key.as_ref()[..16], &[GROUP.as_bytes(), KEY.as_bytes(), &block, TIMESTAMP.as_bytes()]);
    STANDARD.encode(tag)
}

/// The device's own part: its secret leaves it never.
struct Device {
    salt: BigUint,
    secret: &'static str,
    ephemeral: BigUint,
}

impl Device {
    fn new(secret: &'static str) -> Self {
        let number = |byte: u8, length: usize| BigUint::from_bytes_be(&vec![byte; length]);
        Self { salt: number(0x9a, 16), secret, ephemeral: number(0x7b, 32) }
    }

    fn private_key(&self) -> BigUint {
        let of_password = digest(&SHA256, format!("{GROUP}{KEY}:{}", self.secret).as_bytes());
        hash(&[&padded(&self.salt), of_password.as_ref()])
    }

    fn verifier(&self) -> BigUint {
        generator().modpow(&self.private_key(), &n())
    }

    fn public_key(&self) -> BigUint {
        generator().modpow(&self.ephemeral, &n())
    }

    /// From the parameters of `DEVICE_PASSWORD_VERIFIER`.
    fn claim(&self, parameters: &Value) -> String {
        let b = BigUint::parse_bytes(parameters["SRP_B"].as_str().unwrap().as_bytes(), 16).unwrap();
        assert_eq!(parameters["SALT"], self.salt.to_str_radix(16));
        let u = scrambling(&self.public_key(), &b);
        // B - k * v, and nothing under zero.
        let base = (b + n() - (multiplier() * self.verifier()) % n()) % n();
        let shared = base.modpow(&(&self.ephemeral + &u * self.private_key()), &n());
        claim(&shared, &u, parameters["SECRET_BLOCK"].as_str().unwrap())
    }
}

/// What the pool keeps of a device, and of a sign-in with it.
struct Kept {
    verifier: BigUint,
    salt: BigUint,
    a: BigUint,
}

static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

/// As long as Cognito's are.
fn secret_block() -> String {
    STANDARD.encode(vec![0xc3; 1200])
}

fn ephemeral_of_pool() -> BigUint {
    BigUint::from_bytes_be(&[0x6d; 32])
}

fn decoded(text: &Value) -> BigUint {
    BigUint::from_bytes_be(&STANDARD.decode(text.as_str().unwrap()).unwrap())
}

fn tokens(new: &Value) -> (&'static str, Value) {
    let result = json!({
        "AccessToken": "a.b.c", "IdToken": "i", "RefreshToken": "r", "ExpiresIn": 3600, "TokenType": "Bearer",
        "NewDeviceMetadata": new,
    });
    ("200 OK", json!({ "AuthenticationResult": result }))
}

fn requests(name: &str, parameters: &Value) -> (&'static str, Value) {
    ("200 OK", json!({ "ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters }))
}

fn cognito(operation: &str, request: &Value) -> (&'static str, Value) {
    let mut kept = KEPT.lock().unwrap();
    match operation {
        "InitiateAuth" if request["AuthParameters"]["DEVICE_KEY"] == KEY => {
            let parameters = json!({ "USERNAME": SUB });
            ("200 OK", json!({ "ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": parameters }))
        }
        "InitiateAuth" => tokens(&json!({ "DeviceKey": KEY, "DeviceGroupKey": GROUP })),
        "ConfirmDevice" => {
            let secret = &request["DeviceSecretVerifierConfig"];
            let (verifier, salt) = (decoded(&secret["PasswordVerifier"]), decoded(&secret["Salt"]));
            *kept = Some(Kept { verifier, salt, a: BigUint::ZERO });
            ("200 OK", json!({ "UserConfirmationNecessary": false }))
        }
        "RespondToAuthChallenge" => {
            let members = &request["ChallengeResponses"];
            assert_eq!((&members["USERNAME"], &members["DEVICE_KEY"]), (&json!(SUB), &json!(KEY)));
            answer(kept.as_mut().unwrap(), request["ChallengeName"].as_str().unwrap(), members)
        }
        other => panic!("{other} is not of this visit"),
    }
}

fn answer(kept: &mut Kept, challenge: &str, members: &Value) -> (&'static str, Value) {
    let ephemeral = ephemeral_of_pool();
    let b = (multiplier() * &kept.verifier + generator().modpow(&ephemeral, &n())) % n();
    if challenge == "DEVICE_SRP_AUTH" {
        kept.a = BigUint::parse_bytes(members["SRP_A"].as_str().unwrap().as_bytes(), 16).unwrap();
        let parameters = json!({
            "SRP_B": b.to_str_radix(16), "SALT": kept.salt.to_str_radix(16), "SECRET_BLOCK": secret_block(),
        });
        return requests("DEVICE_PASSWORD_VERIFIER", &parameters);
    }
    assert_eq!(members["PASSWORD_CLAIM_SECRET_BLOCK"], secret_block());
    assert_eq!(members["TIMESTAMP"], TIMESTAMP);
    let u = scrambling(&kept.a, &b);
    let shared = (&kept.a * kept.verifier.modpow(&u, &n())).modpow(&ephemeral, &n());
    if members["PASSWORD_CLAIM_SIGNATURE"] == claim(&shared, &u, &secret_block()) {
        tokens(&Value::Null)
    } else {
        let body =
            json!({ "__type": "NotAuthorizedException", "message": "Incorrect username or password." });
        ("400 Bad Request", body)
    }
}

/// One request of the visit: the status, and the answer.
fn visit(pool: &str, request: Request) -> (Value, Value) {
    let (answers, log) = run(pool, &[request], TIME);
    for secret in ["the device's own secret", &secret_block()[..40], KEY] {
        assert!(!log.contains(secret), "{log}");
    }
    (answers[0]["statusCode"].clone(), serde_json::from_str(answers[0]["body"].as_str().unwrap()).unwrap())
}

fn sign_in(pool: &str, device: Option<&str>) -> Value {
    let mut body = json!({ "email": EMAIL, "password": "Correct-horse-9" });
    if let Some(key) = device {
        body["deviceKey"] = json!(key);
    }
    let (status, answer) = visit(pool, Request::post("/auth/signin", &body));
    assert_eq!(status, 200, "{answer}");
    answer
}

fn respond(pool: &str, challenge: &Value, responses: &Value) -> (Value, Value) {
    let mut body = json!({
        "name": challenge["name"], "username": challenge["username"], "answers": { "responses": responses },
        "deviceKey": KEY,
    });
    if let Some(session) = challenge.get("session") {
        body["session"] = session.clone();
    }
    visit(pool, Request::post("/auth/challenge", &body))
}

/// The device's two answers, to the end.
fn prove(pool: &str, device: &Device) -> (Value, Value) {
    let asked = &sign_in(pool, Some(KEY))["challenge"];
    assert_eq!(asked["name"], "DEVICE_SRP_AUTH");
    let (status, answer) = respond(pool, asked, &json!({ "SRP_A": device.public_key().to_str_radix(16) }));
    assert_eq!(status, 200, "{answer}");
    let asked = &answer["challenge"];
    let members = json!({
        "PASSWORD_CLAIM_SIGNATURE": device.claim(&asked["parameters"]),
        "PASSWORD_CLAIM_SECRET_BLOCK": asked["parameters"]["SECRET_BLOCK"], "TIMESTAMP": TIMESTAMP,
    });
    let expected: Vec<String> =
        members.as_object().unwrap().keys().map(|name| format!("responses.{name}")).collect();
    let expects: Vec<&str> =
        asked["expects"].as_array().unwrap().iter().map(|place| place.as_str().unwrap()).collect();
    for place in &expected {
        assert!(expects.contains(&place.as_str()), "{place} of {expects:?}");
    }
    respond(pool, asked, &members)
}

#[test]
fn a_device_that_was_confirmed_proves_itself_by_its_secret_and_no_other_does() {
    let pool = cognito::start(cognito);
    let device = Device::new("the device's own secret");
    let tokens = &sign_in(&pool, None)["tokens"];
    assert_eq!(tokens["device"], json!({ "key": KEY, "groupKey": GROUP }));

    let body = json!({
        "deviceKey": KEY, "passwordVerifier": STANDARD.encode(padded(&device.verifier())),
        "salt": STANDARD.encode(padded(&device.salt)),
    });
    let (status, answer) = visit(&pool, Request::post("/user/devices/confirm", &body).signed_in());
    assert_eq!((status, answer["remembered"].clone()), (json!(200), json!(true)), "{answer}");

    let (status, answer) = prove(&pool, &device);
    assert_eq!((status, &answer["tokens"]["accessToken"]), (json!(200), &json!("a.b.c")), "{answer}");
    assert!(answer["tokens"].get("device").is_none());

    let (status, answer) = prove(&pool, &Device::new("another secret"));
    assert_eq!((status, &answer["code"]), (json!(401), &json!("invalid_credentials")));
}
