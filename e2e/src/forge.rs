//! Tokens that only Cognito could sign, for the tests of what is refused although the signature is right.
//!
//! The local stack keeps its pools' private keys in files; AWS shows its to nobody, so there is no forge
//! there.

use std::fs;
use std::path::PathBuf;

use jsonwebtoken::{Algorithm, EncodingKey, crypto};

use crate::Result;
use crate::deployment::Deployment;
use crate::jwt::Jwt;
use crate::local_stack::root;

/// Where `scripts/local` has its stacks, from the repository: the tests' own, and everybody's.
const STACKS: [&str; 2] = [".local/e2e", ".local"];

/// The key that signs the pool's access tokens.
pub struct Forge(EncodingKey);

impl Forge {
    /// # Errors
    /// There is no such key on this machine.
    pub(crate) fn find(deployment: &Deployment) -> Result<Self> {
        let file = format!("{}-access.pem", deployment.user_pool_id);
        let path =
            |stack: &str| -> PathBuf { root().join(stack).join("cloud/state/cognito-pool-keys").join(&file) };
        let pem = STACKS
            .into_iter()
            .find_map(|stack| fs::read(path(stack)).ok())
            .ok_or_else(|| format!("no {file} among the local stacks' keys"))?;
        EncodingKey::from_rsa_pem(&pem).map(Self).map_err(|error| format!("{file} is no RSA key: {error}"))
    }

    /// The token with a signature that is right, whatever its claims say.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign(&self, mut jwt: Jwt) -> Result<String> {
        jwt.signature = crypto::sign(jwt.signing_input().as_bytes(), &self.0, Algorithm::RS256)
            .map_err(|error| format!("cannot sign: {error}"))?;
        Ok(jwt.to_token())
    }
}
