"""A Lambda authorizer on PyJWT, with a minimal runtime client: what a careful author would write.

The keys come from the file in KEY_SET, read in init; so it need not fetch them.
"""

import json
import os
import sys
from http.client import HTTPConnection

import jwt

RUNTIME = "/2018-06-01/runtime/invocation"
POOL, CLIENTS = os.environ["USER_POOL_ID"], os.environ["USER_POOL_CLIENT_ID"].split(",")
ISSUER = f"https://cognito-idp.{POOL.split('_')[0]}.amazonaws.com/{POOL}"

with open(os.environ["KEY_SET"], encoding="utf-8") as file:
    KEYS = {key.key_id: key for key in jwt.PyJWKSet.from_dict(json.load(file)).keys}


def authorize(event: dict) -> dict:
    token = event["authorizationToken"].removeprefix("Bearer ")
    key = KEYS[jwt.get_unverified_header(token)["kid"]]
    options = {"require": ["exp", "iat", "iss", "sub"]}
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options=options)
    if claims["client_id"] not in CLIENTS or claims["token_use"] != "access":
        raise ValueError("not for us")
    prefix = "/".join(event["methodArn"].split("/")[:2])
    print(json.dumps({"message": "decision", "decision": "allow", "sub": claims["sub"]}), flush=True)
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [f"{prefix}/GET/whoami"]}
    return {
        "principalId": claims["sub"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {name: claims[name] for name in ("sub", "username", "scope")},
    }


def main() -> None:
    connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", f"{RUNTIME}/next")
        response = connection.getresponse()
        request_id, event = response.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(response.read())
        try:
            kind, answer = "response", authorize(event)
        except Exception:
            kind, answer = "error", {"errorType": "Error", "errorMessage": "Unauthorized"}
        connection.request("POST", f"{RUNTIME}/{request_id}/{kind}", json.dumps(answer))
        connection.getresponse().read()


if __name__ == "__main__":
    sys.exit(main())
