//! `gatehouse token`: signs a user in and prints what the sign-in yields.
//!
//! The token goes to stdout and nothing else does. A challenge that cannot be answered here is an
//! error that names it.

use std::io::Write;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::cli::{Email, TokenKind};
use crate::cognito::{Step, Tokens, UserPool};
use crate::error::Error;
use crate::password::Person;
use crate::user::{self, Wanted};

/// How to sign in.
pub(crate) struct SignIn<'a> {
    pub(crate) email: &'a Email,
    pub(crate) password: &'a SecretString,
    /// Make the user first, in these groups.
    pub(crate) create: Option<&'a [String]>,
}

/// Signs in, all the way to the tokens.
pub(crate) async fn sign_in(
    pool: &UserPool,
    wanted: &SignIn<'_>,
    person: &mut dyn Person,
) -> Result<Tokens, Error> {
    let mut step = first_step(pool, wanted, person).await?;
    loop {
        step = match step {
            Step::SignedIn(tokens) => return Ok(tokens),
            Step::NewPassword(challenge) => {
                let password = person.new_password()?.ok_or(Error::TemporaryPassword)?;
                pool.choose_password(challenge, wanted.email, &password).await?
            }
            Step::Totp(open) => {
                let code = person.code()?;
                pool.give_code(open, &code).await?
            }
            Step::Unanswerable(name) => return Err(unanswerable(name)),
        };
    }
}

async fn first_step(pool: &UserPool, wanted: &SignIn<'_>, person: &mut dyn Person) -> Result<Step, Error> {
    if let Some(groups) = wanted.create {
        let new = Wanted { email: wanted.email, groups, password: wanted.password };
        match user::create(pool, &new).await {
            Ok(created) => {
                person.note(&format!("created {}", wanted.email))?;
                return Ok(created.step);
            }
            Err(Error::UserExists) => {
                let email = wanted.email;
                person.note(&format!("{email} exists already: password and groups are left as they are"))?;
            }
            Err(error) => return Err(error),
        }
    }
    pool.sign_in(wanted.email.as_str(), wanted.password).await
}

/// The error for a challenge that nothing here answers.
pub(crate) fn unanswerable(name: String) -> Error {
    Error::Challenge { advice: advice(&name), name }
}

/// What to do about a challenge that nothing here answers.
pub(crate) fn advice(name: &str) -> &'static str {
    match name {
        "MFA_SETUP" => "let the user set up a second factor in the app, or make MFA optional in the pool",
        "SMS_MFA" | "SMS_OTP" | "EMAIL_OTP" | "SELECT_MFA_TYPE" | "SOFTWARE_TOKEN_MFA" => {
            "sign in through the app, or use a user without this second factor"
        }
        _ => "sign in through the app, or use an app client whose password sign-in asks for nothing else",
    }
}

/// Prints one token alone on its line.
pub(crate) fn print(tokens: &Tokens, kind: TokenKind, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "{}", tokens.get(kind)?.expose_secret())?;
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AllTokens<'a> {
    access_token: Option<&'a str>,
    id_token: Option<&'a str>,
    refresh_token: Option<&'a str>,
    expires_in: i32,
    token_type: Option<&'a str>,
}

/// Prints all tokens as one JSON object. One that the sign-in did not yield is `null`.
pub(crate) fn print_all(tokens: &Tokens, out: &mut dyn Write) -> Result<(), Error> {
    let all = AllTokens {
        access_token: tokens.access.as_ref().map(ExposeSecret::expose_secret),
        id_token: tokens.id.as_ref().map(ExposeSecret::expose_secret),
        refresh_token: tokens.refresh.as_ref().map(ExposeSecret::expose_secret),
        expires_in: tokens.expires_in,
        token_type: tokens.token_type.as_deref(),
    };
    serde_json::to_writer(&mut *out, &all).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
