//! `gatehouse user create`: a user whose password is final, or no user at all.
//!
//! Cognito has no such operation for an administrator that goes through the same checks as a person's
//! own choice of password. So the user is made with a random temporary password, and the challenge that
//! its first sign-in gets is answered with the wanted one.

use std::io::Write;

use secrecy::SecretString;

use crate::cli::Email;
use crate::cognito::{NewUser, Step, UserPool};
use crate::error::Error;
use crate::password::Person;
use crate::{password, token};

/// Cognito's word for a user with a final password.
const CONFIRMED: &str = "CONFIRMED";

/// The user that is wanted.
pub(crate) struct Wanted<'a> {
    pub(crate) email: &'a Email,
    pub(crate) groups: &'a [String],
    pub(crate) password: &'a SecretString,
}

/// The user that was made, and how far its first sign-in came.
pub(crate) struct Created {
    pub(crate) user: NewUser,
    pub(crate) step: Step,
}

/// Makes the user. A failure after the user exists deletes it again: it is seconds old, has never been
/// seen, and nobody knows its password.
pub(crate) async fn create(pool: &UserPool, wanted: &Wanted<'_>) -> Result<Created, Error> {
    let temporary = password::temporary()?;
    let user = match pool.create_user(wanted.email, &temporary).await {
        Ok(user) => user,
        Err(cause) if cause.leaves_doubt() => {
            return Err(Error::MaybeCreated { cause: Box::new(cause), pool: pool.id().to_owned() });
        }
        Err(cause) => return Err(cause),
    };
    match complete(pool, wanted, &user, &temporary).await {
        Ok(step) => Ok(Created { user, step }),
        Err(cause) => Err(undo(pool, user, cause).await),
    }
}

async fn complete(
    pool: &UserPool,
    wanted: &Wanted<'_>,
    user: &NewUser,
    temporary: &SecretString,
) -> Result<Step, Error> {
    for group in wanted.groups {
        pool.add_to_group(&user.username, group).await?;
    }
    match pool.sign_in(&user.username, temporary).await? {
        Step::NewPassword(challenge) => pool.choose_password(challenge, wanted.email, wanted.password).await,
        Step::Totp(_) => Err(token::unanswerable("SOFTWARE_TOKEN_MFA".to_owned())),
        Step::Unanswerable(name) => Err(token::unanswerable(name)),
        Step::SignedIn(_) => Err(Error::NotTemporary),
    }
}

async fn undo(pool: &UserPool, user: NewUser, cause: Error) -> Error {
    let cause = Box::new(cause);
    match pool.delete_user(&user.username).await {
        Ok(()) => Error::Undone { cause },
        Err(undo) => Error::LeftBehind {
            cause,
            undo: Box::new(undo),
            pool: pool.id().to_owned(),
            username: user.username,
        },
    }
}

/// The command: the new user's `sub` goes to `out`.
pub(crate) async fn run(
    pool: &UserPool,
    wanted: &Wanted<'_>,
    out: &mut dyn Write,
    person: &mut dyn Person,
) -> Result<(), Error> {
    let Created { user, step } = create(pool, wanted).await?;
    let asked = match step {
        Step::SignedIn(_) => None,
        Step::Totp(_) => Some("SOFTWARE_TOKEN_MFA".to_owned()),
        Step::NewPassword(_) => Some("NEW_PASSWORD_REQUIRED".to_owned()),
        Step::Unanswerable(name) => Some(name),
    };
    if let Some(name) = asked {
        make_sure_of_password(pool, &user, name, person).await?;
    }
    writeln!(out, "{}", user.sub)?;
    Ok(())
}

/// A pool that demands a second factor asks for it before it hands tokens out. The password may be
/// final all the same, and only the user's status tells.
async fn make_sure_of_password(
    pool: &UserPool,
    user: &NewUser,
    name: String,
    person: &mut dyn Person,
) -> Result<(), Error> {
    let status = match pool.status(&user.username).await {
        Ok(status) => status,
        Err(error) => {
            person.note(&error.to_string())?;
            "unknown".to_owned()
        }
    };
    if status != CONFIRMED {
        return Err(Error::NotFinal { status, advice: token::advice(&name), name });
    }
    person.note(&format!("at the first sign-in the pool asks for {name}"))
}
