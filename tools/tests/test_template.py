"""What template.yaml promises, checked on the CloudFormation that it becomes.

The SAM transform writes half of the stack by itself, and it is that half that decides which route is guarded. So the
tests read its output and not the template, with the conditions worked out for the parameters of each test. No AWS, no
network. Run with a Python that has aws-sam-translator: `PYTHONPATH=tools python -m unittest discover -s tools/tests`.
"""

import json
import re
import unittest
from unittest import mock

from api_description import PUBLIC
from stack.checks.transform import EXISTING, PARTITIONS, deployed, deployed_now, source
from stack.root import ROOT

# Exactly what `gatehouse config parameters` prints.
FROM_CONFIG = set(
    """
    ServiceName StageName ExistingUserPoolId ExistingUserPoolClientId UserPoolPlan UserPoolName SelfSignUp
    AutoConfirm MfaConfiguration TotpFactor EmailFactor SmsFactor ClientSecret PasswordMinimumLength
    PasswordRequireUppercase PasswordRequireLowercase PasswordRequireNumbers PasswordRequireSymbols
    TemporaryPasswordValidityDays PasswordHistorySize Groups ResourceServerIdentifier ResourceServerScopes
    AccessTokenMinutes IdTokenMinutes RefreshTokenDays RefreshTokenRotation EmailSourceArn EmailFrom EmailReplyTo
    EmailConfigurationSet SmsExternalId SmsRegion SmsOriginationIdentity ThreatProtection AuthFlow RefreshCookie
    AuthThrottleRatePerSecond AuthThrottleBurst AuthorizerResultTtlSeconds AuthorizerReservedConcurrency
    DeviceTracking DeviceSkipsSecondFactor Turnstile
    ThrottleRatePerSecond ThrottleBurst CorsAllowOrigin ResourceMetadata MetadataIssuers MetadataScopes DomainName
    DomainCertificateArn DomainHostedZoneId DomainIpAddressType BasePath DisableExecuteApiEndpoint AccessLogs
    LogRetentionDays Metrics Tracing Rollout AlarmTopicArn ServerErrorThreshold RefusedTokenThreshold
    LatencyThresholdMillis ThrottledRequestThreshold Sentry WebAclArn ManagedWebAcl AddressLimit AuthAddressLimit
    PoolDeletionProtection TableDeletionProtection
    ExistingOrdersTable ApiKeyRequired KeyRatePerSecond KeyBurst KeyRequestsPerDay
    VerificationEmailSubject VerificationEmailMessage VerificationEmailMessage2 VerificationEmailMessage3
    VerificationEmailMessage4 VerificationEmailMessage5 VerificationSmsMessage InvitationEmailSubject
    InvitationEmailMessage InvitationEmailMessage2 InvitationEmailMessage3 InvitationEmailMessage4
    InvitationEmailMessage5 InvitationSmsMessage SignInEmailSubject SignInEmailMessage
    SignInEmailMessage2 SignInEmailMessage3 SignInEmailMessage4 SignInEmailMessage5
    SignInSmsMessage
    """.split()
)
# What a deploy may set besides.
FROM_DEPLOY = {
    "Architecture", "ExistingUserPoolClientSecret", "ClientSecretValue", "TurnstileSecret", "SentryDsn", "CodeDeploy",
    "MetricMath", "GatewayLogRole", "ApiId", "Revision",
}

# The routes that give or take the refresh cookie. Their preflights are the service's own.
WITH_COOKIE = {"/auth/signin", "/auth/challenge", "/auth/refresh", "/auth/signout"}

LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
NONE = ",".join("-" * 10)


def of_type(stack, kind):
    return {name: resource for name, resource in stack.resources.items() if resource["Type"] == kind}


def properties(stack, name):
    return stack.resources[name]["Properties"]


def variables(stack, function):
    return properties(stack, function)["Environment"]["Variables"]


def api(stack):
    return properties(stack, "Api")["Body"]


def operations(stack):
    """Every method of the API: its name, its path and what the gateway does with it."""
    return [
        (method, path, operation)
        for path, methods in api(stack)["paths"].items()
        for method, operation in methods.items()
    ]


def integration_target(operation):
    return json.dumps(operation["x-amazon-apigateway-integration"])


def served_by(stack, function):
    """The (method, path) of every route that ends in this function."""
    return {
        (method, path)
        for method, path, operation in operations(stack)
        if f"{function}Aliaslive" in integration_target(operation)
    }


def rights(stack, function):
    """What the function's role allows: each statement's actions with their resource."""
    role = properties(stack, properties(stack, function)["Role"]["Fn::GetAtt"][0])
    statements = [entry for policy in role["Policies"] for entry in policy["PolicyDocument"]["Statement"]]
    return [(set(entry["Action"]), entry["Resource"]) for entry in statements]


class Routes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed()

    def test_the_only_methods_without_an_authorizer_call_no_function(self):
        for method, path, operation in operations(self.stack):
            if "security" not in operation:
                with self.subTest(f"{method} {path}"):
                    self.assertEqual(method, "options")
                    self.assertEqual(operation["x-amazon-apigateway-integration"]["type"], "mock")

    def test_a_preflight_request_passes_without_a_token(self):
        for method, path, operation in operations(self.stack):
            if method == "options":
                self.assertIn(operation.get("security"), [None, [{"NONE": []}]], path)

    def test_no_route_takes_any_method(self):
        self.assertNotIn("x-amazon-apigateway-any-method", {method for method, _, _ in operations(self.stack)})

    def test_every_other_path_answers_preflight_requests_for_the_configured_origin(self):
        stack = deployed(CorsAllowOrigin="https://app.example.com")
        for path, methods in api(stack)["paths"].items():
            if path in WITH_COOKIE:
                continue
            with self.subTest(path):
                answer = methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"]
                headers = answer["responseParameters"]
                self.assertEqual(
                    headers["method.response.header.Access-Control-Allow-Origin"], "'https://app.example.com'"
                )
                allowed = headers["method.response.header.Access-Control-Allow-Headers"].strip("'").split(",")
                self.assertEqual(
                    set(allowed), {"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Api-Key"}
                )
                self.assertNotIn("method.response.header.Access-Control-Allow-Credentials", headers)

    def test_there_is_one_stage_and_it_is_throttled(self):
        stack = deployed(StageName="live", ThrottleRatePerSecond="7", ThrottleBurst="9")
        [stage] = of_type(stack, "AWS::ApiGateway::Stage").values()
        self.assertEqual(stage["Properties"]["StageName"], "live")
        self.assertEqual(
            stage["Properties"]["MethodSettings"][0],
            {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": "7", "ThrottlingBurstLimit": "9"},
        )

    def test_every_public_post_route_and_no_other_has_limits_of_its_own(self):
        stack = deployed(AuthThrottleRatePerSecond="3", AuthThrottleBurst="4")
        [stage] = of_type(stack, "AWS::ApiGateway::Stage").values()
        limited = stage["Properties"]["MethodSettings"][1:]
        # As in a JSON pointer (RFC 6901); the first slash stays.
        routes = {("post", "/" + path.replace("/", "~1")) for method, path in PUBLIC if method == "post"}
        self.assertEqual({(limits["HttpMethod"].lower(), limits["ResourcePath"]) for limits in limited}, routes)
        self.assertEqual(len(limited), len(routes))
        for limits in limited:
            self.assertEqual((limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]), ("3", "4"))

    def test_every_deploy_makes_a_deployment_so_that_a_changed_value_is_served(self):
        def deployments(now, **parameters):
            with mock.patch("samtranslator.model.apigateway.time.time", return_value=now):
                return set(of_type(deployed_now(**parameters), "AWS::ApiGateway::Deployment"))

        self.assertNotEqual(deployments(1), deployments(2, CorsAllowOrigin="https://app.example.com"))

    def test_the_api_url_ends_in_the_stage(self):
        url = deployed(StageName="live").outputs["ApiUrl"]
        self.assertEqual(url, "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live")


class Authorizer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(AuthorizerResultTtlSeconds="42")
        cls.scheme = api(cls.stack)["components"]["securitySchemes"]["Gate"]
        cls.settings = cls.scheme["x-amazon-apigateway-authorizer"]

    def test_it_is_the_only_one(self):
        self.assertEqual(set(api(self.stack)["components"]["securitySchemes"]), {"Gate"})

    def test_it_gets_the_token_of_the_authorization_header(self):
        self.assertEqual(self.settings["type"], "token")
        self.assertEqual((self.scheme["in"], self.scheme["name"]), ("header", "Authorization"))

    def test_it_is_the_version_of_the_authorizer_function_that_is_live(self):
        uri = self.settings["authorizerUri"]
        self.assertTrue(uri.endswith("/functions/${AuthorizerFunction.Arn}:live/invocations"), uri)
        self.assertEqual(properties(self.stack, "AuthorizerFunctionAliaslive")["Name"], "live")

    def test_its_answer_is_kept_as_long_as_configured(self):
        self.assertEqual(int(self.settings["authorizerResultTtlInSeconds"]), 42)

    def test_a_bearer_token_in_any_case_reaches_it(self):
        for header in ("Bearer a.b.c", "bearer eyJ-_0.x.y", "BEARER x"):
            self.assertRegex(header, self.settings["identityValidationExpression"])

    def test_anything_else_is_refused_before_it(self):
        without_scheme = ["", "a.b.c", "Basic a", " Bearer a"]
        without_token = ["Bearer", "Bearer "]
        badly_spaced = ["Bearer  a", "Bearer\ta", "Bearer a ", "Bearer a b", "Bearer a,Bearer b"]
        not_base64url = ["Bearer a=", "Bearer a+b", "Bearer a/b", "Bearer \u00e4"]
        for header in without_scheme + without_token + badly_spaced + not_base64url:
            self.assertNotRegex(header, self.settings["identityValidationExpression"])

    def test_the_api_and_nothing_else_may_call_it(self):
        grants = [
            grant["Properties"]
            for grant in of_type(self.stack, "AWS::Lambda::Permission").values()
            if "AuthorizerFunction" in json.dumps(grant["Properties"]["FunctionName"])
        ]
        self.assertEqual(len(grants), 1)
        # A permission of the function does not hold for its alias.
        self.assertEqual(grants[0]["FunctionName"], {"Ref": "AuthorizerFunctionAliaslive"})
        self.assertEqual(grants[0]["Principal"], "apigateway.amazonaws.com")
        self.assertTrue(grants[0]["SourceArn"].endswith(":${Api}/authorizers/*"), grants[0])

    def test_it_answers_while_a_caller_still_waits(self):
        self.assertLessEqual(properties(self.stack, "AuthorizerFunction")["Timeout"], 5)


class GatewayErrors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = deployed(CorsAllowOrigin="https://app.example.com", ServiceName="harbour")
        cls.errors = api(stack)["x-amazon-apigateway-gateway-responses"]

    def headers(self, name):
        return {
            key.removeprefix("gatewayresponse.header."): value
            for key, value in self.errors[name]["responseParameters"].items()
        }

    def body(self, name):
        [text] = self.errors[name]["responseTemplates"].values()
        return json.loads(re.sub(r"\$context\.\w+", "a-value", text))

    def test_the_usual_ones_are_shaped(self):
        wanted = {"UNAUTHORIZED", "ACCESS_DENIED", "MISSING_AUTHENTICATION_TOKEN", "DEFAULT_4XX", "DEFAULT_5XX"}
        self.assertLessEqual(wanted, set(self.errors))

    def test_each_lets_the_configured_origin_read_it(self):
        for name in self.errors:
            self.assertEqual(self.headers(name)["Access-Control-Allow-Origin"], "'https://app.example.com'", name)

    def test_each_can_be_read_with_a_cookie_only_in_cookie_mode(self):
        for mode in ("true", "false"):
            errors = api(deployed(RefreshCookie=mode))["x-amazon-apigateway-gateway-responses"]
            for name, error in errors.items():
                allowed = error["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Credentials"]
                self.assertEqual(allowed, f"'{mode}'", name)

    def test_each_is_a_problem_document(self):
        for name in self.errors:
            with self.subTest(name):
                self.assertEqual(self.headers(name)["Content-Type"], "'application/problem+json'")
                body = self.body(name)
                self.assertLessEqual({"type", "title", "detail", "code", "requestId"}, set(body))
                # A default answer stands for many statuses and names none.
                status = self.errors[name].get("statusCode")
                self.assertEqual(body.get("status"), status and int(status))

    def test_a_missing_or_bad_token_is_answered_with_a_bearer_challenge(self):
        self.assertEqual(self.errors["UNAUTHORIZED"]["statusCode"], "401")
        self.assertEqual(self.headers("UNAUTHORIZED")["WWW-Authenticate"], "'Bearer realm=\"harbour\"'")

    def test_a_token_without_the_right_is_told_so(self):
        self.assertEqual(self.errors["ACCESS_DENIED"]["statusCode"], "403")
        challenge = self.headers("ACCESS_DENIED")["WWW-Authenticate"]
        self.assertEqual(challenge, "'Bearer realm=\"harbour\", error=\"insufficient_scope\"'")

    def test_a_browser_may_read_the_challenge(self):
        for name in self.errors:
            if "WWW-Authenticate" in self.headers(name):
                self.assertEqual(self.headers(name)["Access-Control-Expose-Headers"], "'WWW-Authenticate'", name)


class Functions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(Architecture="x86_64", LogRetentionDays="7")
        cls.functions = of_type(cls.stack, "AWS::Lambda::Function")

    def test_each_service_of_the_workspace_has_one_and_the_reporter_where_it_is_asked_for(self):
        workspace = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
        packages = set(re.findall(r'^    "(authorizer|services/[\w-]+)",$', workspace, re.MULTILINE))
        self.assertLessEqual({"authorizer", "services/auth"}, packages)

        def built(stack):
            declared = source()["Resources"]
            return [declared[name]["Properties"]["CodeUri"] for name in of_type(stack, "AWS::Lambda::Function")]

        self.assertCountEqual(built(self.stack), packages - {"services/error-reporter"})
        reporting = deployed(Sentry="true", SentryDsn="https://0123456789abcdef@o1.ingest.sentry.io/42")
        self.assertCountEqual(built(reporting), packages)

    def test_each_runs_a_native_binary_on_the_chosen_processor(self):
        for name, function in self.functions.items():
            with self.subTest(name):
                declared = function["Properties"]
                self.assertEqual((declared["Runtime"], declared["Handler"]), ("provided.al2023", "bootstrap"))
                self.assertEqual(declared["Architectures"], ["x86_64"])

    def test_each_is_built_from_the_package_that_bears_its_binary_s_name(self):
        for name in self.functions:
            with self.subTest(name):
                declared = source()["Resources"][name]
                self.assertEqual(declared["Metadata"]["BuildMethod"], "rust-cargolambda")
                manifest = (ROOT / declared["Properties"]["CodeUri"] / "Cargo.toml").read_text(encoding="utf-8")
                package = re.search(r'^name = "(.+)"$', manifest, re.MULTILINE)[1]
                self.assertEqual(declared["Metadata"]["BuildProperties"], {"Binary": package})

    def test_each_is_told_pool_client_and_log_level(self):
        for name in self.functions:
            with self.subTest(name):
                told = variables(self.stack, name)
                self.assertEqual(told["USER_POOL_ID"], {"Ref": "UserPool"})
                # The app's own first: the auth service takes that one.
                self.assertEqual(told["USER_POOL_CLIENT_ID"], "${UserPoolClient},${MachineClient}")
                self.assertEqual(told["LOG_LEVEL"], "info")

    def test_each_has_a_role_of_its_own(self):
        roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in self.functions.values()]
        self.assertEqual(len(set(roles)), len(roles))
        self.assertEqual(set(of_type(self.stack, "AWS::IAM::Role")) - set(roles), {"RolloutRole"})

    def test_each_may_write_its_own_log_and_orders_use_its_own_table_and_no_more(self):
        table = {"Fn::GetAtt": ["OrdersTable", "Arn"]}
        reading_and_writing = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"}
        index = ({"dynamodb:Query"}, "${OrdersTable.Arn}/index/by-day")
        beyond = {"OrdersFunction": [(reading_and_writing, table), index]}
        for name, function in self.functions.items():
            with self.subTest(name):
                role = properties(self.stack, function["Properties"]["Role"]["Fn::GetAtt"][0])
                self.assertNotIn("ManagedPolicyArns", role)
                logging = (LOGGING, self.log_of(name))
                self.assertEqual(rights(self.stack, name), [logging, *beyond.get(name, [])])

    def test_the_auth_service_may_confirm_sign_ups_in_its_own_pool_where_that_is_its_job(self):
        existing = "arn:${AWS::Partition}:cognito-idp:eu-west-1:${AWS::AccountId}:userpool/eu-west-1_Abc123"
        for given, pool in (({}, {"Fn::GetAtt": ["UserPool", "Arn"]}), (EXISTING, existing)):
            confirming = ({"cognito-idp:AdminConfirmSignUp"}, pool)
            logging = (LOGGING, self.log_of("AuthFunction"))
            self.assertEqual(rights(deployed(AutoConfirm="true", **given), "AuthFunction"), [logging, confirming])
            self.assertEqual(rights(deployed(AutoConfirm="false", **given), "AuthFunction"), [logging])

    def test_confirming_sign_ups_gives_no_other_function_a_right(self):
        stack = deployed(AutoConfirm="true")
        for name in set(self.functions) - {"AuthFunction"}:
            self.assertEqual(rights(stack, name), rights(self.stack, name))

    def test_the_auth_service_alone_is_told_the_client_s_secret(self):
        own = {"Fn::GetAtt": ["UserPoolClient", "ClientSecret"]}
        given = {"ExistingUserPoolClientSecret": "s3cret"}
        for parameters, secret in (
            ({"ClientSecret": "false"}, ""),
            ({"ClientSecret": "true"}, own),
            # A secret that is left over from another pool is nobody's.
            ({"ClientSecret": "false", **given}, ""),
            ({"ClientSecret": "true", **given}, own),
            (EXISTING, ""),
            ({"ClientSecret": "true", **EXISTING}, ""),
            ({**EXISTING, **given}, "s3cret"),
        ):
            with self.subTest(parameters):
                stack = deployed(**parameters)
                self.assertEqual(variables(stack, "AuthFunction")["USER_POOL_CLIENT_SECRET"], secret)
                for name in set(self.functions) - {"AuthFunction"}:
                    self.assertNotIn("USER_POOL_CLIENT_SECRET", variables(stack, name))

    def log_of(self, function):
        return {"Fn::GetAtt": [properties(self.stack, function)["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]}

    def test_only_the_lambda_service_takes_on_the_roles_of_functions(self):
        for name in self.functions:
            role = properties(self.stack, properties(self.stack, name)["Role"]["Fn::GetAtt"][0])
            [trust] = role["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(trust["Principal"], {"Service": "lambda.amazonaws.com"}, name)

    def test_each_log_lapses(self):
        logs = of_type(self.stack, "AWS::Logs::LogGroup")
        # One more for API Gateway's own.
        self.assertEqual(len(logs), len(self.functions) + 1)
        for name, log in logs.items():
            self.assertEqual(log["Properties"]["RetentionInDays"], "7", name)


class UserPool(unittest.TestCase):
    def test_the_stack_makes_one_and_names_it(self):
        stack = deployed()
        self.assertLessEqual({"UserPool", "UserPoolClient", "Group0", "ResourceServer"}, set(stack.resources))
        self.assertEqual(stack.outputs["UserPoolId"], {"Ref": "UserPool"})
        self.assertEqual(stack.outputs["UserPoolClientId"], {"Ref": "UserPoolClient"})

    def test_an_existing_one_is_used_as_it_is(self):
        stack = deployed(**EXISTING)
        self.assertEqual([kind for kind in stack.resources if "Cognito" in stack.resources[kind]["Type"]], [])
        self.assertEqual(stack.outputs["UserPoolId"], EXISTING["ExistingUserPoolId"])
        self.assertEqual(stack.outputs["UserPoolClientId"], EXISTING["ExistingUserPoolClientId"])
        for function in of_type(stack, "AWS::Lambda::Function"):
            self.assertEqual(variables(stack, function)["USER_POOL_ID"], EXISTING["ExistingUserPoolId"])
            self.assertEqual(variables(stack, function)["USER_POOL_CLIENT_ID"], EXISTING["ExistingUserPoolClientId"])

    def test_pool_and_client_are_only_taken_together(self):
        def accepted(**parameters):
            return [
                check["Assert"] for check in deployed(**parameters).rules["PoolAndClientComeTogether"]["Assertions"]
            ]

        self.assertEqual(accepted(), [True])
        self.assertEqual(accepted(**EXISTING), [True])
        for name, value in EXISTING.items():
            self.assertEqual(accepted(**{name: value}), [False], name)

    def test_it_outlives_the_stack_with_all_that_belongs_to_it(self):
        stack = deployed(Groups="a,b,c,d,e,f,g,h,i,j")
        for name, resource in stack.resources.items():
            if "Cognito" in resource["Type"]:
                self.assertEqual(resource["DeletionPolicy"], "RetainExceptOnCreate", name)
                # A resource server holds nobody's data, and one that is left behind keeps its identifier.
                replaced = "Delete" if name == "ResourceServer" else "Retain"
                self.assertEqual(resource["UpdateReplacePolicy"], replaced, name)

    def test_people_sign_in_with_their_e_mail_address_in_any_case(self):
        pool = properties(deployed(), "UserPool")
        self.assertEqual(pool["UsernameAttributes"], ["email"])
        self.assertEqual(pool["AutoVerifiedAttributes"], ["email"])
        self.assertEqual(pool["UsernameConfiguration"], {"CaseSensitive": False})
        recovery = pool["AccountRecoverySetting"]["RecoveryMechanisms"]
        self.assertEqual(recovery, [{"Name": "verified_email", "Priority": 1}])

    def test_a_changed_address_waits_until_it_is_confirmed(self):
        pool = properties(deployed(), "UserPool")
        settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
        self.assertEqual(pool["UserAttributeUpdateSettings"], settings)

    def test_people_may_change_every_attribute_of_theirs_that_cognito_lets_a_client_write(self):
        self.assertNotIn("WriteAttributes", properties(deployed(), "UserPoolClient"))

    def test_only_an_open_pool_lets_people_sign_up(self):
        for open_to_all, by_administrators_only in (("true", False), ("false", True)):
            settings = properties(deployed(SelfSignUp=open_to_all), "UserPool")["AdminCreateUserConfig"]
            self.assertIs(settings["AllowAdminCreateUserOnly"], by_administrators_only)

    def test_the_second_factor_is_an_authenticator_app_or_nothing(self):
        for mode in ("OPTIONAL", "ON"):
            pool = properties(deployed(MfaConfiguration=mode), "UserPool")
            self.assertEqual((pool["MfaConfiguration"], pool["EnabledMfas"]), (mode, ["SOFTWARE_TOKEN_MFA"]))
        self.assertNotIn("EnabledMfas", properties(deployed(MfaConfiguration="OFF"), "UserPool"))

    def test_the_password_policy_is_the_configured_one(self):
        stack = deployed(
            PasswordMinimumLength="14",
            PasswordRequireUppercase="false",
            PasswordRequireLowercase="true",
            PasswordRequireNumbers="false",
            PasswordRequireSymbols="true",
            TemporaryPasswordValidityDays="3",
        )
        self.assertEqual(
            properties(stack, "UserPool")["Policies"]["PasswordPolicy"],
            {
                "MinimumLength": "14",
                "RequireUppercase": "false",
                "RequireLowercase": "true",
                "RequireNumbers": "false",
                "RequireSymbols": "true",
                "TemporaryPasswordValidityDays": "3",
            },
        )

    def test_the_client_tells_nobody_who_has_an_account(self):
        client = properties(deployed(), "UserPoolClient")
        self.assertEqual(client["PreventUserExistenceErrors"], "ENABLED")
        self.assertIs(client["EnableTokenRevocation"], True)

    def test_the_client_has_a_secret_when_it_shall(self):
        for configured in ("true", "false"):
            client = properties(deployed(ClientSecret=configured), "UserPoolClient")
            self.assertEqual(client["GenerateSecret"], configured)

    def test_the_client_allows_the_configured_sign_in_and_refresh_and_no_more(self):
        for flow in ("USER_PASSWORD_AUTH", "USER_AUTH"):
            for rotation in ("false", "true"):
                with self.subTest(flow=flow, rotation=rotation):
                    client = properties(deployed(AuthFlow=flow, RefreshTokenRotation=rotation), "UserPoolClient")
                    allowed = {f"ALLOW_{flow}", "ALLOW_ADMIN_USER_PASSWORD_AUTH"}
                    # Cognito refuses this one beside rotation.
                    allowed |= {"ALLOW_REFRESH_TOKEN_AUTH"} if rotation == "false" else set()
                    self.assertEqual(set(client["ExplicitAuthFlows"]), allowed)
                    self.assertEqual(len(client["ExplicitAuthFlows"]), len(allowed))

    def test_refresh_tokens_are_rotated_when_configured(self):
        client = properties(deployed(RefreshTokenRotation="true"), "UserPoolClient")
        self.assertEqual(client["RefreshTokenRotation"], {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10})
        self.assertNotIn("RefreshTokenRotation", properties(deployed(), "UserPoolClient"))

    def test_choice_based_sign_in_begins_with_a_password(self):
        pool = properties(deployed(AuthFlow="USER_AUTH"), "UserPool")
        self.assertEqual(pool["Policies"]["SignInPolicy"], {"AllowedFirstAuthFactors": ["PASSWORD"]})
        self.assertIn("PasswordPolicy", pool["Policies"])
        self.assertNotIn("SignInPolicy", properties(deployed(), "UserPool")["Policies"])

    def test_the_plan_is_named_always_and_has_what_the_settings_need(self):
        rule = "PlanHasWhatTheSettingsNeed"
        needing = (
            {"AuthFlow": "USER_AUTH"}, {"RefreshTokenRotation": "true"}, {"PasswordHistorySize": "1"},
            {"EmailFactor": "true"},
        )
        for plan in ("LITE", "ESSENTIALS", "PLUS"):
            stack = deployed(UserPoolPlan=plan)
            self.assertEqual(properties(stack, "UserPool")["UserPoolTier"], plan)
            self.assertEqual([check["Assert"] for check in stack.rules[rule]["Assertions"]], [True])
            for setting in needing:
                with self.subTest(setting, plan=plan):
                    checks = deployed(UserPoolPlan=plan, **setting).rules[rule]["Assertions"]
                    self.assertEqual([check["Assert"] for check in checks], [plan != "LITE"])
                    # What an existing pool has is not known, and not changed.
                    checks = deployed(UserPoolPlan=plan, **setting, **EXISTING).rules[rule]["Assertions"]
                    self.assertEqual([check["Assert"] for check in checks], [True])
        self.assertEqual(properties(deployed(), "UserPool")["UserPoolTier"], "LITE")
        off = deployed(EmailFactor="true", MfaConfiguration="OFF").rules[rule]["Assertions"]
        self.assertEqual([check["Assert"] for check in off], [True], "nobody is sent a code")

    def test_tokens_live_as_long_as_configured(self):
        stack = deployed(AccessTokenMinutes="5", IdTokenMinutes="6", RefreshTokenDays="7")
        client = properties(stack, "UserPoolClient")
        validity = {kind: client[f"{kind}Validity"] for kind in ("AccessToken", "IdToken", "RefreshToken")}
        self.assertEqual(validity, {"AccessToken": "5", "IdToken": "6", "RefreshToken": "7"})
        self.assertEqual(
            client["TokenValidityUnits"], {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"}
        )


class MachineClient(unittest.TestCase):
    def test_it_gets_tokens_with_the_reading_scope_by_its_secret_and_in_no_other_way(self):
        client = properties(deployed(ResourceServerIdentifier="shop"), "MachineClient")
        self.assertIs(client["GenerateSecret"], True)
        self.assertEqual(client["AllowedOAuthFlows"], ["client_credentials"])
        self.assertEqual(client["AllowedOAuthScopes"], ["shop/read"])
        self.assertIs(client["AllowedOAuthFlowsUserPoolClient"], True)
        self.assertEqual(client["ExplicitAuthFlows"], ["ALLOW_REFRESH_TOKEN_AUTH"])
        for absent in ("CallbackURLs", "SupportedIdentityProviders"):
            self.assertNotIn(absent, client)

    def test_it_comes_after_the_scope_that_it_names(self):
        self.assertIn("ResourceServer", json.dumps(deployed().resources["MachineClient"]["DependsOn"]))

    def test_it_is_there_where_the_scope_is_in_whatever_place(self):
        for place in range(10):
            stack = deployed(ResourceServerScopes=",".join("read" if place == other else "-" for other in range(10)))
            self.assertIn("MachineClient", stack.resources)
            self.assertEqual(stack.outputs["MachineClientId"], {"Ref": "MachineClient"})

    def test_without_the_scope_or_with_an_existing_pool_there_is_none(self):
        for parameters in (
            {"ResourceServerScopes": NONE.replace("-", "write", 1)},
            {"ResourceServerIdentifier": "-", "ResourceServerScopes": NONE},
            EXISTING,
        ):
            with self.subTest(parameters):
                stack = deployed(**parameters)
                self.assertNotIn("MachineClient", stack.resources)
                self.assertNotIn("MachineClientId", stack.outputs)
                self.assertNotIn("MachineClient", json.dumps(variables(stack, "AuthorizerFunction")))

    def test_the_domain_is_there_as_long_as_the_resource_server_whatever_its_scopes(self):
        for scopes in (NONE, NONE.replace("-", "write", 1), NONE.replace("-", "read", 1)):
            self.assertIn("UserPoolDomain", deployed(ResourceServerScopes=scopes).resources, scopes)
        for parameters in ({"ResourceServerIdentifier": "-"}, EXISTING):
            self.assertNotIn("UserPoolDomain", deployed(**parameters).resources, parameters)

    def test_a_resource_server_without_scopes_is_one(self):
        server = properties(deployed(ResourceServerScopes=NONE), "ResourceServer")
        self.assertEqual((server["Identifier"], server["Scopes"]), ("orders", []))

    def test_the_domain_is_one_that_cognito_takes_whatever_the_stack_is_called(self):
        domain = properties(deployed(ServiceName="aws-cognito"), "UserPoolDomain")["Domain"]
        self.assertEqual(domain, "auth-${AWS::AccountId}-0a1b2c3d")


class OrdersTable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed()
        cls.table = properties(cls.stack, "OrdersTable")

    def test_orders_alone_is_told_its_name(self):
        told = {
            name for name in of_type(self.stack, "AWS::Lambda::Function") if "TABLE_NAME" in variables(self.stack, name)
        }
        self.assertEqual(told, {"OrdersFunction"})
        self.assertEqual(variables(self.stack, "OrdersFunction")["TABLE_NAME"], {"Ref": "OrdersTable"})

    def test_its_keys_are_those_that_the_service_uses(self):
        def keys(schema):
            return [(key["AttributeName"], key["KeyType"]) for key in schema["KeySchema"]]

        self.assertEqual(keys(self.table), [("pk", "HASH"), ("sk", "RANGE")])
        [index] = self.table["GlobalSecondaryIndexes"]
        self.assertEqual(keys(index), [("day", "HASH"), ("sk", "RANGE")])
        self.assertEqual((index["IndexName"], index["Projection"]), ("by-day", {"ProjectionType": "ALL"}))
        self.assertEqual({attribute["AttributeType"] for attribute in self.table["AttributeDefinitions"]}, {"S"})

    def test_it_can_be_restored_is_encrypted_and_forgets_keys(self):
        self.assertEqual(self.table["BillingMode"], "PAY_PER_REQUEST")
        self.assertIs(self.table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], True)
        self.assertIs(self.table["SSESpecification"]["SSEEnabled"], True)
        self.assertEqual(self.table["TimeToLiveSpecification"], {"AttributeName": "expiresAt", "Enabled": True})

    def test_it_outlives_the_stack(self):
        resource = self.stack.resources["OrdersTable"]
        self.assertEqual(resource["DeletionPolicy"], "RetainExceptOnCreate")
        self.assertEqual(resource["UpdateReplacePolicy"], "Retain")


class Slots(unittest.TestCase):
    """Groups and scopes come in ten places each, of which those with "-" are empty."""

    def groups(self, names):
        made = of_type(deployed(Groups=names), "AWS::Cognito::UserPoolGroup")
        return [made[name]["Properties"]["GroupName"] for name in sorted(made)]

    def scopes(self, names):
        server = properties(deployed(ResourceServerIdentifier="shop", ResourceServerScopes=names), "ResourceServer")
        return [(scope["ScopeName"], scope["ScopeDescription"]) for scope in server["Scopes"]]

    def test_all_places_can_be_taken(self):
        names = "abcdefghij"
        self.assertEqual(self.groups(",".join(names)), list(names))
        self.assertEqual(self.scopes(",".join(names)), [(name, f"shop/{name}") for name in names])

    def test_each_place_can_be_taken_alone(self):
        for place in range(10):
            names = ",".join("x" if place == other else "-" for other in range(10))
            with self.subTest(names):
                self.assertEqual(self.groups(names), ["x"])
                self.assertEqual(self.scopes(names), [("x", "shop/x")])

    def test_all_groups_can_be_left_out(self):
        self.assertEqual(self.groups(NONE), [])

    def test_no_identifier_makes_no_resource_server(self):
        self.assertNotIn("ResourceServer", deployed(ResourceServerIdentifier="-", ResourceServerScopes=NONE).resources)


class Parameters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.declared = source()["Parameters"]

    def test_they_are_those_of_the_configuration_and_of_a_deploy(self):
        self.assertEqual(set(self.declared), FROM_CONFIG | FROM_DEPLOY)

    def test_each_is_described_and_may_be_left_out(self):
        for name, parameter in self.declared.items():
            self.assertLessEqual({"Type", "Default", "Description"}, set(parameter), name)

    def test_each_says_what_it_takes(self):
        for name, parameter in self.declared.items():
            self.assertTrue({"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter), name)

    def test_no_origin_can_leave_the_quotes_of_a_header(self):
        pattern = self.declared["CorsAllowOrigin"]["AllowedPattern"]
        for good in ("*", "none", "https://app.example.com", "http://localhost:3000", "http://[::1]:3000"):
            self.assertRegex(good, pattern)
        for bad in ("", "'*'", "https://a.example'", "https://a.example/", "https://a, https://b", "ftp://a", "null"):
            self.assertNotRegex(bad, pattern)

    def test_a_secret_is_not_shown_and_is_one_that_cognito_makes(self):
        secret = self.declared["ExistingUserPoolClientSecret"]
        self.assertIs(secret["NoEcho"], True)
        for good in ("", "1a2b3c", "x" * 64):
            self.assertRegex(good, secret["AllowedPattern"])
        for bad in ("a b", "x" * 65, "${x}", "a,b"):
            self.assertNotRegex(bad, secret["AllowedPattern"])

    def test_what_lives_in_another_part_of_aws_fits(self):
        for region, partition in PARTITIONS.items():
            for name, value in (
                ("ExistingUserPoolId", f"{region}_Ab1"),
                ("DomainCertificateArn", f"arn:{partition}:acm:{region}:123456789012:certificate/a-b"),
                ("AlarmTopicArn", f"arn:{partition}:sns:{region}:123456789012:alarms"),
                ("WebAclArn", f"arn:{partition}:wafv2:{region}:123456789012:regional/webacl/a/b-c"),
            ):
                self.assertRegex(value, self.declared[name]["AllowedPattern"])

    def test_a_list_of_clients_fits_and_a_pool_id_is_one(self):
        self.assertRegex("4h57kf,7abc", self.declared["ExistingUserPoolClientId"]["AllowedPattern"])
        self.assertNotRegex("4h57kf, 7abc", self.declared["ExistingUserPoolClientId"]["AllowedPattern"])
        self.assertRegex("us-gov-west-1_Ab1", self.declared["ExistingUserPoolId"]["AllowedPattern"])
        self.assertNotRegex("arn:aws:cognito-idp:x", self.declared["ExistingUserPoolId"]["AllowedPattern"])


if __name__ == "__main__":
    unittest.main()
