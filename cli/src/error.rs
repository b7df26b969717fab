//! Everything that can go wrong, each as one line that says how to correct it, and its exit code.
//!
//! Only this file contains the texts of errors. No variant may contain a password, a token, a session or a
//! secret. What a service says about a request with one of them must go through [`quoted`] first.

use std::io;
use std::path::PathBuf;

use authorizer::StartError;
use platform::config::{ClaimPath, ClientId, HttpsUrl, JwksUrl, PoolId};
use platform::document::Problems;
use platform::text::one_line_without;
use secrecy::{ExposeSecret, SecretString};

use crate::cli::TokenKind;
use crate::place::Place;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    // The input of the command.
    #[error("{path}: cannot be read: {reason}", path = path.display())]
    ConfigUnreadable { path: PathBuf, reason: io::Error },
    #[error("{name} is not valid\n{problems}")]
    ConfigInvalid { name: String, problems: Problems },
    #[error(
        "{name} would be {length} bytes, over the {limit} of a CloudFormation parameter: name fewer issuers or scopes, or \
         set api.resourceMetadata to false"
    )]
    ParameterTooLong { name: &'static str, length: usize, limit: usize },
    #[error("{what} is needed, but there is no terminal to ask on: {instead}")]
    NoTerminal { what: &'static str, instead: &'static str },
    #[error("the password cannot be read: {0}")]
    PasswordUnreadable(io::Error),
    #[error("the password is empty: give one on one line")]
    PasswordEmpty,
    #[error("the password contains a NUL character, which Cognito does not accept")]
    PasswordNul,
    #[error("the password is not UTF-8 text")]
    PasswordNotText,
    #[error("the password is longer than {limit} bytes, which Cognito does not accept")]
    PasswordTooLong { limit: usize },
    #[error("the two passwords are not the same: run the command again")]
    PasswordsDiffer,
    #[error("{flag} {reason}")]
    MalformedId { flag: &'static str, reason: String },
    #[error(
        "no AWS region is known: pass --region, set AWS_REGION, give the AWS profile a region (and check that the \
         profile exists), or run this where config.json is"
    )]
    NoRegion,
    #[error(
        "AWS_ENDPOINT_URL is not a URL: write it like http://127.0.0.1:4566, or unset it to use AWS itself"
    )]
    BadEndpoint,
    #[error("{what} cannot be read: {reason}")]
    InputUnreadable { what: String, reason: io::Error },
    #[error("{what} is not UTF-8 text")]
    InputNotText { what: String },
    #[error("{what} is longer than {limit} bytes, which no token or event is")]
    InputTooLong { what: String, limit: u64 },
    #[error("{what} is empty: give a token")]
    NoToken { what: String },
    #[error(
        "{what} is not JSON (line {line}, column {column}): give the event as the authorizer received it"
    )]
    EventNotJson { what: String, line: usize, column: usize },
    #[error("{path}: it has no usable keys: {reason}", path = path.display())]
    KeysUnusable { path: PathBuf, reason: String },
    #[error(
        "with --offline, name the gate's own pool: pass --user-pool-id and --client-id, or set \
         userPool.id and userPool.clientId in config.json"
    )]
    PoolUnknown,
    #[error("the gate cannot be built: {0}")]
    NoGate(StartError),
    #[error("--issuer {issuer} is not in authorizer.issuers ({}): write it exactly as there", names(.listed))]
    IssuerNotListed { issuer: String, listed: Vec<String> },
    #[error(
        "a caller cannot have a token of the stack's own pool (--issuer own) if there is no such pool \
         (--without-pool)"
    )]
    NoOwnPool,
    #[error(
        "--without-pool is for a stack without a pool of its own, but config.json names one (userPool.id)"
    )]
    HasOwnPool,
    #[error(
        "--without-pool: authorizer.issuers does not have exactly one entry, so name the caller's issuer \
         with --issuer"
    )]
    NoSoleIssuer,
    #[error(
        "--claim {path}: the claim already has another value: give each claim once, and use --auth-age for \
         auth_time"
    )]
    ClaimTwice { path: ClaimPath },

    // A further issuer.
    #[error("{issuer} is already trusted, by /authorizer/issuers/{place}: change that entry by hand")]
    IssuerListed { issuer: HttpsUrl, place: usize },
    #[error("{issuer} is a form of the stack's own pool, which is trusted without an entry")]
    IssuerIsOwn { issuer: HttpsUrl },
    #[error(
        "{issuer} signs tokens for many APIs: name your API's `aud` in its tokens with --audience, or the \
         clients that may call with --client, or both"
    )]
    IssuerWithoutTerms { issuer: HttpsUrl },
    #[error("{issuer} is a Cognito pool: name the app clients that may call with --client")]
    PoolWithoutClients { issuer: HttpsUrl },
    #[error("{flag} is not for a Cognito pool, whose tokens all have one form: leave it out")]
    NotForPools { flag: &'static str },
    #[error("{url}: {fault}")]
    Document { url: String, fault: Fault },
    #[error(
        "there is no discovery document at {first}, nor at {second}: check the issuer, or list it by hand"
    )]
    NoDocument { first: String, second: String },
    #[error(
        "{url} is the document of another issuer, named {said:?}: give that one, if it is the one you mean; \
         a token's `iss` must equal it exactly"
    )]
    OtherIssuer { url: String, said: String },
    #[error(
        "this is the document of many issuers at once ({said:?}): give the issuer of one tenant, with its own id in it; \
         list each tenant that you trust"
    )]
    IssuerIsTemplate { said: String },
    #[error(
        "{jwks_uri} has no key that the gate can use, and the document names the algorithms: {listed}; the \
         gate uses RSA, EC (P-256, P-384) and Ed25519 keys for signatures"
    )]
    NoAlgorithm { jwks_uri: JwksUrl, listed: String },
    #[error("{path}: no place for the entry was found; put it into authorizer.issuers by hand:\n{entry}", path = path.display())]
    NotInserted { path: PathBuf, entry: String },
    #[error("{path}: cannot be written: {reason}", path = path.display())]
    ConfigUnwritable { path: PathBuf, reason: io::Error },

    // Reaching AWS.
    #[error(
        "no AWS credentials, or no AWS profile with that name: set AWS_PROFILE or pass --profile (after `aws sso login` if it uses SSO), or set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials,
    #[error(
        "the AWS credentials cannot be loaded: {reason}; check the AWS profile, and `aws sso login` if it uses SSO"
    )]
    CredentialsFailed { reason: String },
    #[error(
        "{service} does not accept the AWS credentials ({code}): they are wrong, expired or made for another \
         partition; renew them (`aws sso login` for SSO), and check the clock of this machine"
    )]
    CredentialsRefused { service: &'static str, code: String },
    #[error("the AWS credentials may not call {operation}: allow the caller `{action}` in IAM")]
    AccessDenied { operation: &'static str, action: String },
    #[error(
        "{service} in {place} cannot be reached: check the network, the region and, if it is set, AWS_ENDPOINT_URL"
    )]
    Unreachable { service: &'static str, place: Place },
    #[error("{service} in {place} did not answer {operation} in time: try again")]
    TimedOut { service: &'static str, operation: &'static str, place: Place },
    #[error(
        "{service} in {place} gave no usable answer to {operation}: check AWS_ENDPOINT_URL, if it is set"
    )]
    OddAnswer { service: &'static str, operation: &'static str, place: Place },
    #[error(
        "{service} in {place} does not have the operation {operation}: use a region that does, or unset \
         AWS_ENDPOINT_URL if an emulator answers there"
    )]
    UnknownOperation { service: &'static str, operation: &'static str, place: Place },
    #[error("{service} throttles requests ({operation}): wait a little and try again")]
    Throttled { service: &'static str, operation: &'static str },
    #[error("the request {operation} cannot be made: {reason}")]
    BadRequest { operation: &'static str, reason: String },
    #[error("{service} refuses {operation}: {code}: {message}")]
    Refused { service: &'static str, operation: &'static str, code: String, message: String },

    // The stack.
    #[error(
        "there is no stack {stack:?} in {place}: pass --stack or --region, or name the pool with --user-pool-id \
         and --client-id"
    )]
    NoStack { stack: String, place: Place },
    #[error(
        "the stack {stack:?} has no output {output} (its status is {status}): deploy it, or name the pool with \
         --user-pool-id and --client-id"
    )]
    NoOutput { stack: String, output: &'static str, status: String },
    #[error("the output {output} of the stack {stack:?} {reason}")]
    OddOutput { stack: String, output: &'static str, reason: String },
    #[error(
        "the pool {pool} is not that of the stack {stack:?} ({own}): name its app client with --client-id"
    )]
    OtherPool { pool: PoolId, stack: String, own: PoolId },

    // The pool.
    #[error(
        "Cognito returns no secret of the app client {client}: if it has none, it is not a client for \
         programs, so name another with --machine-client-id; if its first secret was removed, give the one \
         in use with --client-secret-file"
    )]
    NoSecret { client: ClientId },
    #[error("the pool {pool} has no domain, so programs cannot get tokens from it")]
    NoDomain { pool: PoolId },
    #[error("the HTTPS client cannot be built: {0}")]
    NoHttps(String),
    #[error("the pool {pool} is in {home}, but the region in use is {place}: pass --region {home}")]
    OtherRegion { pool: PoolId, home: String, place: Place },
    #[error("there is no user pool {pool} in {place}, or it has no app client {client}: check both ids")]
    NoClient { pool: PoolId, client: ClientId, place: Place },
    #[error(
        "the app client {client} allows no sign-in with a password: add ALLOW_ADMIN_USER_PASSWORD_AUTH to its \
         ExplicitAuthFlows"
    )]
    NoPasswordFlow { client: ClientId },
    #[error("the pool has no group {group:?}: create it, or leave --group {group} out")]
    NoGroup { group: String },

    // The secrets of a client.
    #[error("{path}: cannot be created, and a secret is only written to a new file: {reason}", path = path.display())]
    NoNewFile { path: PathBuf, reason: io::Error },
    #[error(
        "a secret is not shown on a terminal: pipe stdout into a program that takes it, or name a file with \
         --out"
    )]
    SecretOnTerminal,
    #[error(
        "{what} contains no client secret: it must contain only the value, or the line that `gatehouse \
         client add-secret` writes"
    )]
    NoSecretInFile { what: String },
    #[error(
        "the app client {client} already has two secrets ({listed}): first remove the one that nobody uses, with \
             `gatehouse client remove-secret`"
    )]
    SecretsFull { client: ClientId, listed: String },
    #[error(
        "the app client {client} has no secret, and Cognito cannot add one: only a new client can have one \
         (userPool.clientSecret, which replaces the client)"
    )]
    PublicClient { client: ClientId },
    #[error(
        "this is not the id of a secret: `gatehouse client secrets` lists the ids, which look like \
         CLIENT--1767225600"
    )]
    NoSecretId,
    #[error(
        "the app client {client} has no secret {id:?}: `gatehouse client secrets` lists those that it has"
    )]
    NoSuchSecret { client: ClientId, id: String },
    #[error("{id} is the only secret of the app client {client}, which must have one: add another first")]
    LastSecret { client: ClientId, id: String },
    #[error("nothing was removed")]
    NotAgreed,
    #[error("{path}: cannot be written: {reason}; the secret that was added for this was removed again", path = path.display())]
    SecretUnwritable { path: PathBuf, reason: io::Error },
    #[error(
        "{path}: cannot be written: {reason}; the secret {id} was added, and removing it failed too ({undo}): run \
         `gatehouse client remove-secret {id}`", path = path.display()
    )]
    SecretLeftBehind { path: PathBuf, reason: io::Error, undo: Box<Self>, id: String },
    #[error(
        "{cause}; it is unknown whether a secret was added to {client}: run `gatehouse client secrets`, and \
         remove the secret whose value nobody has before you run this again"
    )]
    MaybeAdded { cause: Box<Self>, client: ClientId },

    // The user.
    #[error(
        "the user exists already and was left as it is: `aws cognito-idp admin-set-user-password` gives it a new \
         password, `aws cognito-idp admin-delete-user` removes it"
    )]
    UserExists,
    #[error(
        "the user exists already and was left as it is: --resend sends the invitation again, with a new temporary password"
    )]
    InvitedBefore,
    #[error("the pool has no such user: check the e-mail address, or leave --resend out to invite them")]
    NeverInvited,
    #[error(
        "the user is not waiting for a first sign-in, so there is no invitation to send again ({reason}): a forgotten \
         password is reset with the app's forgot-password, or `aws cognito-idp admin-reset-user-password`"
    )]
    NotWaiting { reason: String },
    #[error("Cognito cannot send the message ({reason}): check the pool's e-mail settings")]
    NotDelivered { reason: String },
    #[error("{cause}; the user was created all the same: correct that, then run this again with --resend")]
    InvitedUnheard { cause: Box<Self> },
    #[error(
        "{cause}; the invitation was sent all the same: add the user to those of {groups} that are missing, with `aws \
         cognito-idp admin-add-user-to-group --user-pool-id {pool} --username {username}`"
    )]
    InvitedOutside { cause: Box<Self>, groups: String, pool: PoolId, username: String },
    #[error(
        "{cause}; it is unknown whether the invitation was sent: run this again, with --resend if the user \
         then exists"
    )]
    MaybeInvited { cause: Box<Self> },
    #[error("the pool has no such user: check the e-mail address, or create the user with --create")]
    NoUser,
    #[error("wrong e-mail address or password")]
    WrongPassword,
    #[error("too many wrong passwords: Cognito has locked this user for a while; wait and try again")]
    LockedOut,
    #[error(
        "Cognito refuses the app client's secret ({reason}): give the one in use with --client-secret-file; \
         Cognito returns the client's first secret, and none after that one was removed"
    )]
    ClientSecretRefused { reason: String },
    #[error("Cognito refuses the sign-in: {reason}")]
    SignInRefused { reason: String },
    #[error("the pool refuses the password: {reason}")]
    PasswordRefused { reason: String },
    #[error("the one-time code is wrong or too old: run the command again with the newest code")]
    WrongCode,
    #[error("{path}: cannot be read: {reason}", path = path.display())]
    AuthenticatorUnreadable { path: PathBuf, reason: io::Error },
    #[error(
        "{path}: contains no secret of an authenticator app, which is one line of base32 (letters, and \
         digits from 2 to 7)", path = path.display()
    )]
    AuthenticatorOdd { path: PathBuf },
    #[error(
        "the user has an authenticator app, but there is no {path}: name the file with its secret, or leave \
         --authenticator out and type the code", path = path.display()
    )]
    AuthenticatorMissing { path: PathBuf },
    #[error(
        "the user has no authenticator app yet, and a new one needs a new file for its secret, but {path} \
         already exists: name a file that does not exist", path = path.display()
    )]
    AuthenticatorTaken { path: PathBuf },
    #[error("{path}: cannot be written: {reason}", path = path.display())]
    AuthenticatorUnwritable { path: PathBuf, reason: io::Error },
    #[error(
        "the pool refuses the one-time code that this machine computed from the secret: check its clock, and that the \
         file is this user's; a code is valid once, so wait half a minute before you try again"
    )]
    MadeCodeRefused,
    #[error("the user has not confirmed the sign-up: `aws cognito-idp admin-confirm-sign-up` does so")]
    NotConfirmed,
    #[error(
        "an administrator has reset the user's password: set a new one with the app's forgot-password, or with \
         `aws cognito-idp admin-set-user-password --permanent`"
    )]
    ResetRequired,
    #[error(
        "the password is a temporary one, and the user must choose their own: run this at a terminal without \
         --password-stdin"
    )]
    TemporaryPassword,
    #[error(
        "the pool requires attributes that this command does not know ({names}): create the user with `aws \
         cognito-idp admin-create-user --user-attributes`"
    )]
    AttributesDemanded { names: String },
    #[error("the pool accepted the temporary password as final, so the wanted password was not set")]
    NotTemporary,
    #[error("the sign-in asks for {name}, which this command cannot answer: {advice}")]
    Challenge { name: String, advice: &'static str },
    #[error(
        "the user was created, but has the status {status} because the pool asks for {name}, which this command \
         cannot answer: {advice}"
    )]
    NotFinal { status: String, name: String, advice: &'static str },
    #[error("a Lambda trigger of the pool refused this: {message}")]
    TriggerRefused { message: String },
    #[error("a Lambda trigger of the pool failed: see its log")]
    TriggerFailed,
    #[error("the sign-in returned no {kind} token: check the app client's settings")]
    NoSuchToken { kind: TokenKind },

    // A user that was only partly set up.
    #[error("{cause}; the user that was created for this was deleted again")]
    Undone { cause: Box<Self> },
    #[error(
        "{cause}; the user exists without a usable password, because deleting it failed too ({undo}): run `aws \
         cognito-idp admin-delete-user --user-pool-id {pool} --username {username}`, then this again"
    )]
    LeftBehind { cause: Box<Self>, undo: Box<Self>, pool: PoolId, username: String },
    #[error(
        "{cause}; it is unknown whether the user was created: if `aws cognito-idp admin-get-user --user-pool-id \
         {pool}` finds it, delete it with admin-delete-user before running this again"
    )]
    MaybeCreated { cause: Box<Self>, pool: PoolId },

    // This machine.
    #[error("the operating system gives no random numbers: {0}")]
    NoRandomness(getrandom::Error),
    #[error("the async runtime cannot start: {0}")]
    NoRuntime(io::Error),
    #[error("the result cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// What is wrong with an issuer's document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("it did not arrive within {0} s")]
    TimedOut(u64),
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("the answer is {0}, a redirect, which is not followed: give the issuer as its tokens name it")]
    Redirect(u16),
    #[error("the answer is {0}, not 200")]
    Status(u16),
    #[error("it is longer than {0} bytes")]
    TooLarge(usize),
    #[error("it is not a JSON object with unique keys")]
    NotJson,
    #[error("it names no issuer")]
    NoIssuer,
    #[error("it does not say where the issuer's keys are (jwks_uri)")]
    NoKeys,
    #[error("it has the issuer's keys at {0:?}, which is not an https URL that the gate may fetch")]
    UnsafeKeys(String),
    #[error("it is not a key set")]
    NotKeys,
}

impl Error {
    /// 2 for wrong input, 3 for a pool that allows no sign-in this way, 1 for every other refusal or failure.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::ConfigUnreadable { .. }
            | Self::ConfigInvalid { .. }
            | Self::ParameterTooLong { .. }
            | Self::NoTerminal { .. }
            | Self::PasswordUnreadable(_)
            | Self::PasswordEmpty
            | Self::PasswordNul
            | Self::PasswordNotText
            | Self::PasswordTooLong { .. }
            | Self::PasswordsDiffer
            | Self::MalformedId { .. }
            | Self::InputUnreadable { .. }
            | Self::InputNotText { .. }
            | Self::InputTooLong { .. }
            | Self::NoToken { .. }
            | Self::EventNotJson { .. }
            | Self::KeysUnusable { .. }
            | Self::PoolUnknown
            | Self::NoGate(_)
            | Self::IssuerNotListed { .. }
            | Self::NoOwnPool
            | Self::HasOwnPool
            | Self::NoSoleIssuer
            | Self::ClaimTwice { .. }
            | Self::IssuerListed { .. }
            | Self::IssuerIsOwn { .. }
            | Self::IssuerWithoutTerms { .. }
            | Self::PoolWithoutClients { .. }
            | Self::NotForPools { .. }
            | Self::NotInserted { .. }
            | Self::NoNewFile { .. }
            | Self::SecretOnTerminal
            | Self::NoSecretInFile { .. }
            | Self::NoSecretId
            | Self::NoRegion
            | Self::BadEndpoint
            | Self::AuthenticatorUnreadable { .. }
            | Self::AuthenticatorOdd { .. }
            | Self::AuthenticatorMissing { .. }
            | Self::AuthenticatorTaken { .. } => 2,
            Self::NoPasswordFlow { .. }
            | Self::AttributesDemanded { .. }
            | Self::Challenge { .. }
            | Self::NotFinal { .. } => 3,
            Self::Undone { cause } => cause.exit_code(),
            _ => 1,
        }
    }

    /// Whether the request may have been carried out although no answer arrived.
    pub(crate) const fn leaves_doubt(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::OddAnswer { .. } | Self::Unreachable { .. })
    }
}

fn names(listed: &[String]) -> String {
    if listed.is_empty() { "which is empty".to_owned() } else { listed.join(", ") }
}

/// The longest text of a service that an error repeats.
const QUOTE_LIMIT: usize = 300;

/// A service's text, prepared for one line of an error. Control characters become spaces, invisible
/// characters are removed, each of `secrets` is masked (a service may repeat what it was sent), and the
/// length is limited.
pub(crate) fn quoted(text: Option<&str>, secrets: &[&SecretString]) -> String {
    let secrets: Vec<&str> = secrets.iter().map(|secret| secret.expose_secret()).collect();
    // Secrets are masked however short they are: the reader knows what they have typed, and no log stores the
    // line.
    let line = one_line_without(text.unwrap_or("no reason given"), &secrets, 1, "***");
    line.chars().take(QUOTE_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_one_line_without_the_secrets() {
        let secret = SecretString::from("Correct-horse-9");
        let said = "value 'Correct-horse-9'\nis\u{1b}[2J bad";
        assert_eq!(quoted(Some(said), &[&secret]), "value '***' is [2J bad");
        assert_eq!(quoted(Some("no\u{202e}t \u{200b}to\u{2028}day"), &[]), "not to day");
        assert_eq!(quoted(Some("it was Correct-\u{200b}horse-9"), &[&secret]), "it was ***");
        assert_eq!(quoted(None, &[]), "no reason given");
        assert_eq!(quoted(Some(&"x".repeat(1000)), &[]).len(), QUOTE_LIMIT);
    }

    #[test]
    fn a_secret_that_begins_like_another_is_masked_whole() {
        let secrets = ["Correct-horse-9", "Correct-horse-99"].map(SecretString::from);
        assert_eq!(quoted(Some("it was Correct-horse-99"), &secrets.each_ref()), "it was ***");
    }

    #[test]
    fn an_empty_secret_masks_nothing() {
        assert_eq!(quoted(Some("abc"), &[&SecretString::from("")]), "abc");
    }
}
