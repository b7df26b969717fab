// A Lambda authorizer on aws-jwt-verify, with a minimal runtime client: what a careful author would write.
// The keys come from the file in KEY_SET, which is read in init, so it does not fetch them.

import { readFileSync } from "node:fs";
import http from "node:http";

import { CognitoJwtVerifier } from "aws-jwt-verify";

const { AWS_LAMBDA_RUNTIME_API, KEY_SET, USER_POOL_ID, USER_POOL_CLIENT_ID } = process.env;
const [host, port] = AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1, noDelay: true });

const verifier = CognitoJwtVerifier.create({
  userPoolId: USER_POOL_ID,
  clientId: USER_POOL_CLIENT_ID.split(","),
  tokenUse: "access",
});
verifier.cacheJwks(JSON.parse(readFileSync(KEY_SET, "utf8")));

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const request = http.request({ agent, host, port, method, path, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

function authorize({ authorizationToken, methodArn }) {
  const claims = verifier.verifySync(authorizationToken.replace(/^Bearer /, ""));
  const prefix = methodArn.split("/").slice(0, 2).join("/");
  console.log(JSON.stringify({ message: "decision", decision: "allow", sub: claims.sub }));
  return {
    principalId: claims.sub,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: [`${prefix}/GET/whoami`] }],
    },
    context: { sub: claims.sub, username: claims.username, scope: claims.scope },
  };
}

for (;;) {
  const { headers, body } = await call("GET", "/2018-06-01/runtime/invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  const answer = (kind, value) =>
    call("POST", `/2018-06-01/runtime/invocation/${id}/${kind}`, JSON.stringify(value));
  try {
    await answer("response", authorize(JSON.parse(body)));
  } catch {
    await answer("error", { errorType: "Error", errorMessage: "Unauthorized" });
  }
}
