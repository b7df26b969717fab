//! Tokens that normally only Cognito can sign, for tests of tokens that are refused although their signature
//! is right.
//!
//! The local stack stores its pools' private keys in files. AWS gives nobody its keys, so there is no forge
//! on AWS.

use std::fs;
use std::path::PathBuf;

use jsonwebtoken::{Algorithm, EncodingKey, crypto};

use crate::Result;
use crate::deployment::Deployment;
use crate::jwt::Jwt;
use crate::local_stack::root;

/// The directories of `scripts/local`'s stacks, relative to the repository: the tests' own, and the shared
/// one.
const STACKS: [&str; 2] = [".local/e2e", ".local"];

/// The key that signs the pool's access tokens.
pub struct Forge(EncodingKey);

impl Forge {
    /// Finds the key of this deployment's pool.
    ///
    /// # Errors
    /// The key is not on this machine.
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

    /// The token with a right signature, whatever its claims are.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign(&self, mut jwt: Jwt) -> Result<String> {
        jwt.signature = crypto::sign(jwt.signing_input().as_bytes(), &self.0, Algorithm::RS256)
            .map_err(|error| format!("cannot sign: {error}"))?;
        Ok(jwt.to_token())
    }
}
