//! Every route that asks something of the identity provider, with a request that it takes.

use serde_json::{Value, json};
use testkit::cognito::{EMAIL, SESSION};
use testkit::request::Request;

use crate::fake::{CODE, DEVICE, NEW_PASSWORD, PASSWORD, REFRESH_TOKEN, SALT, VERIFIER};
use crate::gateway::Caller as _;

/// What a caller is about to do: the routes of one kind meet a refusal in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SignUp,
    Verify,
    AskForCode,
    SignIn,
    Refresh,
    SignOut,
    Reset,
    ChangePassword,
    Account,
}

#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The path as `openapi.json` has it.
    pub(crate) template: &'static str,
    pub(crate) kind: Kind,
    /// A body that the route takes; `null`: it takes none.
    pub(crate) body: Value,
    /// The members of it that cannot be left out.
    pub(crate) required: &'static [&'static str],
    /// What the provider is asked to do, call by call.
    pub(crate) calls: &'static [&'static str],
    /// What is answered when it does it; `null`: 204 without a body.
    pub(crate) answer: (u16, Value),
}

impl Route {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The same as `openapi.json` has it.
    pub(crate) fn described(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    pub(crate) fn is_protected(&self) -> bool {
        self.path.starts_with("/user")
    }

    /// The route's request without a body, from somebody who may use it.
    pub(crate) fn bare(&self) -> Request {
        let request = Request::new(self.method, self.path);
        if self.is_protected() { request.signed_in() } else { request }
    }

    pub(crate) fn request(&self) -> Request {
        if self.body.is_null() { self.bare() } else { self.bare().json(&self.body) }
    }
}

/// The route of this name.
pub(crate) fn route(name: &str) -> Route {
    all().into_iter().find(|route| route.name() == name).unwrap_or_else(|| panic!("no route {name}"))
}

fn post(kind: Kind, path: &'static str, body: Value, required: &'static [&'static str]) -> Route {
    Route {
        method: "POST",
        path,
        template: path,
        kind,
        body,
        required,
        calls: &[],
        answer: (204, Value::Null),
    }
}

fn tokens() -> Value {
    json!({ "tokens": {
        "accessToken": "new.access.token", "idToken": "new.id.token", "refreshToken": "new.refresh.token",
        "expiresIn": 3600, "tokenType": "Bearer",
    }})
}

fn delivery() -> Value {
    json!({ "destination": "a***@e***", "medium": "EMAIL", "attribute": "email" })
}

pub(crate) fn all() -> Vec<Route> {
    let mut all = open();
    all.extend(protected());
    all.extend(devices());
    all
}

fn open() -> Vec<Route> {
    let on_its_way = json!({ "detail": "If there is such an account, a code is on its way to its address." });
    let new_account = json!({
        "email": EMAIL, "password": PASSWORD, "name": "Ann", "phoneNumber": "+14155550123",
        "attributes": { "locale": "de" },
    });
    let answer = json!({
        "name": "SMS_MFA", "session": SESSION, "username": "7f1e", "answers": { "code": CODE },
    });
    let reset = json!({ "email": EMAIL, "code": CODE, "newPassword": NEW_PASSWORD });
    let token = json!({ "refreshToken": REFRESH_TOKEN });
    vec![
        Route {
            calls: &["sign_up ann@example.com PASSWORD locale=de name=Ann phone_number=+14155550123"],
            answer: (201, json!({ "userSub": "7f1e", "confirmed": false, "delivery": delivery() })),
            ..post(Kind::SignUp, "/auth/signup", new_account, &["email", "password"])
        },
        Route {
            calls: &["confirm_sign_up ann@example.com CODE"],
            ..post(Kind::Verify, "/auth/verify", json!({ "email": EMAIL, "code": CODE }), &["email", "code"])
        },
        Route {
            calls: &["resend_code ann@example.com"],
            answer: (200, on_its_way.clone()),
            ..post(Kind::AskForCode, "/auth/resend-code", json!({ "email": EMAIL }), &["email"])
        },
        Route {
            calls: &["sign_in ann@example.com by PASSWORD"],
            answer: (200, tokens()),
            ..post(Kind::SignIn, "/auth/signin", json!({ "email": EMAIL, "password": PASSWORD }), &["email"])
        },
        Route {
            calls: &["respond 7f1e SMS_MFA SESSION SMS_MFA_CODE=CODE"],
            answer: (200, tokens()),
            ..post(Kind::SignIn, "/auth/challenge", answer, &["name", "username", "answers"])
        },
        Route {
            calls: &["refresh REFRESH_TOKEN"],
            answer: (200, tokens()),
            ..post(Kind::Refresh, "/auth/refresh", token.clone(), &[])
        },
        Route { calls: &["revoke REFRESH_TOKEN"], ..post(Kind::SignOut, "/auth/signout", token, &[]) },
        Route {
            calls: &["forgot_password ann@example.com"],
            answer: (200, on_its_way),
            ..post(Kind::AskForCode, "/auth/forgot-password", json!({ "email": EMAIL }), &["email"])
        },
        Route {
            calls: &["reset_password ann@example.com CODE NEW_PASSWORD"],
            ..post(Kind::Reset, "/auth/reset-password", reset, &["email", "code", "newPassword"])
        },
    ]
}

fn protected() -> Vec<Route> {
    let of_account = |path, body, required| post(Kind::Account, path, body, required);
    let passwords = json!({ "previousPassword": PASSWORD, "newPassword": NEW_PASSWORD });
    let user = json!({
        "sub": "7f1e", "email": EMAIL, "emailVerified": true, "name": "Ann", "phoneNumber": "+14155550123",
        "phoneNumberVerified": false, "attributes": { "custom:plan": "free", "locale": "de" },
        "mfa": { "preferred": "SOFTWARE_TOKEN_MFA", "enabled": ["SOFTWARE_TOKEN_MFA", "SMS_MFA"] },
    });
    vec![
        Route {
            method: "GET",
            calls: &["user ACCESS_TOKEN"],
            answer: (200, user),
            ..of_account("/user", Value::Null, &[])
        },
        Route {
            method: "PATCH",
            calls: &["update ACCESS_TOKEN name=Bea"],
            answer: (200, json!({ "updated": ["name"], "deleted": [], "deliveries": [delivery()] })),
            ..of_account("/user", json!({ "name": "Bea" }), &[])
        },
        Route {
            method: "DELETE",
            calls: &["delete_user ACCESS_TOKEN"],
            ..of_account("/user", Value::Null, &[])
        },
        Route {
            calls: &["send_code ACCESS_TOKEN email"],
            answer: (200, json!({ "delivery": delivery() })),
            ..of_account("/user/verification-code", json!({ "attribute": "email" }), &["attribute"])
        },
        Route {
            calls: &["verify ACCESS_TOKEN phone_number CODE"],
            ..of_account(
                "/user/confirm",
                json!({ "attribute": "phone_number", "code": CODE }),
                &["attribute", "code"],
            )
        },
        Route {
            calls: &["change_password ACCESS_TOKEN PASSWORD NEW_PASSWORD"],
            ..post(Kind::ChangePassword, "/user/password", passwords, &["previousPassword", "newPassword"])
        },
        Route {
            calls: &["sign_out_everywhere ACCESS_TOKEN"],
            ..of_account("/user/signout", Value::Null, &[])
        },
        Route {
            calls: &["user ACCESS_TOKEN", "start_totp ACCESS_TOKEN"],
            answer: (
                200,
                json!({
                    "secret": "JBSWY3DP",
                    "otpauthUri": "otpauth://totp/gatehouse:ann%40example.com?secret=JBSWY3DP&issuer=gatehouse",
                }),
            ),
            ..of_account("/user/mfa/totp", Value::Null, &[])
        },
        Route {
            calls: &["verify_totp ACCESS_TOKEN CODE phone"],
            ..of_account("/user/mfa/totp/verify", json!({ "code": CODE, "deviceName": "phone" }), &["code"])
        },
        Route {
            method: "PUT",
            calls: &["prefer_mfa ACCESS_TOKEN totp:true:true sms:false:false"],
            ..of_account(
                "/user/mfa",
                json!({ "totp": { "enabled": true, "preferred": true }, "sms": { "enabled": false } }),
                &[],
            )
        },
    ]
}

const ONE_DEVICE: &str = "/user/devices/us-east-1_0a1b2c3d-0000-1111-2222-333344445555";

fn devices() -> Vec<Route> {
    let of_account = |path, body, required| post(Kind::Account, path, body, required);
    let new = json!({
        "deviceKey": DEVICE, "name": "Ann's phone", "passwordVerifier": VERIFIER, "salt": SALT, "remember": false,
    });
    let listed = json!({
        "devices": [
            {
                "key": DEVICE, "name": "Ann's phone", "created": "2026-11-01T07:00:00Z",
                "lastModified": "2026-11-02T07:00:00Z", "lastAuthenticated": "2026-11-03T07:00:00Z",
                "remembered": true,
            },
            { "key": "a_0" },
        ],
        "nextCursor": "further-on",
    });
    vec![
        Route {
            calls: &[
                "confirm_device ACCESS_TOKEN us-east-1_0a1b2c3d-0000-1111-2222-333344445555 Ann's phone VERIFIER SALT",
                "remember_device ACCESS_TOKEN us-east-1_0a1b2c3d-0000-1111-2222-333344445555 false",
            ],
            answer: (200, json!({ "remembered": false, "confirmationNecessary": false })),
            ..of_account("/user/devices/confirm", new, &["deviceKey", "passwordVerifier", "salt"])
        },
        Route {
            method: "GET",
            calls: &["devices ACCESS_TOKEN 20 from the beginning"],
            answer: (200, listed),
            ..of_account("/user/devices", Value::Null, &[])
        },
        Route {
            method: "PUT",
            template: "/user/devices/{key}",
            calls: &["remember_device ACCESS_TOKEN us-east-1_0a1b2c3d-0000-1111-2222-333344445555 true"],
            ..of_account(ONE_DEVICE, json!({ "remember": true }), &["remember"])
        },
        Route {
            method: "DELETE",
            template: "/user/devices/{key}",
            calls: &["forget_device ACCESS_TOKEN us-east-1_0a1b2c3d-0000-1111-2222-333344445555"],
            ..of_account(ONE_DEVICE, Value::Null, &[])
        },
    ]
}
