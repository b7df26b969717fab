"""Tests how auth.turnstile changes the stack: only the auth service gets the secret, which a deploy has to pass, and
turned off it changes nothing.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes. They need no AWS and no network.
"""

import json
import re
import tempfile
import unittest
from pathlib import Path

from samcli.commands.deploy.deploy_context import DeployContext
from samcli.commands.deploy.utils import hide_noecho_parameter_overrides

from stack.aws import secret_settings
from stack.build import local_overrides, revisions
from stack.checks.transform import deployed, source
from stack.run.failure import Failure
from test_deploy_states import Deploys
from test_template import rights, variables

SECRET = "0x4AAAAAAA_secret-of-a-widget"
ON = {"Turnstile": "true", "TurnstileSecret": SECRET, "ClientSecret": "true"}


def changed(before, after):
    names = set(before.resources) | set(after.resources)
    return {name for name in names if before.resources.get(name) != after.resources.get(name)}


class Stack(unittest.TestCase):
    def test_turned_off_it_has_no_effect(self):
        self.assertNotIn("turnstile", json.dumps([deployed().resources, deployed().outputs]).lower())
        self.assertEqual(changed(deployed(), deployed(TurnstileSecret=SECRET)), set())

    def test_turned_on_only_the_auth_service_gets_the_secret(self):
        before, after = deployed(ClientSecret="true"), deployed(**ON)
        self.assertEqual(changed(before, after), {"AuthFunction"})
        self.assertEqual(variables(after, "AuthFunction")["TURNSTILE_SECRET"], SECRET)
        self.assertEqual(rights(before, "AuthFunction"), rights(after, "AuthFunction"))
        self.assertNotIn(SECRET, json.dumps(after.outputs))

    def test_turned_on_it_needs_a_widget_and_a_client_secret(self):
        def accepted(**parameters):
            rule = deployed(**parameters).rules["ProofsOfHumanityCanBeChecked"]
            return [check["Assert"] for check in rule["Assertions"]]

        self.assertEqual(accepted(), [True, True])
        self.assertEqual(accepted(**ON), [True, True])
        self.assertEqual(accepted(Turnstile="true", ClientSecret="true"), [False, True])
        self.assertEqual(accepted(Turnstile="true", TurnstileSecret=SECRET), [True, False])

    def test_the_secret_is_hidden_and_has_cloudflares_form(self):
        parameter = source()["Parameters"]["TurnstileSecret"]
        self.assertIs(parameter["NoEcho"], True)
        for good in ("", SECRET, local_overrides.TEST_SECRET, "x" * 128):
            self.assertRegex(good, parameter["AllowedPattern"])
        for bad in (f"{SECRET} ", f"{SECRET}\n", "a,b", "${x}", "{{resolve:ssm:x}}", "x" * 129):
            self.assertIsNone(re.fullmatch(parameter["AllowedPattern"], bad), bad)

    def test_the_local_stack_uses_cloudflares_test_secret(self):
        stack = deployed(**{**ON, **local_overrides.parameters()})
        self.assertEqual(variables(stack, "AuthFunction")["TURNSTILE_SECRET"], local_overrides.TEST_SECRET)
        self.assertNotIn("TURNSTILE_SECRET", variables(deployed(**local_overrides.parameters()), "AuthFunction"))


class Deploying(unittest.TestCase):
    def test_a_deploy_without_a_secret_is_refused_with_advice(self):
        on = {"Turnstile": "true"}
        for wanted, before in (
            (on, {}),
            (on, {"Turnstile": "false", "TurnstileSecret": "****"}),
            ({**on, "TurnstileSecret": ""}, {}),
            ({**on, "TurnstileSecret": ""}, {"Turnstile": "true", "TurnstileSecret": "****"}),
            # A DSN is no secret of a widget.
            ({**on, "Sentry": "true", "SentryDsn": "https://a@b.example/1"}, {}),
        ):
            with self.assertRaises(Failure) as refused:
                secret_settings.require(wanted, before)
            said = refused.exception.render()
            for word in ("auth.turnstile", "TurnstileSecret:", "--parameters FILE"):
                self.assertIn(word, said)

    def test_a_deploy_is_accepted_if_it_or_the_stack_has_the_secret(self):
        for wanted, before in (
            (ON, {}),
            ({"Turnstile": "false"}, {}),
            ({"Turnstile": "true"}, {"Turnstile": "true", "TurnstileSecret": "****"}),
            ({"Turnstile": "false", "TurnstileSecret": ""}, {"Turnstile": "true", "TurnstileSecret": "****"}),
        ):
            secret_settings.require(wanted, before)

    def test_later_deploys_keep_it_and_an_empty_value_removes_it(self):
        declared = {"Parameters": {"TurnstileSecret": source()["Parameters"]["TurnstileSecret"]}}
        for given, sent in (
            ({}, {"UsePreviousValue": True}),
            ({"TurnstileSecret": SECRET}, {"ParameterValue": SECRET}),
            ({"TurnstileSecret": ""}, {"ParameterValue": ""}),
        ):
            [parameter] = DeployContext.merge_parameters(declared, given)
            self.assertEqual(parameter, {"ParameterKey": "TurnstileSecret", **sent})

    def test_another_secret_makes_a_new_version_and_is_not_shown(self):
        self.assertNotIn(SECRET, str(hide_noecho_parameter_overrides(source(), {"TurnstileSecret": SECRET})))
        with tempfile.TemporaryDirectory() as build:
            words = {revisions.digest(Path(build), {"TurnstileSecret": value}) for value in ("", SECRET, SECRET + "x")}
        self.assertEqual(len(words), 3)
        self.assertFalse([word for word in words if SECRET in word])


class Scripts(Deploys):
    """Whole runs of scripts/deploy, with stand-ins for sam and AWS."""

    def test_the_secret_is_needed_before_the_build_and_never_printed(self):
        self.configure(Turnstile="true", ClientSecret="true")
        result = self.run_script("deploy")
        self.assertEqual((result.returncode, self.calls()), (2, []))
        self.assertIn("TurnstileSecret", result.stderr)
        mine = self.repository.path("mine.yaml")
        mine.write_text(f"TurnstileSecret: {json.dumps(SECRET)}\n")
        said = self.deploy("--parameters", str(mine))
        self.assertEqual({deploy["TurnstileSecret"] for deploy in self.deploys()}, {SECRET})
        self.assertNotIn(SECRET, said.stdout + said.stderr + self.repository.text("sam-calls"))


if __name__ == "__main__":
    unittest.main()
