"""Tests the parameters of a first deploy, of a repeated one, and of one that changes names."""

import unittest

from stack.aws import deployed, plan
from test_deployed import answer

WANTED = {
    "Groups": "admins,-,-,-,-,-,-,-,-,-", "ResourceServerIdentifier": "orders",
    "ResourceServerScopes": "read,write,-,-,-,-,-,-,-,-", "ExistingUserPoolId": "",
    "PoolDeletionProtection": "ACTIVE", "TableDeletionProtection": "true",
}
THERE = {"UserPool": ["AWS::Cognito::UserPool", "p"], "OrdersTable": ["AWS::DynamoDB::Table", "t"]}


def stack(resources=None, alias="7", **parameters):
    there = {**answer()["resources"], **(THERE if resources is None else resources)}
    return deployed.parse(answer(alias=alias, parameters={**WANTED, **parameters}, resources=there))


def made(wanted=None, found=None, now=False):
    return plan.make({**WANTED, **(wanted or {})}, found, now)


class Protection(unittest.TestCase):
    def test_a_new_resource_is_protected_in_a_second_deploy(self):
        first = made()
        self.assertEqual(first.parameters["PoolDeletionProtection"], "INACTIVE")
        self.assertEqual(first.parameters["TableDeletionProtection"], "false")
        self.assertEqual(first.later, {"PoolDeletionProtection": "ACTIVE", "TableDeletionProtection": "true"})

    def test_an_existing_resource_is_protected_at_once(self):
        again = made(found=stack(PoolDeletionProtection="INACTIVE", TableDeletionProtection="false"))
        self.assertEqual(again.parameters["PoolDeletionProtection"], "ACTIVE")
        self.assertEqual(again.parameters["TableDeletionProtection"], "true")
        self.assertEqual(again.later, {})

    def test_a_resource_of_a_later_deploy_is_protected_afterwards(self):
        # The pool was somebody else's, and is the stack's own from now on.
        again = made(found=stack(resources={"OrdersTable": THERE["OrdersTable"]}, ExistingUserPoolId="eu_Abc"))
        self.assertEqual(again.later, {"PoolDeletionProtection": "ACTIVE"})
        self.assertEqual(again.parameters["TableDeletionProtection"], "true")

    def test_without_a_new_resource_there_is_no_second_deploy(self):
        first = made({"ExistingUserPoolId": "eu_Abc", "ExistingOrdersTable": "theirs"})
        self.assertEqual((first.later, first.parameters["PoolDeletionProtection"]), ({}, "ACTIVE"))

    def test_without_protection_there_is_no_second_deploy(self):
        self.assertEqual(made({"PoolDeletionProtection": "INACTIVE", "TableDeletionProtection": "false"}).later, {})

    def test_a_template_without_the_parameter_does_not_get_it(self):
        self.assertNotIn(
            "TableDeletionProtection", plan.make({"PoolDeletionProtection": "ACTIVE"}, None, False).parameters
        )


class Secret(unittest.TestCase):
    """A parameter that is not given keeps its value, even if that was for a client that was replaced."""

    def test_the_secret_of_a_replaced_client_is_cleared(self):
        for before, after in (("true", "false"), ("false", "true")):
            again = made({"ClientSecret": after}, found=stack(ClientSecret=before))
            self.assertEqual(again.parameters["ClientSecretValue"], "")

    def test_a_given_secret_of_the_new_client_is_used(self):
        again = made({"ClientSecret": "true", "ClientSecretValue": "s3cret"}, found=stack(ClientSecret="false"))
        self.assertEqual(again.parameters["ClientSecretValue"], "s3cret")

    def test_the_same_client_keeps_its_secret(self):
        for found in (None, stack(), stack(ClientSecret="true")):
            self.assertNotIn("ClientSecretValue", made({"ClientSecret": "true"}, found=found).parameters)


    def test_changing_the_pool_clears_the_secret_both_ways(self):
        own, theirs, others = "", "eu_Abc", "eu_Def"
        for before, after in ((own, theirs), (theirs, own), (theirs, others)):
            found = stack(ExistingUserPoolId=before, ClientSecret="true", ClientSecretValue="****")
            again = made({"ExistingUserPoolId": after, "ClientSecret": "true"}, found=found)
            self.assertEqual(again.parameters["ClientSecretValue"], "", (before, after))

    def test_clearing_a_possible_secret_gives_a_note(self):
        def notes(secret="****", wanted=None, **before):
            found = stack(ClientSecretValue=secret, **{"ClientSecret": "true", **before})
            return [
                note
                for note in made({"ClientSecret": "false", **(wanted or {})}, found=found).notes
                if "ClientSecretValue" in note
            ]

        self.assertIn("ClientSecretValue is cleared", notes()[0])
        self.assertEqual(notes(secret=""), [])
        self.assertEqual(notes(wanted={"ClientSecretValue": "s3cret"}), [])
        # A client without a secret never had a later one.
        self.assertEqual(notes(ClientSecret="false", wanted={"ClientSecret": "true"}), [])


class SecretOfAnExistingPool(unittest.TestCase):
    """The same for the app client of an existing pool."""

    BEFORE = {
        "ExistingUserPoolId": "eu_Abc",
        "ExistingUserPoolClientId": "7web,8machine",
        "ExistingUserPoolClientSecret": "****",
    }

    def again(self, wanted, **before):
        clients = {name: self.BEFORE[name] for name in ("ExistingUserPoolId", "ExistingUserPoolClientId")}
        return made({**clients, **wanted}, found=stack(**{**self.BEFORE, **before}))

    def notes(self, again):
        return [note for note in again.notes if "ExistingUserPoolClientSecret" in note]

    def test_another_pool_or_first_client_clears_the_secret(self):
        for wanted in (
            {"ExistingUserPoolId": "eu_Def"}, {"ExistingUserPoolClientId": "9new,7web"},
            {"ExistingUserPoolId": "", "ExistingUserPoolClientId": ""},
        ):
            again = self.again(wanted)
            self.assertEqual(again.parameters["ExistingUserPoolClientSecret"], "", wanted)
            self.assertIn("ExistingUserPoolClientSecret is cleared", self.notes(again)[0])

    def test_the_same_first_client_keeps_its_secret(self):
        for clients in ("7web,8machine", "7web", "7web,9new"):
            again = self.again({"ExistingUserPoolClientId": clients})
            self.assertNotIn("ExistingUserPoolClientSecret", again.parameters)
            self.assertEqual(again.notes, ())

    def test_a_given_secret_is_used_without_a_note(self):
        again = self.again({"ExistingUserPoolClientId": "9new", "ExistingUserPoolClientSecret": "s3cret"})
        self.assertEqual(again.parameters["ExistingUserPoolClientSecret"], "s3cret")
        self.assertEqual(self.notes(again), [])

    def test_without_an_old_secret_there_is_no_note(self):
        again = self.again({"ExistingUserPoolClientId": "9new"}, ExistingUserPoolClientSecret="")
        self.assertEqual(again.parameters["ExistingUserPoolClientSecret"], "")
        self.assertEqual(self.notes(again), [])


class CodeDeploy(unittest.TestCase):
    def test_codedeploy_is_set_in_every_deploy(self):
        self.assertEqual(made(found=stack(CodeDeploy="false")).parameters["CodeDeploy"], "true")
        self.assertEqual(made().parameters["CodeDeploy"], "true")

    def test_now_turns_codedeploy_off(self):
        self.assertEqual(made(now=True).parameters["CodeDeploy"], "false")

    def test_a_configuration_without_codedeploy_stays_without(self):
        self.assertEqual(made({"CodeDeploy": "false"}).parameters["CodeDeploy"], "false")

    def test_a_moved_alias_turns_codedeploy_off_with_a_note(self):
        again = made(found=stack(alias="6"))
        self.assertEqual(again.parameters["CodeDeploy"], "false")
        self.assertIn("The alias of AuthFunction was moved after the last deploy", again.notes[0])


class Names(unittest.TestCase):
    def test_groups_keep_their_slots_and_a_removed_one_gives_a_note(self):
        again = made({"Groups": "new,staff,-,-,-,-,-,-,-,-"}, stack(Groups="admins,staff,-,-,-,-,-,-,-,-"))
        self.assertEqual(again.parameters["Groups"], "admins,staff,new,-,-,-,-,-,-,-")
        [note] = again.notes
        self.assertIn("config.json no longer has the group admins. The group stays in the stack", note)

    def test_a_group_that_loses_its_slot_gives_a_note_with_advice(self):
        again = made({"Groups": "b,c,d,e,f,g,h,i,j,k"}, stack(Groups="a,b,c,d,e,f,g,h,i,j"))
        self.assertEqual(again.parameters["Groups"], "k,b,c,d,e,f,g,h,i,j")
        self.assertIn("delete-group --user-pool-id POOL --group-name a", again.notes[0])

    def test_scopes_keep_their_slots_but_removed_ones_are_dropped(self):
        again = made({"ResourceServerScopes": "list,read,-,-,-,-,-,-,-,-"}, stack())
        self.assertEqual(again.parameters["ResourceServerScopes"], "read,list,-,-,-,-,-,-,-,-")
        self.assertEqual(again.notes, ())

    def test_a_removed_resource_server_stays_without_scopes(self):
        gone = {"ResourceServerIdentifier": "-", "ResourceServerScopes": ",".join("-" * 10)}
        again = made(gone, stack())
        self.assertEqual(again.parameters["ResourceServerIdentifier"], "orders")
        self.assertEqual(again.parameters["ResourceServerScopes"], ",".join("-" * 10))
        self.assertIn("config.json no longer has the resource server orders", again.notes[0])

    def test_another_identifier_is_another_resource_server(self):
        self.assertEqual(
            made({"ResourceServerIdentifier": "shop"}, stack()).parameters["ResourceServerIdentifier"], "shop"
        )

    def test_a_possible_clash_of_domains_gives_a_note(self):
        server = {**THERE, "ResourceServer": ["AWS::Cognito::UserPoolResourceServer", "orders"]}
        self.assertIn("delete-user-pool-domain", made(found=stack(server)).notes[0])
        both = {**server, "UserPoolDomain": ["AWS::Cognito::UserPoolDomain", "auth-1-2"]}
        self.assertEqual(made(found=stack(both)).notes, ())

    def test_a_resource_server_that_never_existed_is_not_made(self):
        again = made({"ResourceServerIdentifier": "-"}, stack(ResourceServerIdentifier="-"))
        self.assertEqual((again.parameters["ResourceServerIdentifier"], again.notes), ("-", ()))

    def test_in_another_pool_no_names_clash(self):
        for wanted, before in (({"ExistingUserPoolId": "eu_Abc"}, {}), ({}, {"ExistingUserPoolId": "eu_Abc"})):
            again = made({"Groups": "b,-,-,-,-,-,-,-,-,-", **wanted}, stack(Groups="a,b,-,-,-,-,-,-,-,-", **before))
            self.assertEqual(again.parameters["Groups"], "b,-,-,-,-,-,-,-,-,-")
            self.assertFalse([note for note in again.notes if "group" in note])

    def test_the_domain_of_an_earlier_pool_may_clash(self):
        [note] = made(found=stack({}, ExistingUserPoolId="eu_Abc")).notes
        self.assertIn("If the stack has made a pool before, that pool still has the domain", note)
        self.assertIn("delete-user-pool-domain", note)
        self.assertIn("userPool.id", note)
        # No resource server, no domain; and an existing pool gets none.
        self.assertEqual(made({"ResourceServerIdentifier": "-"}, stack({}, ExistingUserPoolId="eu_Abc")).notes, ())
        self.assertEqual(made({"ExistingUserPoolId": "eu_Def"}, stack({}, ExistingUserPoolId="eu_Abc")).notes, ())
        self.assertEqual(made({"ExistingUserPoolId": "eu_Def"}, stack({})).notes, ())

    def test_a_new_stack_gets_the_configured_names(self):
        self.assertEqual({name: made().parameters[name] for name in ("Groups", "ResourceServerScopes")},
                         {name: WANTED[name] for name in ("Groups", "ResourceServerScopes")})


if __name__ == "__main__":
    unittest.main()
