//! The user pool, as the commands see it: typed calls in, typed outcomes out. Only this file, `secrets.rs`
//! and `described.rs` name the Cognito SDK's operations. `refusal.rs` says what Cognito's exceptions mean.
//!
//! Secrets are passed in and out as [`SecretString`]. None is kept longer than the call.

pub(crate) mod described;
mod refusal;
#[cfg(test)]
pub(crate) mod scripted;
pub(crate) mod secrets;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Builder;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType, DeliveryMediumType,
    ExplicitAuthFlowsType, MessageActionType, PasswordPolicyType, UserPoolClientType,
    VerifySoftwareTokenResponseType,
};
use platform::address::UserAddress;
use platform::config::{Partition, PoolId};
use secrecy::{ExposeSecret, SecretString};

use crate::authenticator::Secret;
use crate::aws::{Aws, COGNITO, Call};
use crate::cli::TokenKind;
use crate::error::Error;
use crate::machine::MachineClient;
use crate::password::Policy;
use crate::place::Place;
use crate::pool::PoolIds;
use refusal::refusal;

/// Reads an [`Answer`] from the output of a sign-in operation. Each operation has an output type of its own.
macro_rules! answer {
    ($output:expr) => {
        Answer {
            tokens: $output.authentication_result,
            challenge: $output.challenge_name,
            session: $output.session,
            parameters: $output.challenge_parameters,
        }
    };
}

/// A user pool, used through one of its app clients.
pub(crate) struct UserPool {
    sdk: Client,
    place: Place,
    ids: PoolIds,
    secret: Option<SecretString>,
    flow: Option<PasswordFlow>,
}

/// The two ways in which a client may allow sign-ins with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PasswordFlow {
    /// Signed with AWS credentials.
    Admin,
    /// Without AWS credentials, as any app does it.
    User,
}

/// The message that a new user gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    /// Nothing.
    None,
    /// A mail with the temporary password.
    Invitation,
    /// The same mail again, for a user who exists and has not signed in.
    Again,
}

/// A new user.
#[derive(Debug)]
pub(crate) struct NewUser {
    /// The id in tokens.
    pub(crate) sub: String,
    /// The pool's own name for the user. It is the `sub` in a pool where people sign in with their e-mail
    /// address.
    pub(crate) username: String,
}

/// The state of a sign-in.
#[derive(Debug)]
pub(crate) enum Step {
    SignedIn(Tokens),
    /// The password was a temporary one.
    NewPassword(NewPassword),
    /// The pool asks for a code of an authenticator app.
    Totp(Open),
    /// The pool requires a second factor, and the user has none.
    MfaSetup(MfaSetup),
    /// A challenge that the CLI cannot answer, by name.
    Unanswerable(String),
}

/// An open challenge.
#[derive(Debug)]
pub(crate) struct Open {
    session: Option<SecretString>,
    username: String,
}

/// An open challenge for the final password, and the attributes that must come with it.
#[derive(Debug)]
pub(crate) struct NewPassword {
    open: Open,
    demanded: Vec<String>,
}

/// An open challenge to set up a second factor.
#[derive(Debug)]
pub(crate) struct MfaSetup {
    open: Open,
    /// Whether the pool allows setting up an authenticator app here.
    pub(crate) takes_authenticator: bool,
}

/// The result of a sign-in.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access: Option<SecretString>,
    pub(crate) id: Option<SecretString>,
    pub(crate) refresh: Option<SecretString>,
    /// How long the access and the ID token are valid, in seconds.
    pub(crate) expires_in: i32,
    pub(crate) token_type: Option<String>,
}

impl Tokens {
    pub(crate) fn get(&self, kind: TokenKind) -> Result<&SecretString, Error> {
        let token = match kind {
            TokenKind::Access => &self.access,
            TokenKind::Id => &self.id,
            TokenKind::Refresh => &self.refresh,
        };
        token.as_ref().ok_or(Error::NoSuchToken { kind })
    }
}

/// What the pool knows about a program: its client's secret, unless that is `given`, and where the program
/// gets tokens.
pub(crate) async fn program(
    aws: &Aws,
    ids: PoolIds,
    given: Option<SecretString>,
) -> Result<MachineClient, Error> {
    let Aws { config, place } = aws.of_pool(&ids.pool);
    let sdk = Client::new(&config);
    let call = Call { service: &COGNITO, operation: "DescribeUserPoolClient", place: &place };
    let request = sdk.describe_user_pool_client();
    let request = request.user_pool_id(ids.pool.as_str()).client_id(ids.client.as_str());
    let described = request.send().await.map_err(|error| refusal::of_client(&call, error, &ids))?;
    let secret = described.user_pool_client.and_then(|client| client.client_secret);
    let Some(secret) = given.or_else(|| secret.map(SecretString::from)) else {
        return Err(Error::NoSecret { client: ids.client });
    };
    let call = Call { service: &COGNITO, operation: "DescribeUserPool", place: &place };
    let request = sdk.describe_user_pool().user_pool_id(ids.pool.as_str());
    let pool = request.send().await.map_err(|error| refusal(&call, error, &[]))?.user_pool;
    let (own, prefix) = pool.map_or((None, None), |pool| (pool.custom_domain, pool.domain));
    let cognitos = |prefix: String| hosted_domain(&prefix, ids.pool.region());
    let host =
        own.or_else(|| prefix.map(cognitos)).ok_or_else(|| Error::NoDomain { pool: ids.pool.clone() })?;
    Ok(MachineClient { client: ids.client, secret, host, place })
}

/// The host of a pool's domain at Cognito.
///
/// <https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html>. AWS publishes nothing about
/// the European Sovereign Cloud. A pool there may need a domain of its own.
fn hosted_domain(prefix: &str, region: &str) -> String {
    let service = if Partition::of_region(region) == Partition::AwsUsGov { "auth-fips" } else { "auth" };
    format!("{prefix}.{service}.{region}.amazoncognito.com")
}

impl UserPool {
    /// Reads the app client's settings: how it allows passwords, and its secret, unless that is `given`.
    ///
    /// Cognito returns the client's first secret. After the removal of that secret it returns none, whatever
    /// other secrets exist (seen by users, <https://github.com/floci-io/floci/pull/345>; AWS does not
    /// document it). So the secret in use may have to be given.
    pub(crate) async fn open(aws: &Aws, ids: PoolIds, given: Option<SecretString>) -> Result<Self, Error> {
        let Aws { config, place } = aws.of_pool(&ids.pool);
        Self::open_with(Client::new(&config), place, ids, given).await
    }

    async fn open_with(
        sdk: Client,
        place: Place,
        ids: PoolIds,
        given: Option<SecretString>,
    ) -> Result<Self, Error> {
        let call = Call { service: &COGNITO, operation: "DescribeUserPoolClient", place: &place };
        let request =
            sdk.describe_user_pool_client().user_pool_id(ids.pool.as_str()).client_id(ids.client.as_str());
        let described = request.send().await.map_err(|error| refusal::of_client(&call, error, &ids))?;
        let settings = described.user_pool_client.ok_or_else(|| call.odd_answer())?;
        let flow = password_flow(&settings);
        let secret = given.or_else(|| settings.client_secret.map(SecretString::from));
        Ok(Self { sdk, place, ids, secret, flow })
    }

    /// The pool's id.
    pub(crate) const fn id(&self) -> &PoolId {
        &self.ids.pool
    }

    /// How the client allows sign-ins with a password. Only commands that sign somebody in need this.
    fn flow(&self) -> Result<PasswordFlow, Error> {
        self.flow.ok_or_else(|| Error::NoPasswordFlow { client: self.ids.client.clone() })
    }

    /// Checks that the client allows sign-ins with a password at all.
    pub(crate) fn takes_passwords(&self) -> Result<(), Error> {
        self.flow().map(drop)
    }

    /// What the pool requires of a password. A pool without a policy requires nothing.
    pub(crate) async fn password_policy(&self) -> Result<Policy, Error> {
        let call = self.call("DescribeUserPool");
        let request = self.sdk.describe_user_pool().user_pool_id(self.ids.pool.as_str());
        let answer = request.send().await.map_err(|error| refusal(&call, error, &[]))?;
        let policy =
            answer.user_pool.and_then(|pool| pool.policies).and_then(|policies| policies.password_policy);
        let policy = policy.unwrap_or_else(|| PasswordPolicyType::builder().build());
        Ok(Policy {
            minimum_length: policy.minimum_length.and_then(|length| length.try_into().ok()).unwrap_or(0),
            uppercase: policy.require_uppercase,
            lowercase: policy.require_lowercase,
            numbers: policy.require_numbers,
            symbols: policy.require_symbols,
        })
    }

    /// Creates a user with a verified address and a temporary password, or lets Cognito write to an existing
    /// one again.
    ///
    /// It is never tried twice. If the first answer was lost, a second try would find the user that the first
    /// one made, and treat it as somebody else's. Writing again makes the temporary password valid anew, and
    /// accepts a new one:
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>
    pub(crate) async fn create_user(
        &self,
        email: &UserAddress,
        temporary: &SecretString,
        message: Message,
    ) -> Result<NewUser, Error> {
        let call = self.call("AdminCreateUser");
        let mut request = self.sdk.admin_create_user().user_pool_id(self.ids.pool.as_str());
        request = match message {
            Message::None => request.message_action(MessageActionType::Suppress),
            Message::Invitation => request.desired_delivery_mediums(DeliveryMediumType::Email),
            Message::Again => request
                .message_action(MessageActionType::Resend)
                .desired_delivery_mediums(DeliveryMediumType::Email),
        };
        if message != Message::Again {
            request = request
                .user_attributes(attribute("email", email.as_str(), &call)?)
                .user_attributes(attribute("email_verified", "true", &call)?);
        }
        let request = request
            .username(email.as_str())
            .temporary_password(temporary.expose_secret())
            .customize()
            .config_override(Builder::default().retry_config(RetryConfig::disabled()));
        let answer = request.send().await.map_err(|error| refusal(&call, error, &[temporary]))?;
        let user = answer.user.ok_or_else(|| call.odd_answer())?;
        let sub = user.attributes().iter().find(|attribute| attribute.name() == "sub");
        let sub = sub.and_then(|attribute| attribute.value()).map(str::to_owned);
        match (sub, user.username) {
            (Some(sub), Some(username)) => Ok(NewUser { sub, username }),
            _ => Err(call.odd_answer()),
        }
    }

    /// Adds a user to a group of the pool.
    pub(crate) async fn add_to_group(&self, username: &str, group: &str) -> Result<(), Error> {
        let call = self.call("AdminAddUserToGroup");
        let request = self.sdk.admin_add_user_to_group().user_pool_id(self.ids.pool.as_str());
        let answer = request.username(username).group_name(group).send().await;
        answer.map(drop).map_err(|error| refusal::of_group(&call, error, group))
    }

    /// Deletes a user for good.
    pub(crate) async fn delete_user(&self, username: &str) -> Result<(), Error> {
        let call = self.call("AdminDeleteUser");
        let request = self.sdk.admin_delete_user().user_pool_id(self.ids.pool.as_str()).username(username);
        request.send().await.map(drop).map_err(|error| refusal(&call, error, &[]))
    }

    /// The user's status as Cognito names it. `CONFIRMED` means that the password is final.
    pub(crate) async fn status(&self, username: &str) -> Result<String, Error> {
        let call = self.call("AdminGetUser");
        let request = self.sdk.admin_get_user().user_pool_id(self.ids.pool.as_str()).username(username);
        let user = request.send().await.map_err(|error| refusal(&call, error, &[]))?;
        Ok(user.user_status.map_or_else(|| "UNKNOWN".to_owned(), |status| status.as_str().to_owned()))
    }

    /// Starts a sign-in with a password.
    pub(crate) async fn sign_in(&self, username: &str, password: &SecretString) -> Result<Step, Error> {
        let mut parameters = self.answers(username);
        parameters.insert("PASSWORD".to_owned(), password.expose_secret().to_owned());
        match self.flow()? {
            PasswordFlow::Admin => {
                let call = self.call("AdminInitiateAuth");
                let request = self.sdk.admin_initiate_auth().user_pool_id(self.ids.pool.as_str());
                let request = request
                    .client_id(self.ids.client.as_str())
                    .auth_flow(AuthFlowType::AdminUserPasswordAuth);
                let answer = request.set_auth_parameters(Some(parameters)).send().await;
                let answer = answer.map_err(|error| refusal(&call, error, &[password]))?;
                answer!(answer).step(username, &call)
            }
            PasswordFlow::User => {
                let call = self.call("InitiateAuth");
                let request = self.sdk.initiate_auth().client_id(self.ids.client.as_str());
                let request = request.auth_flow(AuthFlowType::UserPasswordAuth);
                let answer = request.set_auth_parameters(Some(parameters)).send().await;
                let answer = answer.map_err(|error| refusal(&call, error, &[password]))?;
                answer!(answer).step(username, &call)
            }
        }
    }

    /// Sends the final password. Of the attributes that the pool may require, only the address is known.
    pub(crate) async fn choose_password(
        &self,
        challenge: NewPassword,
        email: &UserAddress,
        password: &SecretString,
    ) -> Result<Step, Error> {
        let NewPassword { open, demanded } = challenge;
        let unknown: Vec<_> = demanded.iter().map(String::as_str).filter(|name| *name != "email").collect();
        if !unknown.is_empty() {
            return Err(Error::AttributesDemanded { names: unknown.join(", ") });
        }
        let mut answers = self.answers(&open.username);
        answers.insert("NEW_PASSWORD".to_owned(), password.expose_secret().to_owned());
        answers.extend(demanded.iter().map(|name| (format!("{ATTRIBUTE_PREFIX}{name}"), email.to_string())));
        self.respond(open, ChallengeNameType::NewPasswordRequired, answers, Some(password)).await
    }

    /// Sends the code of an authenticator app.
    pub(crate) async fn give_code(&self, open: Open, code: &SecretString) -> Result<Step, Error> {
        let mut answers = self.answers(&open.username);
        answers.insert("SOFTWARE_TOKEN_MFA_CODE".to_owned(), code.expose_secret().to_owned());
        self.respond(open, ChallengeNameType::SoftwareTokenMfa, answers, Some(code)).await
    }

    /// Starts to set up an authenticator app. Returns its secret, and the challenge in its next state.
    ///
    /// This call and the next one take no AWS credentials. They take a session, however it was opened.
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AssociateSoftwareToken.html>
    pub(crate) async fn associate(&self, setup: MfaSetup) -> Result<(Secret, Open), Error> {
        let call = self.call("AssociateSoftwareToken");
        let Open { session, username } = setup.open;
        let plain = session.as_ref().map(|session| session.expose_secret().to_owned());
        let answer = self.sdk.associate_software_token().set_session(plain).send().await;
        let secrets: Vec<_> = session.iter().collect();
        let answer = answer.map_err(|error| refusal(&call, error, &secrets))?;
        let secret = answer.secret_code.map(SecretString::from);
        let secret = secret.as_ref().and_then(Secret::parse).ok_or_else(|| call.odd_answer())?;
        Ok((secret, Open { session: answer.session.map(SecretString::from), username }))
    }

    /// Proves with a code that the app has the secret.
    ///
    /// It is never tried twice. If the first answer was lost, the session of a second try would already be
    /// used up.
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifySoftwareToken.html>
    pub(crate) async fn verify(&self, open: Open, code: &SecretString) -> Result<Open, Error> {
        let call = self.call("VerifySoftwareToken");
        let plain = open.session.as_ref().map(|session| session.expose_secret().to_owned());
        let request = self.sdk.verify_software_token().set_session(plain).user_code(code.expose_secret());
        let request =
            request.customize().config_override(Builder::default().retry_config(RetryConfig::disabled()));
        let secrets: Vec<_> = open.session.iter().chain([code]).collect();
        let answer = request.send().await.map_err(|error| refusal(&call, error, &secrets))?;
        match answer.status {
            Some(VerifySoftwareTokenResponseType::Success) => {
                Ok(Open { session: answer.session.map(SecretString::from), username: open.username })
            }
            Some(VerifySoftwareTokenResponseType::Error) => Err(Error::WrongCode),
            _ => Err(call.odd_answer()),
        }
    }

    /// Continues after the factor was set up. The answer to the challenge consists only of the verification's
    /// session.
    pub(crate) async fn finish_setup(&self, open: Open) -> Result<Step, Error> {
        let answers = self.answers(&open.username);
        self.respond(open, ChallengeNameType::MfaSetup, answers, None).await
    }

    /// A challenge must be answered with the flow that opened it.
    async fn respond(
        &self,
        open: Open,
        name: ChallengeNameType,
        answers: HashMap<String, String>,
        secret: Option<&SecretString>,
    ) -> Result<Step, Error> {
        let session = open.session.as_ref().map(|session| session.expose_secret().to_owned());
        let secrets: Vec<_> = open.session.iter().chain(secret).collect();
        match self.flow()? {
            PasswordFlow::Admin => {
                let call = self.call("AdminRespondToAuthChallenge");
                let request = self.sdk.admin_respond_to_auth_challenge().user_pool_id(self.ids.pool.as_str());
                let request =
                    request.client_id(self.ids.client.as_str()).challenge_name(name).set_session(session);
                let answer = request.set_challenge_responses(Some(answers)).send().await;
                let answer = answer.map_err(|error| refusal(&call, error, &secrets))?;
                answer!(answer).step(&open.username, &call)
            }
            PasswordFlow::User => {
                let call = self.call("RespondToAuthChallenge");
                let request = self.sdk.respond_to_auth_challenge().client_id(self.ids.client.as_str());
                let request = request.challenge_name(name).set_session(session);
                let answer = request.set_challenge_responses(Some(answers)).send().await;
                let answer = answer.map_err(|error| refusal(&call, error, &secrets))?;
                answer!(answer).step(&open.username, &call)
            }
        }
    }

    /// What every request of a sign-in contains: the user's name, and the proof that the CLI knows the
    /// client's secret, if it has one.
    fn answers(&self, username: &str) -> HashMap<String, String> {
        let mut answers = HashMap::from([("USERNAME".to_owned(), username.to_owned())]);
        if let Some(secret) = &self.secret {
            answers.insert(
                "SECRET_HASH".to_owned(),
                client_secret::hash(secret, username, self.ids.client.as_str()),
            );
        }
        answers
    }

    const fn call(&self, operation: &'static str) -> Call<'_> {
        Call { service: &COGNITO, operation, place: &self.place }
    }
}

/// A client without a list of flows has Cognito's defaults, which do not allow passwords.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html>
fn password_flow(client: &UserPoolClientType) -> Option<PasswordFlow> {
    use ExplicitAuthFlowsType as Flow;
    let has = |wanted: [Flow; 2]| client.explicit_auth_flows().iter().any(|flow| wanted.contains(flow));
    if has([Flow::AllowAdminUserPasswordAuth, Flow::AdminNoSrpAuth]) {
        Some(PasswordFlow::Admin)
    } else if has([Flow::AllowUserPasswordAuth, Flow::UserPasswordAuth]) {
        Some(PasswordFlow::User)
    } else {
        None
    }
}

fn attribute(name: &str, value: &str, call: &Call<'_>) -> Result<AttributeType, Error> {
    AttributeType::builder()
        .name(name)
        .value(value)
        .build()
        .map_err(|error| Error::BadRequest { operation: call.operation, reason: error.to_string() })
}

/// Cognito's name for an authenticator app.
const AUTHENTICATOR: &str = "SOFTWARE_TOKEN_MFA";
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// The members that the answers of all four sign-in operations have.
struct Answer {
    tokens: Option<AuthenticationResultType>,
    challenge: Option<ChallengeNameType>,
    session: Option<String>,
    parameters: Option<HashMap<String, String>>,
}

impl Answer {
    fn step(self, username: &str, call: &Call<'_>) -> Result<Step, Error> {
        if let Some(tokens) = self.tokens {
            return Ok(Step::SignedIn(Tokens {
                access: tokens.access_token.map(SecretString::from),
                id: tokens.id_token.map(SecretString::from),
                refresh: tokens.refresh_token.map(SecretString::from),
                expires_in: tokens.expires_in,
                token_type: tokens.token_type,
            }));
        }
        let parameters = self.parameters.unwrap_or_default();
        let open = Open {
            session: self.session.map(SecretString::from),
            // After a sign-in with an e-mail address, the challenge must be answered with the pool's own name
            // for the user.
            username: parameters.get("USER_ID_FOR_SRP").map_or(username, String::as_str).to_owned(),
        };
        match self.challenge.ok_or_else(|| call.odd_answer())? {
            ChallengeNameType::NewPasswordRequired => {
                let listed = parameters.get("requiredAttributes").map_or("[]", String::as_str);
                let listed: Vec<String> = serde_json::from_str(listed).map_err(|_| call.odd_answer())?;
                let plain = |name: &String| name.strip_prefix(ATTRIBUTE_PREFIX).unwrap_or(name).to_owned();
                Ok(Step::NewPassword(NewPassword { open, demanded: listed.iter().map(plain).collect() }))
            }
            ChallengeNameType::SoftwareTokenMfa => Ok(Step::Totp(open)),
            ChallengeNameType::MfaSetup => {
                // A list within a string. If it is absent, it forbids nothing.
                let listed = parameters.get("MFAS_CAN_SETUP").map_or(AUTHENTICATOR, String::as_str);
                Ok(Step::MfaSetup(MfaSetup { open, takes_authenticator: listed.contains(AUTHENTICATOR) }))
            }
            other => Ok(Step::Unanswerable(other.as_str().to_owned())),
        }
    }
}
