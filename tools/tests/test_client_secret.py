"""Tests a later secret of the app client: only the auth service uses it, and nothing shows it.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes. They need no AWS and no network.
"""

import stat
import tempfile
import unittest
from pathlib import Path

from samcli.commands.deploy.deploy_context import DeployContext
from samcli.commands.deploy.utils import hide_noecho_parameter_overrides

from stack.aws import client_secret
from stack.build import deployment, revisions
from stack.checks.transform import EXISTING, deployed, source
from test_template import variables

LATER = "1a2b3c4d5e6f7g8h9i0j1k2l3m4n"


def secret_of(**parameters):
    return variables(deployed(**parameters), "AuthFunction")["USER_POOL_CLIENT_SECRET"]


class ClientSecretValue(unittest.TestCase):
    def test_it_replaces_the_secret_that_the_client_was_created_with(self):
        made_with = {"Fn::GetAtt": ["UserPoolClient", "ClientSecret"]}
        self.assertEqual(secret_of(ClientSecret="true"), made_with)
        # Without the attribute anywhere: Cognito may describe no secret by then.
        self.assertEqual(secret_of(ClientSecret="true", ClientSecretValue=LATER), LATER)

    def test_other_pools_and_clients_without_secret_do_not_get_it(self):
        self.assertEqual(secret_of(ClientSecret="false", ClientSecretValue=LATER), "")
        self.assertEqual(secret_of(ClientSecretValue=LATER, **EXISTING), "")
        given = {"ExistingUserPoolClientSecret": "s3cret"}
        self.assertEqual(secret_of(ClientSecretValue=LATER, **given, **EXISTING), "s3cret")

    def test_it_changes_only_the_auth_service(self):
        before, after = deployed(ClientSecret="true"), deployed(ClientSecret="true", ClientSecretValue=LATER)
        changed = {name for name in before.resources if before.resources[name] != after.resources.get(name)}
        self.assertEqual(changed, {"AuthFunction"})
        self.assertEqual(set(before.resources), set(after.resources))
        self.assertNotIn(LATER, str(after.outputs))

    def test_it_is_hidden_and_has_a_form_that_cognito_accepts(self):
        """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html"""
        parameter = source()["Parameters"]["ClientSecretValue"]
        self.assertIs(parameter["NoEcho"], True)
        for good in ("", "x" * 24, "x" * 64, "aZ09_+" * 5):
            self.assertRegex(good, parameter["AllowedPattern"])
        for bad in ("x" * 23, "x" * 65, f"{LATER} ", "${x}" * 8, f"{LATER},"):
            self.assertNotRegex(bad, parameter["AllowedPattern"])


class Deploying(unittest.TestCase):
    """How deploys treat the secret, which a rotation relies on."""

    def test_without_a_value_it_stays_and_an_empty_value_removes_it(self):
        declared = {"Parameters": {"ClientSecretValue": source()["Parameters"]["ClientSecretValue"]}}
        for given, sent in (
            ({}, {"UsePreviousValue": True}),
            ({"ClientSecretValue": LATER}, {"ParameterValue": LATER}),
            ({"ClientSecretValue": ""}, {"ParameterValue": ""}),
        ):
            [parameter] = DeployContext.merge_parameters(declared, given)
            self.assertEqual(parameter, {"ParameterKey": "ClientSecretValue", **sent})

    def test_sam_does_not_print_it(self):
        shown = hide_noecho_parameter_overrides(source(), {"ClientSecretValue": LATER})
        self.assertNotIn(LATER, str(shown))

    def test_a_new_value_gives_the_function_a_new_version(self):
        """The digest contains the value, and anybody who may read the stack can read the digest. It reveals nothing of
        a secret that Cognito has made, which has far more than 128 random bits. Whoever may read the function's
        configuration can read the value itself."""
        with tempfile.TemporaryDirectory() as build:
            words = {revisions.digest(Path(build), {"ClientSecretValue": value}) for value in ("", LATER, LATER + "x")}
            words.add(revisions.digest(Path(build), {}))
        self.assertEqual(len(words), 4)
        self.assertFalse([word for word in words if LATER in word])


class AtHand(unittest.TestCase):
    """The secret in use, which the smoke test of a deploy needs."""

    OWN = {"userPool": {"clientSecret": True}}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.asked = []

    def in_a_file(self, config, code=0, answer=f"{LATER}\n", **env):
        logs = self.folder / "logs"
        place = deployment.Place(self.folder, logs, logs, logs, env, "us-east-1", "gatehouse-dev")
        case = self

        class Processes:
            def ask(self, argv, text, log, env):
                case.asked.append(argv)
                return code, answer

        return client_secret.in_a_file(place, config, Path("/tools"), Processes())

    def test_the_secret_is_in_a_private_file_while_it_is_needed(self):
        with self.in_a_file(self.OWN) as env:
            [(name, file)] = env.items()
            self.assertEqual(name, "USER_POOL_CLIENT_SECRET_FILE")
            self.assertEqual(Path(file).read_text(), LATER)
            self.assertEqual(stat.S_IMODE(Path(file).stat().st_mode), 0o600)
        self.assertFalse(Path(file).exists())
        self.assertEqual([argv[-1] for argv in self.asked], ["gatehouse-dev"])
        self.assertNotIn(LATER, str(self.asked))

    def test_a_smoke_test_that_fails_leaves_no_file(self):
        with self.assertRaises(RuntimeError), self.in_a_file(self.OWN) as env:
            raise RuntimeError
        self.assertFalse(Path(env["USER_POOL_CLIENT_SECRET_FILE"]).exists())

    def test_without_a_readable_secret_gatehouse_uses_cognitos(self):
        for config, code, answer in (({"userPool": {"id": "x"}}, 0, "\n"), (self.OWN, 1, "half of it")):
            with self.in_a_file(config, code, answer) as env:
                self.assertEqual(env, {})

    def test_no_secret_is_read_for_a_public_client_or_a_given_file(self):
        for config, env in (({}, {}), (self.OWN, {"USER_POOL_CLIENT_SECRET_FILE": "mine"})):
            with self.in_a_file(config, **env) as found:
                self.assertEqual(found, {})
        self.assertEqual(self.asked, [])


if __name__ == "__main__":
    unittest.main()
