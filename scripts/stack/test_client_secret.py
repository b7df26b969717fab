"""What a later secret of the app client does to the stack: it is used, by the auth service alone, and told to nobody.

The twin of test_template.py for the parameter ClientSecretValue. No AWS, no network.
"""

import tempfile
import unittest
from pathlib import Path

import deploy
from samcli.commands.deploy.deploy_context import DeployContext
from samcli.commands.deploy.utils import hide_noecho_parameter_overrides
from test_template import EXISTING, deployed, source, variables

LATER = "1a2b3c4d5e6f7g8h9i0j1k2l3m4n"


def secret_of(**parameters):
    return variables(deployed(**parameters), "AuthFunction")["USER_POOL_CLIENT_SECRET"]


class ClientSecretValue(unittest.TestCase):
    def test_it_takes_the_place_of_the_secret_that_the_client_was_made_with(self):
        made_with = {"Fn::GetAtt": ["UserPoolClient", "ClientSecret"]}
        self.assertEqual(secret_of(ClientSecret="true"), made_with)
        # Without the attribute anywhere: Cognito may describe no secret by then.
        self.assertEqual(secret_of(ClientSecret="true", ClientSecretValue=LATER), LATER)

    def test_a_client_without_a_secret_and_another_pool_get_none_of_it(self):
        self.assertEqual(secret_of(ClientSecret="false", ClientSecretValue=LATER), "")
        self.assertEqual(secret_of(ClientSecretValue=LATER, **EXISTING), "")
        given = {"ExistingUserPoolClientSecret": "s3cret"}
        self.assertEqual(secret_of(ClientSecretValue=LATER, **given, **EXISTING), "s3cret")

    def test_it_changes_nothing_but_the_auth_service(self):
        before, after = deployed(ClientSecret="true"), deployed(ClientSecret="true", ClientSecretValue=LATER)
        changed = {name for name in before.resources if before.resources[name] != after.resources.get(name)}
        self.assertEqual(changed, {"AuthFunction"})
        self.assertEqual(set(before.resources), set(after.resources))
        self.assertNotIn(LATER, str(after.outputs))

    def test_it_is_not_shown_and_is_one_that_cognito_takes(self):
        """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html"""
        parameter = source()["Parameters"]["ClientSecretValue"]
        self.assertIs(parameter["NoEcho"], True)
        for good in ("", "x" * 24, "x" * 64, "aZ09_+" * 5):
            self.assertRegex(good, parameter["AllowedPattern"])
        for bad in ("x" * 23, "x" * 65, f"{LATER} ", "${x}" * 8, f"{LATER},"):
            self.assertNotRegex(bad, parameter["AllowedPattern"])


class Deploying(unittest.TestCase):
    """What the tools do with it, of which a rotation makes use."""

    def test_a_deploy_that_does_not_name_it_keeps_it_and_an_empty_one_takes_it_out(self):
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

    def test_another_value_is_another_revision_so_that_the_function_gets_a_version_with_it(self):
        """The value is in the digest, which anybody who may see the stack sees. Of a secret of Cognito's making, far more
        than 128 random bits, it tells nothing; and who may see the function's configuration sees the value itself."""
        with tempfile.TemporaryDirectory() as build:
            words = {deploy.revision(Path(build), {"ClientSecretValue": value}) for value in ("", LATER, LATER + "x")}
            words.add(deploy.revision(Path(build), {}))
        self.assertEqual(len(words), 4)
        self.assertFalse([word for word in words if LATER in word])


if __name__ == "__main__":
    unittest.main()
