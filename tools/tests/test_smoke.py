"""Tests scripts/smoke with different gates and pools, with stand-ins for gatehouse and AWS."""

import contextlib
import http.server
import json
import signal
import socket
import subprocess
import unittest
import urllib.error
from unittest import mock

from fake_repository import serving, wait_until
from stack.aws import responses
from stack.aws.responses import Response
from test_deploy import OURS, TOKEN, Case

KEY = "the-value-of-the-api-key"
# Tokens of a user and of a program, which the stand-in below gives.
PROGRAM = "header.claims.signature-of-the-program"

GATEHOUSE = """#!/bin/sh
echo "$@" >> "{root}/calls"
case "$1 $2" in
"config merge") cat "{root}/merged.json"; exit 0 ;;
"user delete") echo "$3" >> "{root}/deleted"; cat "{root}/delete-says" >&2 2>/dev/null && exit 1; exit 0 ;;
esac
case "$1" in
policy)
    case " $* " in
    *" --group="*) cat "{root}/policy-group.json" ;;
    *" --scopes=orders/read "*) cat "{root}/policy-program.json" ;;
    *) cat "{root}/policy.json" ;;
    esac ;;
token)
    cat >> "{root}/passwords"; echo "$2" >> "{root}/users"; env >> "{root}/gatehouse-env"
    while [ $# -gt 0 ]; do
        [ "$1" = --authenticator ] && {{ [ -d "$(dirname "$2")" ] && echo the-secret > "$2"; }}
        shift
    done
    [ ! -e "{root}/token-says" ] || {{ cat "{root}/token-says" >&2; exit "$(cat "{root}/token-exits")"; }}
    echo header.claims.signature-of-the-token ;;
machine-token) echo header.claims.signature-of-the-program ;;
esac
"""
NOTHING = {"routes": []}


def granted(*routes):
    return {"routes": [{"route": route, "rules": []} for route in routes]}


@contextlib.contextmanager
def api(answer):
    """An API that responds with `answer(path, token, key)` (status, body). Yields its address and its requests."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            key = self.headers.get("x-api-key", "")
            asked.append((self.path, token, key))
            status, body = answer(self.path, token, key)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    with serving(Handler) as url:
        yield url, asked


def gate(**paths):
    """Responds like a gate that lets valid tokens in everywhere, except as `paths` says."""

    def answer(path, token, _key):
        if token not in (TOKEN, PROGRAM):
            return 401, {"code": "unauthorized"}
        return paths.get(path.strip("/").replace("/", "_"), (200, {}))

    return answer


DENIED = (403, {"code": "forbidden"})


class SmokeCase(Case):
    def setUp(self):
        super().setUp()
        self.write("bin/gatehouse", GATEHOUSE.format(root=self.repository.root))
        self.write("tools/stack/aws/smoke.py", self.patient_for("0.2"))
        self.policies(granted("GET /whoami"))
        self.config()

    def patient_for(self, seconds):
        text = self.repository.text("tools/stack/aws/smoke.py")
        for constant in ("\nPATIENCE_SECONDS = 30.0", "KEY_PATIENCE_SECONDS = 120.0", "KEY_PAUSE_SECONDS = 3.0"):
            assert constant in text, constant
            text = text.replace(constant, f"{constant.partition('=')[0]}= {seconds}")
        return text

    def write(self, name, text):
        self.repository.path(name).write_text(text, encoding="utf-8")

    def policies(self, plain, group=NOTHING, program=NOTHING):
        for name, policy in (("policy", plain), ("policy-group", group), ("policy-program", program)):
            self.write(f"{name}.json", json.dumps(policy))

    def config(self, *rules, token_use=("access",), operations=None, **pool):
        pool = {"groups": ["admins"], "resourceServer": {"identifier": "orders", "scopes": ["read"]}, **pool}
        authorizer = {"tokenUse": list(token_use), "rules": list(rules)}
        self.write(
            "config.json", json.dumps({"userPool": pool, "authorizer": authorizer, "operations": operations or {}})
        )

    def calls_of(self, command):
        return [line.split() for line in self.repository.text("calls").splitlines() if line.split()[0] == command]

    def fails(self, *arguments, **env):
        result = self.run_script("smoke", *arguments, **env)
        self.assertEqual(result.returncode, 1, result.stderr)
        return result.stderr


ADMINS = {"routes": ["GET /admin/*"], "groups": {"anyOf": ["admins"]}}
REPORTS = {"routes": ["GET /reports/*"], "scopes": {"allOf": ["orders/read"]}}


class Rules(SmokeCase):
    def test_the_requests_follow_the_configurations_rules(self):
        self.policies(granted("GET /orders"))
        with api(gate(whoami=DENIED)) as (url, asked):
            said = self.good("smoke", url).stderr
        self.assertEqual([path for path, *_ in asked], ["/orders", "/orders", "/orders", "/whoami"])
        self.assertIn("Its gate is in force.", said)
        self.assertIn("Let in with a token: GET /orders", said)

    def test_a_required_group_is_given_to_the_user(self):
        self.config(ADMINS)
        self.policies(NOTHING, group=granted("* /*"))
        with api(gate(admin_ping=DENIED)) as (url, _):
            said = self.good("smoke", url).stderr
        self.assertIn("403 for a user in no group: GET /admin/ping", said)
        created = [call for call in self.calls_of("token") if "--create" in call]
        self.assertEqual([("--group=admins" in call) for call in created], [True, False])
        self.assertEqual(sorted(self.repository.text("deleted").split()), sorted(call[1] for call in created))

    def test_rules_for_programs_are_tested_as_a_program(self):
        self.config(REPORTS)
        self.policies(NOTHING, program=granted("GET /reports/*"))
        with api(gate(whoami=DENIED)) as (url, asked):
            self.good("smoke", url)
        self.assertEqual(self.calls_of("machine-token"), [["machine-token", "--scope", "orders/read"]])
        self.assertEqual(asked[-1][1], PROGRAM)
        self.assertEqual(self.repository.text("users"), "")

    def test_the_token_has_the_kind_that_the_gate_accepts(self):
        self.config(token_use=["id"])
        with api(gate(admin_ping=DENIED)) as (url, _):
            self.good("smoke", url)
        call = self.calls_of("token")[0]
        self.assertEqual(call[call.index("--token") + 1], "id")
        flags = self.calls_of("policy")[0]
        self.assertEqual(flags[flags.index("--token-use") + 1], "id")

    def test_a_given_user_has_no_group_and_sends_the_right_kind(self):
        self.config(ADMINS, token_use=["id"])
        with api(gate(admin_ping=DENIED)) as (url, _):
            self.good("smoke", url, USER_EMAIL="ann@example.com", USER_PASSWORD="Correct-horse-9")
        call = self.calls_of("token")[0]
        self.assertEqual(call[1:4], ["ann@example.com", "--token", "id"])
        # No second factor is set up for somebody who is not ours.
        self.assertFalse({"--authenticator", "--create"} & set(call))
        self.assertEqual(self.repository.text("deleted"), "")

    def test_untested_parts_are_reported(self):
        self.policies(granted("* /*"), group=granted("* /*"), program=granted("* /*"))
        with api(gate()) as (url, _):
            said = self.good("smoke", url).stderr
        self.assertIn("note  Not tested: that a route refuses a valid token.", said)
        self.assertIn("Its gate is right as far as it could be tested.", said)
        self.assertNotIn("in force", said)

    def test_without_an_open_route_refusals_are_still_tested(self):
        self.policies(NOTHING)
        with api(gate(whoami=DENIED)) as (url, asked):
            said = self.good("smoke", url).stderr
        self.assertEqual(len(asked), 3)
        self.assertIn("note  Not tested: that a route lets a valid token in.", said)

    def test_a_stage_has_its_own_configuration_and_stack(self):
        self.write("config.dev.json", "{}")
        self.write("merged.json", '{"authorizer": {"tokenUse": ["id"]}}')
        with api(gate(admin_ping=DENIED)) as (url, _):
            self.good("smoke", url, "--stage", "dev", USER_POOL_ID="us-east-1_other", MACHINE_CLIENT_ID="other")
            said = self.fails(url, "--stage", "prdo")
            self.assertIn("there is no config.prdo.json, so there is no stage prdo.", said)
        self.assertIn("--overlay", self.calls_of("config")[0])
        merged = self.repository.path(".local/smoke/config.json")
        self.assertIn(str(merged), self.calls_of("policy")[0])
        env = self.repository.text("gatehouse-env")
        self.assertIn("STACK_NAME=gatehouse-dev\n", env)
        self.assertNotIn("us-east-1_other", env)
        self.assertNotIn("MACHINE_CLIENT_ID=other", env)


class Refusals(SmokeCase):
    """Who has sent a response: the gate, the gateway or a service."""

    def test_only_the_gates_refusal_counts_as_closed(self):
        for code, line in (
            ("unknown_route", "The API has no such route"),
            ("request_refused", "Check the web ACL (WAF) and the API key"),
        ):
            with api(gate(admin_ping=(403, {"code": code}))) as (url, _):
                said = self.fails(url)
            self.assertIn(f"GET /admin/ping answered 403 {code}, not 403", said)
            self.assertIn(line, said)

    def test_a_403_without_a_code_is_not_from_the_gate(self):
        body = '{"message":"Forbidden"}'
        self.assertFalse(responses.CLOSED.is_met(Response(403, body)))
        self.assertIn(
            "disableExecuteApiEndpoint",
            responses.advice(Response(403, body), "abc.execute-api.us-east-1.amazonaws.com"),
        )

    def test_a_service_that_needs_more_than_a_token_was_reached(self):
        self.policies(granted("GET /reports/orders"))
        for status in (400, 404, 409, 422):
            with api(gate(reports_orders=(status, {"code": "invalid_request"}), whoami=DENIED)) as (url, _):
                said = self.good("smoke", url).stderr
            self.assertIn(f"GET /reports/orders answered {status} invalid_request. The service sent that", said)

    def test_errors_and_refusals_are_no_response_of_a_service(self):
        self.policies(granted("GET /reports/orders"))
        for answer, line in (
            ((500, {"code": "internal_error"}), "Its log says why"),
            ((403, {"code": "forbidden"}), "The gate refuses this token"),
            ((401, {"code": "unauthorized"}), "`gatehouse explain` says why"),
            ((429, {"code": "request_refused"}), "exceed the throttling limit"),
            ((415, {"code": "request_refused"}), "not a response of the service"),
        ):
            with api(gate(reports_orders=answer, whoami=DENIED)) as (url, _):
                self.assertIn(line, self.fails(url), answer)

    def test_whoami_must_answer_200(self):
        with api(gate(whoami=(404, {}), admin_ping=DENIED)) as (url, _):
            self.assertIn("GET /whoami answered 404, not 200", self.fails(url))

    def test_an_unresolved_host_is_not_reported_as_a_wrong_gate(self):
        unknown = socket.gaierror(-2, "Name or service not known")
        with mock.patch.object(
            responses.urllib.request.OpenerDirector, "open", side_effect=urllib.error.URLError(unknown)
        ):
            answer = responses.send("https://api.example.com", "GET", "/whoami", {})
        self.assertEqual((answer.status, answer.is_unresolved), (0, True))
        advice = responses.advice(answer, "api.example.com")
        self.assertIn("api.example.com does not resolve to an address (yet)", advice)
        self.assertIn("DomainTarget", responses.advice(answer, "api.example.com"))
        refused = responses.send("http://127.0.0.1:1", "GET", "/whoami", {})
        self.assertEqual((refused.status, refused.is_unresolved), (0, False))
        self.assertIn("can reach", responses.advice(refused, "127.0.0.1"))

    def test_any_body_has_a_code_or_none(self):
        for body, code in (
            ('{"code":"forbidden"}', "forbidden"),
            ('{"code":7}', ""),
            ("[1]", ""),
            ("null", ""),
            ("<html>", ""),
            ("", ""),
        ):
            self.assertEqual(Response(403, body).code, code, body)


class Keys(SmokeCase):
    def setUp(self):
        super().setUp()
        self.config(operations={"usagePlan": {"ratePerSecond": 1, "burst": 1, "requestsPerDay": 1}})
        self.write(
            ".venv/sam/bin/python",
            f'#!/bin/sh\necho "$3|$4|$AWS_DEFAULT_REGION" >> "{self.repository.root}/python-calls"\necho {KEY}\n',
        )

    @staticmethod
    def with_keys(path, token, key):
        if not token or token != TOKEN:
            return 401, {"code": "unauthorized"}
        if key != KEY:
            return 403, {"code": "request_refused"}
        return DENIED if path == "/admin/ping" else (200, {})

    def test_every_request_but_one_has_the_api_key(self):
        with api(self.with_keys) as (url, asked):
            said = self.good("smoke", url, AWS_REGION="eu-west-1").stderr
        self.assertEqual([key for *_, key in asked], [KEY, KEY, KEY, "", KEY])
        self.assertEqual(asked[3][:2], ("/whoami", TOKEN))
        self.assertIn("403 without the API key: GET /whoami", said)
        self.assertEqual(self.repository.text("python-calls"), "|gatehouse|eu-west-1\n")

    def test_an_api_that_requires_no_key_is_detected(self):
        with api(gate(admin_ping=DENIED)) as (url, _):
            self.assertIn("GET /whoami answered 200, not 403", self.fails(url))

    def test_a_given_key_is_used_without_a_call_to_aws(self):
        with api(self.with_keys) as (url, _):
            self.good("smoke", url, API_KEY=KEY)
        self.assertEqual(self.repository.text("python-calls"), "")

    def test_the_key_is_never_printed_or_written_to_a_file(self):
        with api(self.with_keys) as (url, _):
            result = self.good("smoke", url)
        with api(lambda *_: (401, {})) as (url, _):
            failed = self.fails(url)
        self.assertNotIn(KEY, result.stdout + result.stderr + failed)
        for file in self.repository.path(".local").rglob("*"):
            self.assertFalse(file.is_file() and KEY in file.read_text(errors="replace"), file)

    def test_without_a_key_the_message_says_where_to_get_one(self):
        self.write(".venv/sam/bin/python", "#!/bin/sh\necho AccessDenied >&2\nexit 1\n")
        with api(self.with_keys) as (url, asked):
            said = self.fails(url)
        self.assertIn("the right apigateway:GET on /apikeys", said)
        self.assertEqual(asked, [])


class Pools(SmokeCase):
    def refuse(self, code, says):
        self.write("token-says", says + "\n")
        self.write("token-exits", str(code))

    def test_a_second_factor_is_deleted_with_its_user(self):
        self.config(mfa="ON")
        with api(gate(admin_ping=DENIED)) as (url, _):
            self.good("smoke", url)
        call = self.calls_of("token")[0]
        file = self.repository.root / call[call.index("--authenticator") + 1]
        self.assertIn(".local/smoke/logs", str(file))
        self.assertFalse(file.parent.exists(), "the stand-in has written a secret there")

    def test_an_existing_pool_without_this_sign_in_gives_a_note(self):
        self.refuse(3, "error: the sign-in asks for SMS_MFA, which this command cannot answer")
        self.config(id="us-east-1_theirs")
        with api(gate()) as (url, asked):
            said = self.good("smoke", url).stderr
        self.assertIn("of the smoke test: the sign-in asks for SMS_MFA", said)
        self.assertIn("Its gate is right as far as it could be tested.", said)
        self.assertEqual(len(asked), 1)
        self.assertEqual(self.repository.text("deleted").split(), self.repository.text("users").split())

    def test_the_own_pool_without_this_sign_in_is_a_failure(self):
        self.refuse(3, "error: the app client x allows no sign-in with a password")
        with api(gate()) as (url, _):
            reason = "the stack's own pool does not allow the sign-in of the smoke test: the app client x"
            self.assertIn(reason, self.fails(url))

    def test_a_failed_sign_in_also_fails_for_an_existing_pool(self):
        self.refuse(1, "error: a Lambda trigger of the pool refused this")
        self.config(id="us-east-1_theirs")
        with api(gate()) as (url, _):
            self.assertIn("a Lambda trigger of the pool refused this", self.fails(url))

    def test_a_user_who_may_remain_is_named(self):
        self.refuse(1, "error: Amazon Cognito did not answer")
        for says, is_named in (("error: the pool has no such user: check", False), ("error: AccessDenied", True)):
            self.write("delete-says", says)
            self.repository.path("users").unlink(missing_ok=True)
            with api(gate()) as (url, _):
                said = self.fails(url)
            email = self.repository.text("users").strip()
            self.assertEqual(f"The user {email} could not be deleted" in said, is_named, said)
            self.assertIn("did not answer", said)

    def test_the_user_is_deleted_after_an_interrupt(self):
        impatient = self.repository.text("tools/stack/aws/smoke.py")
        self.write(
            "tools/stack/aws/smoke.py", impatient.replace("\nPATIENCE_SECONDS = 0.2", "\nPATIENCE_SECONDS = 60.0")
        )
        with api(gate(whoami=(500, {}))) as (url, asked):
            child = self.start("smoke", url)
            self.assertTrue(wait_until(lambda: len(asked) > 3))
            child.send_signal(signal.SIGTERM)
            child.communicate(timeout=30)
        self.assertEqual(child.returncode, 128 + signal.SIGTERM)
        self.assertEqual(self.repository.text("deleted").split(), self.repository.text("users").split())

    def start(self, program, *arguments):
        return subprocess.Popen(
            [self.repository.path(f"scripts/{program}"), *arguments], env=self.repository.env(**OURS),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )


if __name__ == "__main__":
    unittest.main()
