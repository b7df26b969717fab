"""Patches of MiniStack 1.5.33 where its Cognito differs from AWS in accounts, attributes and codes.

`emulator.main()` calls `install()`. Each patch replaces one function of MiniStack's `services/cognito.py`, and calls
the original where that is right. Three operations that MiniStack lacks are added. docs/local.md lists the differences,
docs/decisions/0016-the-local-cognito.md the reasons. Other files have the patches for sign-in, sessions and second
factors.

If MiniStack has changed, `install()` fails. Whoever updates MiniStack then finds the patches that are no longer needed.
"""

import inspect
import json
import time
from collections.abc import Callable
from typing import Any

from stack.emulator import emulated_codes as codes
from stack.emulator import emulated_values as values

Answer = tuple[int, dict[str, Any], bytes]
Pool = dict[str, Any]
User = dict[str, Any]

# The functions that are replaced, and the parameters that they must have.
REPLACED = {
    "_resolve_user": ("pool", "username"),
    "_masked_destination": ("address",),
    "_password_policy_errors": ("pool", "password"),
    "_access_token_error": ("data",),
    "_confirmation_code_error": ("action", "data"),
    "_dispatch_idp": ("action", "data"),
    "_sign_up": ("data",),
    "_confirm_sign_up": ("data",),
    "_resend_confirmation_code": ("data",),
    "_forgot_password": ("data",),
    "_confirm_forgot_password": ("data",),
    "_change_password": ("data",),
    "_update_user_attributes": ("data",),
    "_admin_create_user": ("data",),
    "_admin_confirm_sign_up": ("data",),
    "_admin_reset_user_password": ("data",),
    "_admin_set_user_password": ("data",),
    "_admin_update_user_attributes": ("data",),
}
# This function is also replaced. Only this one of its parameters is checked.
TOKEN, TOKEN_ATTRIBUTES = "_fake_token", "user_attrs"
# The functions that the patches call. They must exist.
CALLED = (
    "_attr_list_to_dict",
    "_code_delivery_response",
    "_code_error",
    "_dict_to_attr_list",
    "_ensure_schema_attributes",
    "_generate_temp_password",
    "_hides_user_existence",
    "_now_epoch",
    "_pool_for_client",
    "_resolve_pool",
    "_run_idp_handler",
    "_send_verification_email",
    "_token_claims",
    "_token_owner",
    "_user_pool_for_access_token",
    "_validate_password",
    "error_response_json",
    "json_response",
    "run_reentrant",
)
ADDED = ("GetUserAttributeVerificationCode", "VerifyUserAttribute", "DeleteUserAttributes")


def install() -> None:
    """Installs the patches."""
    from ministack.services import cognito

    require(cognito)
    Accounts(cognito).take_over()


def require(cognito: Any) -> None:
    """Fails if MiniStack's functions are not as these patches expect them."""
    for name in (*REPLACED, TOKEN, *CALLED):
        if not callable(getattr(cognito, name, None)):
            raise changed(f"no longer has cognito.{name}")
    for name, parameters in REPLACED.items():
        found = tuple(inspect.signature(getattr(cognito, name)).parameters)
        if found != parameters:
            raise changed(f"calls cognito.{name} with {found} and not with {parameters}")
    if TOKEN_ATTRIBUTES not in inspect.signature(getattr(cognito, TOKEN)).parameters:
        raise changed(f"calls cognito.{TOKEN} without {TOKEN_ATTRIBUTES}")
    for operation in ADDED:
        if f'"{operation}"' in inspect.getsource(cognito):
            raise changed(f"has {operation} now")


def changed(what: str) -> RuntimeError:
    return RuntimeError(f"This MiniStack {what}. Check which patches in emulated_accounts.py are still needed.")


class Accounts:
    """The replacements of MiniStack's functions, each with the name of the function that it replaces."""

    def __init__(self, cognito: Any):
        self.cognito = cognito
        self.before: dict[str, Callable[..., Any]] = {name: getattr(cognito, name) for name in (*REPLACED, TOKEN)}
        self.added: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "GetUserAttributeVerificationCode": self.get_user_attribute_verification_code,
            "VerifyUserAttribute": self.verify_user_attribute,
            "DeleteUserAttributes": self.delete_user_attributes,
        }

    def take_over(self) -> None:
        for name in self.before:
            setattr(self.cognito, name, getattr(self, name.lstrip("_")))
        # These operations need no AWS signature. Their region is that of the token's pool.
        self.cognito._UNSIGNED_IDP_ACTIONS.update(ADDED)

    # ---- Every call ----------------------------------------------------------------------------------------------

    async def dispatch_idp(self, action: str, data: dict[str, Any]) -> Answer:
        handler = self.added.get(action)
        if handler is None:
            return await self.before["_dispatch_idp"](action, data)
        run = self.cognito._run_idp_handler
        return await self.cognito.run_reentrant(run, handler, action, data, thread_name="ministack-cognito-trigger")

    def access_token_error(self, data: dict[str, Any]) -> Answer | None:
        """Every operation with an access token can fail with PasswordResetRequiredException, for example GetUser:
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html"""
        error = self.before["_access_token_error"](data)
        if error is not None or not isinstance(data.get("AccessToken"), str):
            return error
        owner = self.cognito._token_owner(self.cognito._token_claims(data["AccessToken"]))
        if owner and owner.get("UserStatus") == "RESET_REQUIRED":
            return self.refused("PasswordResetRequiredException", "Password reset required for the user")
        return None

    def confirmation_code_error(self, action: str, data: dict[str, Any]) -> Answer | None:
        """Checks limits and codes. MiniStack calls this before each operation."""
        pool, user = self.person(data) if action in codes.LIMITS else (None, None)
        if pool is None or user is None:
            return None
        now = time.time()
        if codes.is_too_often(user, action, now):
            return self.refused("LimitExceededException", "Attempt limit exceeded, please try after some time.")
        code = data.get("ConfirmationCode")
        if action == "ConfirmForgotPassword":
            if self.is_hidden(pool, user, data):
                return self.wrong_code()
            return self.cognito._code_error(codes.current(user, codes.RESET, now), code)
        if action == "ConfirmSignUp":
            return self.not_to_confirm(user) or self.cognito._code_error(codes.current(user, codes.SIGN_UP, now), code)
        return None

    def person(self, data: dict[str, Any]) -> tuple[Pool | None, User | None]:
        """The pool and user of a call, by its access token or its user name."""
        if "AccessToken" in data:
            user, pool = self.cognito._user_pool_for_access_token(data["AccessToken"])
            return pool, user
        pool, _ = self.cognito._pool_for_client(data.get("ClientId"))
        return pool, self.cognito._resolve_user(pool, data.get("Username"))[0] if pool else None

    def is_hidden(self, pool: Pool, user: User, data: dict[str, Any]) -> bool:
        """Whether a disabled user must look like one that does not exist:
        https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html"""
        hides = self.cognito._hides_user_existence(pool, data.get("ClientId"))
        return hides and not user.get("Enabled", True)

    # ---- User names ---------------------------------------------------------------------------------------------

    def resolve_user(self, pool: Pool, username: str | None) -> tuple[User | None, Answer | None]:
        """Finds a user in every operation without regard to case, if the pool is not case-sensitive.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UsernameConfigurationType.html
        """
        user, error = self.before["_resolve_user"](pool, username)
        spelled = None if user else self.stored_spelling(pool, username)
        return self.before["_resolve_user"](pool, spelled) if spelled else (user, error)

    def stored_spelling(self, pool: Pool, username: str | None) -> str | None:
        if not ignores_case(pool):
            return None
        names = [*(pool.get("UsernameAttributes") or []), *(pool.get("AliasAttributes") or [])]
        for user in pool["_users"].values():
            attributes = self.attributes(user)
            for known in (user["Username"], *(attributes.get(name) for name in names)):
                if values.is_same(known, username, True):
                    return known
        return None

    def attributes(self, user: User) -> dict[str, str]:
        return self.cognito._attr_list_to_dict(user.get("Attributes", []))

    def set_attributes(self, user: User, attributes: dict[str, str]) -> None:
        user["Attributes"] = self.cognito._dict_to_attr_list(attributes)
        user["UserLastModifiedDate"] = self.cognito._now_epoch()

    # ---- Sign-up -------------------------------------------------------------------------------------------------

    def sign_up(self, data: dict[str, Any]) -> Answer:
        pool, _ = self.cognito._pool_for_client(data.get("ClientId"))
        if pool and (pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
            return self.refused("NotAuthorizedException", "SignUp is not permitted for this user pool")
        error = self.attribute_error(pool, self.wanted(data), by_user=True) if pool else None
        answer = error or self.before["_sign_up"](data)
        if answer[0] != 200:
            return answer
        body = json.loads(answer[2])
        user, _ = self.cognito._resolve_user(pool, body["UserSub"])
        # The address exists but is not verified: https://github.com/jagregory/cognito-local/pull/386
        attributes = self.attributes(user)
        self.set_attributes(user, {**unverified(attributes), **attributes})
        if not body["UserConfirmed"]:
            # MiniStack has already sent the first code, which is the same. This only records it.
            codes.issue(user, codes.SIGN_UP, time.time())
        if "CodeDeliveryDetails" in body:
            details = body["CodeDeliveryDetails"]
            details["Destination"] = values.masked(details["Destination"])
        return self.cognito.json_response(body)

    def confirm_sign_up(self, data: dict[str, Any]) -> Answer:
        """Also marks the attribute as verified to which the code was sent:
        https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html"""
        answer = self.before["_confirm_sign_up"](data)
        pool, user = self.person(data)
        if answer[0] == 200 and pool and user:
            attributes = self.attributes(user)
            verified = [name for name in pool.get("AutoVerifiedAttributes") or [] if attributes.get(name)][:1]
            self.set_attributes(user, {**attributes, **{f"{name}_verified": "true" for name in verified}})
        return answer

    def admin_confirm_sign_up(self, data: dict[str, Any]) -> Answer:
        user = self.admins(data)[1]
        return (self.not_to_confirm(user) if user else None) or self.before["_admin_confirm_sign_up"](data)

    def not_to_confirm(self, user: User) -> Answer | None:
        status = user.get("UserStatus")
        if status == "UNCONFIRMED":
            return None
        return self.refused("NotAuthorizedException", f"User cannot be confirmed. Current status is {status}")

    def resend_confirmation_code(self, data: dict[str, Any]) -> Answer:
        pool, user = self.person(data)
        if not pool or not user:
            return self.before["_resend_confirmation_code"](data)
        if not self.is_hidden(pool, user, data):
            if user.get("UserStatus") != "UNCONFIRMED":
                # https://github.com/aws-amplify/aws-sdk-android/issues/1297
                return self.refused("InvalidParameterException", "User is already confirmed.")
            self.send(pool, user, codes.SIGN_UP, "email")
        return self.sent_to(self.attributes(user).get("email") or data["Username"])

    def admin_create_user(self, data: dict[str, Any]) -> Answer:
        pool, error = self.cognito._resolve_pool(data.get("UserPoolId"))
        error = error or self.attribute_error(pool, self.wanted(data), by_user=False)
        if not error and data.get("MessageAction") == "RESEND":
            error = self.invite_again(pool, data)
        return error or self.before["_admin_create_user"](data)

    def invite_again(self, pool: Pool, data: dict[str, Any]) -> Answer | None:
        """Sets a new temporary password for the invitation that is sent again:
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html.
        The error's text is from https://github.com/floci-io/floci/pull/755."""
        user, _ = self.cognito._resolve_user(pool, data.get("Username"))
        if user is None:
            return None
        if user.get("UserStatus") != "FORCE_CHANGE_PASSWORD":
            text = f"Resend not possible. {user['Username']} status is not FORCE_CHANGE_PASSWORD"
            return self.refused("UnsupportedUserStateException", text)
        password = data.get("TemporaryPassword") or self.cognito._generate_temp_password()
        error = self.cognito._validate_password(pool, password)
        if error is None:
            user["_password"] = password
        return error

    # ---- Passwords -----------------------------------------------------------------------------------------------

    def password_policy_errors(self, pool: Pool, password: str) -> list[str]:
        fault = values.password_fault(policy(pool), password)
        return [fault] if fault else []

    def reset_error(self, user: User) -> Answer | None:
        """The reason why Cognito cannot send this user a code for a password reset."""
        if not user.get("Enabled", True):
            return self.refused("NotAuthorizedException", "User is disabled.")
        if user.get("UserStatus") == "FORCE_CHANGE_PASSWORD":
            # https://repost.aws/knowledge-center/cognito-forgot-password. The text is from
            # https://github.com/aws-amplify/amplify-js/issues/1340
            return self.refused("NotAuthorizedException", "User password cannot be reset in the current state.")
        if self.attributes(user).get("email_verified") != "true":
            # https://github.com/amazon-archives/amazon-cognito-identity-js/issues/678
            text = "Cannot reset password for the user as there is no registered/verified email or phone_number"
            return self.refused("InvalidParameterException", text)
        return None

    def forgot_password(self, data: dict[str, Any]) -> Answer:
        """If a code cannot be sent, a client that hides whether accounts exist answers as if one had been sent:
        https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html"""
        pool, user = self.person(data)
        if not pool or not user:
            return self.before["_forgot_password"](data)
        error = self.reset_error(user)
        if error and not self.cognito._hides_user_existence(pool, data.get("ClientId")):
            return error
        if not error:
            self.send(pool, user, codes.RESET, "password")
        return self.sent_to(self.attributes(user).get("email") or data["Username"])

    def admin_reset_user_password(self, data: dict[str, Any]) -> Answer:
        pool, user, error = self.admins(data)
        error = error or self.reset_error(user)
        if error:
            return error
        user["UserStatus"] = "RESET_REQUIRED"
        user["UserLastModifiedDate"] = self.cognito._now_epoch()
        self.send(pool, user, codes.RESET, "password")
        return self.cognito.json_response({})

    def confirm_forgot_password(self, data: dict[str, Any]) -> Answer:
        pool, user = self.person(data)
        change = self.before["_confirm_forgot_password"]
        return self.with_history(pool, user, data.get("Password"), lambda: change(data))

    def change_password(self, data: dict[str, Any]) -> Answer:
        pool, user = self.person(data)
        # A caller who does not know the present password must not find out whether a password was used before.
        knows = user and data.get("PreviousPassword") == user.get("_password")
        new = data.get("ProposedPassword") if knows else None
        return self.with_history(pool, user, new, lambda: self.before["_change_password"](data))

    def admin_set_user_password(self, data: dict[str, Any]) -> Answer:
        pool, user, _ = self.admins(data)
        change = self.before["_admin_set_user_password"]
        return self.with_history(pool, user, data.get("Password"), lambda: change(data))

    def with_history(
        self, pool: Pool | None, user: User | None, new: str | None, change: Callable[[], Answer]
    ) -> Answer:
        """Changes a password, unless the pool's password history forbids it:
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html"""
        if not pool or not user:
            return change()
        passwords = [*user.get("_passwords", []), user.get("_password")]
        if new and values.is_used_before(policy(pool), passwords, new):
            return self.refused("PasswordHistoryPolicyViolationException", "Password has previously been used.")
        answer = change()
        if answer[0] == 200:
            user["_passwords"] = passwords[-24:]
        return answer

    # ---- Attributes ----------------------------------------------------------------------------------------------

    def fake_token(self, *positional: Any, **named: Any) -> str:
        """Gives an ID token the profile's `email_verified`. MiniStack says "true" if the profile has no value:
        https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html"""
        before = self.before[TOKEN]
        bound = inspect.signature(before).bind(*positional, **named)
        attributes = bound.arguments.get(TOKEN_ATTRIBUTES)
        if attributes and "email" in attributes:
            bound.arguments[TOKEN_ATTRIBUTES] = {"email_verified": "false", **attributes}
        return before(*bound.args, **bound.kwargs)

    def update_user_attributes(self, data: dict[str, Any]) -> Answer:
        user, pool = self.cognito._user_pool_for_access_token(data.get("AccessToken"))
        if not user:
            return self.before["_update_user_attributes"](data)
        error, deliveries = self.write(pool, user, self.wanted(data), by_user=True)
        return error or self.cognito.json_response({"CodeDeliveryDetailsList": deliveries})

    def admin_update_user_attributes(self, data: dict[str, Any]) -> Answer:
        pool, user, error = self.admins(data)
        error = error or self.write(pool, user, self.wanted(data), by_user=False)[0]
        return error or self.cognito.json_response({})

    def write(
        self, pool: Pool, user: User, wanted: dict[str, str], *, by_user: bool
    ) -> tuple[Answer | None, list[dict[str, Any]]]:
        """Writes all attributes or none. A new address that must be verified first stays pending. Any other new address
        is set at once and is unverified, unless an administrator says that it is verified.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html,
        https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html"""
        attributes = self.attributes(user)
        removed = [name for name, value in wanted.items() if not value]
        error = self.attribute_error(pool, wanted, by_user) or self.removal_error(pool, removed)
        # Writing the same value again changes nothing: https://github.com/amazon-archives/amazon-cognito-identity-js/issues/350
        new = [name for name in values.VERIFIABLE if wanted.get(name) and wanted[name] != attributes.get(name)]
        for name in new:
            error = error or self.taken_error(pool, user, name, wanted[name])
        if error:
            return error, []
        deliveries = []
        for name in new:
            user.get("_pending", {}).pop(name, None)
            codes.spend(user, codes.ATTRIBUTES[name])
            if not by_user and wanted.get(f"{name}_verified") == "true":
                continue
            if name == "email" and name in (pool.get("AutoVerifiedAttributes") or []):
                deliveries.append(self.send(pool, user, codes.ATTRIBUTES[name], name, wanted[name]))
            if name in must_be_verified_first(pool):
                user.setdefault("_pending", {})[name] = wanted.pop(name)
            else:
                wanted[f"{name}_verified"] = "false"
        written = {name: value for name, value in wanted.items() if value}
        self.set_attributes(user, without({**attributes, **written}, removed))
        return None, deliveries

    def delete_user_attributes(self, data: dict[str, Any]) -> Answer:
        """Adds the operation DeleteUserAttributes:
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserAttributes.html"""
        user, pool = self.cognito._user_pool_for_access_token(data.get("AccessToken"))
        if not user:
            return self.no_token()
        names = data.get("UserAttributeNames") or []
        error = self.attribute_error(pool, dict.fromkeys(names, ""), True) or self.removal_error(pool, names)
        if error:
            return error
        self.set_attributes(user, without(self.attributes(user), names))
        return self.cognito.json_response({})

    def get_user_attribute_verification_code(self, data: dict[str, Any]) -> Answer:
        """Sends a code also for an address that is already verified. That and the texts were seen at a real pool:
        https://github.com/floci-io/floci/pull/1898 and https://github.com/floci-io/floci/pull/2018"""
        user, pool = self.cognito._user_pool_for_access_token(data.get("AccessToken"))
        if not user:
            return self.no_token()
        name = data.get("AttributeName")
        if name not in values.VERIFIABLE:
            return self.not_verifiable()
        value = user.get("_pending", {}).get(name) or self.attributes(user).get(name)
        if not value:
            thing = "email address" if name == "email" else "phone number"
            return self.refused("InvalidParameterException", f"User does not have a valid registered {thing}")
        if name == "phone_number":
            # The local stack sends no codes that verify a number. The text is AWS's: https://github.com/aws-amplify/amplify-js/issues/166
            text = "Unable to send the message. User pool does not have SMS configuration to send messages."
            return self.refused("CodeDeliveryFailureException", text)
        details = self.send(pool, user, codes.ATTRIBUTES[name], name, value)
        return self.cognito.json_response({"CodeDeliveryDetails": details})

    def verify_user_attribute(self, data: dict[str, Any]) -> Answer:
        """Adds the operation VerifyUserAttribute:
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html"""
        user, pool = self.cognito._user_pool_for_access_token(data.get("AccessToken"))
        if not user:
            return self.no_token()
        name = data.get("AttributeName")
        if name not in values.VERIFIABLE:
            return self.not_verifiable()
        kind, pending = codes.ATTRIBUTES[name], user.get("_pending", {})
        error = self.cognito._code_error(codes.current(user, kind, time.time()), data.get("Code"))
        # Another user may have taken the address since the code was sent.
        error = error or (self.taken_error(pool, user, name, pending[name]) if name in pending else None)
        if error:
            return error
        codes.spend(user, kind)
        attributes = self.attributes(user)
        value = pending.pop(name, attributes.get(name))
        self.set_attributes(user, {**attributes, name: value, f"{name}_verified": "true"})
        return self.cognito.json_response({})

    def attribute_error(self, pool: Pool, wanted: dict[str, str], by_user: bool) -> Answer | None:
        if by_user and any(f"{name}_verified" in wanted for name in values.VERIFIABLE):
            # https://github.com/floci-io/floci/issues/2530
            return self.refused("InvalidParameterException", "Cannot modify the verification status of an attribute")
        schema = self.cognito._ensure_schema_attributes(pool)["SchemaAttributes"]
        if "sub" in wanted:
            return self.refused("InvalidParameterException", "Cannot modify the non-mutable attribute sub")
        fault = values.attribute_fault(schema, wanted)
        return self.refused("InvalidParameterException", fault) if fault else None

    def removal_error(self, pool: Pool, names: list[str]) -> Answer | None:
        """Refuses to remove an attribute that is required or that users sign in with."""
        schema = self.cognito._ensure_schema_attributes(pool)["SchemaAttributes"]
        required = {attribute["Name"] for attribute in schema if attribute.get("Required")}
        required.update(pool.get("UsernameAttributes") or [])
        for name in names:
            if name in required:
                text = f"Attributes did not conform to the schema: {name}: The attribute is required"
                return self.refused("InvalidParameterException", text)
        return None

    def taken_error(self, pool: Pool, user: User, name: str, value: str) -> Answer | None:
        """Refuses a value that another user already signs in with, verified or not.
        https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html (option 2),
        https://github.com/aws/aws-sdk-net/issues/4387 (Cognito refuses it when it is written)"""
        if name not in (pool.get("UsernameAttributes") or []):
            return None
        for other in pool["_users"].values():
            if other is not user and values.is_same(self.attributes(other).get(name), value, ignores_case(pool)):
                return self.refused("AliasExistsException", f"An account with the given {name} already exists.")
        return None

    # ---- Codes and responses -------------------------------------------------------------------------------------

    def send(self, pool: Pool, user: User, kind: codes.Kind, name: str, address: str | None = None) -> dict[str, Any]:
        """Mails a new code, which `/_ministack/ses/messages` shows, and returns the delivery details."""
        attributes = self.attributes(user)
        address = address or attributes.get("email")
        code = codes.issue(user, kind, time.time())
        to = {**attributes, "email": address}
        self.cognito._send_verification_email(pool, user["Username"], to, code, attribute_name=name)
        return {"Destination": values.masked(address or ""), "DeliveryMedium": "EMAIL", "AttributeName": "email"}

    def masked_destination(self, address: str) -> str:
        return values.masked(address or "")

    def sent_to(self, destination: str) -> Answer:
        return self.cognito._code_delivery_response(values.masked(destination))

    def admins(self, data: dict[str, Any]) -> tuple[Pool, User, Answer | None]:
        """The pool and user of an administrator's call. If there is an error, both are empty."""
        pool, error = self.cognito._resolve_pool(data.get("UserPoolId"))
        if error:
            return {}, {}, error
        user, error = self.cognito._resolve_user(pool, data.get("Username"))
        return pool, user or {}, error

    def wanted(self, data: dict[str, Any]) -> dict[str, str]:
        return self.cognito._attr_list_to_dict([{"Value": "", **given} for given in data.get("UserAttributes") or []])

    def refused(self, exception: str, text: str) -> Answer:
        return self.cognito.error_response_json(exception, text, 400)

    def wrong_code(self) -> Answer:
        return self.cognito._code_error("a code", "another")

    def no_token(self) -> Answer:
        return self.refused("NotAuthorizedException", "Invalid Access Token")

    def not_verifiable(self) -> Answer:
        text = "Invalid attribute name. Only phone_number and email can be verified."
        return self.refused("InvalidParameterException", text)


def policy(pool: Pool) -> dict[str, Any]:
    return (pool.get("Policies") or {}).get("PasswordPolicy") or {}


def ignores_case(pool: Pool) -> bool:
    """Whether user names are not case-sensitive. Case-sensitive is the API's default. A template's value may be
    text."""
    return str((pool.get("UsernameConfiguration") or {}).get("CaseSensitive", True)).lower() == "false"


def must_be_verified_first(pool: Pool) -> list[str]:
    return (pool.get("UserAttributeUpdateSettings") or {}).get("AttributesRequireVerificationBeforeUpdate") or []


def unverified(attributes: dict[str, str]) -> dict[str, str]:
    return {f"{name}_verified": "false" for name in values.VERIFIABLE if attributes.get(name)}


def without(attributes: dict[str, str], names: list[str]) -> dict[str, str]:
    gone = {*names, *(f"{name}_verified" for name in names)}
    return {name: value for name, value in attributes.items() if name not in gone}
