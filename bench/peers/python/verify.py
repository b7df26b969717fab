"""verify.py SAMPLE MILLISECONDS: the processor time that each library takes for one token, as JSON."""

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Callable

WARM_UP = 200


def pyjwt(sample: dict) -> Callable[[str], dict]:
    import jwt

    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(sample["jwks"]).keys}

    def check(token: str) -> dict:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        options = {"require": ["exp", "iat", "iss", "sub"]}
        return expect(jwt.decode(token, key, algorithms=["RS256"], issuer=sample["issuer"], options=options), sample)

    return check


def joserfc(sample: dict) -> Callable[[str], dict]:
    from joserfc import jwt
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set(sample["jwks"])
    essential = {"essential": True}
    registry = jwt.JWTClaimsRegistry(iss={**essential, "value": sample["issuer"]}, exp=essential, sub=essential)

    def check(token: str) -> dict:
        claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        registry.validate(claims)
        return expect(claims, sample)

    return check


def expect(claims: dict, sample: dict) -> dict:
    if claims["client_id"] != sample["clientId"] or claims["token_use"] != "access":
        raise ValueError("not for us")
    return claims


def measure(check: Callable[[str], dict], tokens: list[str], seconds: float) -> float:
    for token in itertools.islice(itertools.cycle(tokens), WARM_UP):
        check(token)
    start, until, count = time.process_time(), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        for token in tokens[:100]:
            check(token)
        count += 100
    return (time.process_time() - start) / count * 1e6


def main() -> None:
    sample = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    seconds = float(sys.argv[2]) / 1000
    checks = {"joserfc": joserfc, "PyJWT": pyjwt}
    print(json.dumps({name: measure(prepare(sample), sample["tokens"], seconds) for name, prepare in checks.items()}))


main()
