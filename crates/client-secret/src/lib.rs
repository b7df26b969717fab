//! Proves to Cognito that the caller knows an app client's secret, for the auth service and the command line.
//!
//! It is a crate of its own, because `platform` has no cryptography and `aws` is only for Lambda.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

/// The `SecretHash` of a call about a user.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash>
#[must_use]
pub fn hash(secret: &SecretString, username: &str, client_id: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(username.as_bytes());
    context.update(client_id.as_bytes());
    STANDARD.encode(context.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf USERNAMECLIENT | openssl dgst -sha256 -hmac SECRET -binary | base64`
    #[test]
    fn the_hash_is_cognitos() {
        let secret = SecretString::from("client-secret");
        for (username, expected) in [
            ("7f1e-sub", "121eZrsFwXVi+0NvPZxT29L9azTIu+rZhd8Lhnex5lk="),
            ("ann@example.com", "bi2NRA7/0N6Hk+x+V92ek4ysho+2OKn2neDTvpUNidY="),
        ] {
            assert_eq!(hash(&secret, username, "client"), expected, "{username}");
        }
    }
}
