// One way a library to check a Cognito access token: signature, exp, iss, client and use, with keys that are already loaded.
// Each check throws an error for a bad token.

import { createPublicKey } from "node:crypto";

import { CognitoJwtVerifier } from "aws-jwt-verify";
import { createVerifier } from "fast-jwt";
import { createLocalJWKSet, jwtVerify } from "jose";

function awsJwtVerify({ pool, clientId, jwks }) {
  const verifier = CognitoJwtVerifier.create({ userPoolId: pool, clientId, tokenUse: "access" });
  verifier.cacheJwks(jwks);
  return (token) => verifier.verifySync(token);
}

// Its own cache of verified tokens stays off, because it would answer without a check.
function fastJwt({ issuer, clientId, jwks }) {
  const toVerifier = (jwk) => {
    const key = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
    return createVerifier({ key, algorithms: ["RS256"], allowedIss: issuer, cache: false });
  };
  const verifiers = new Map(jwks.keys.map((jwk) => [jwk.kid, toVerifier(jwk)]));
  return (token) => {
    const { kid } = JSON.parse(Buffer.from(token.slice(0, token.indexOf(".")), "base64url"));
    return expect(verifiers.get(kid)(token), clientId);
  };
}

function jose({ issuer, clientId, jwks }) {
  const keys = createLocalJWKSet(jwks);
  const options = { issuer, algorithms: ["RS256"], requiredClaims: ["exp", "sub"] };
  return async (token) => expect((await jwtVerify(token, keys, options)).payload, clientId);
}

function expect(payload, clientId) {
  if (payload.client_id !== clientId || payload.token_use !== "access") throw new Error("not for us");
  return payload;
}

export const checks = { "aws-jwt-verify": awsJwtVerify, "fast-jwt": fastJwt, jose };
