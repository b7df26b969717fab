"""Computes the parameters of a deploy from those of the configuration and the present stack.

This file makes no calls: it gets the present stack as a `Deployed` and returns messages as notes. It must not know what
the account has beside the stack.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stack.aws import slots
from stack.aws.deployed import Deployed


@dataclass(frozen=True)
class Protection:
    """A parameter that protects a resource from deletion: its value for off, the resource, and the parameter `unless`,
    which is empty as long as the stack makes that resource."""

    parameter: str
    off: str
    resource: str
    unless: str


# CloudFormation cannot delete a protected resource. If the deploy that makes one failed, the rollback would fail too
# and the stack would be unusable. So the resource is made without protection and protected in a second deploy.
PROTECTIONS = (
    Protection("PoolDeletionProtection", "INACTIVE", "UserPool", "ExistingUserPoolId"),
    Protection("TableDeletionProtection", "false", "OrdersTable", "ExistingOrdersTable"),
)


@dataclass(frozen=True)
class Plan:
    """The parameters of a deploy, those of a second deploy after it, and the notes for a person."""

    parameters: Mapping[str, str]
    later: Mapping[str, str]
    notes: tuple[str, ...]


def make(wanted: Mapping[str, str], found: Deployed | None, now: bool) -> Plan:
    """Makes the plan for the wanted parameters. `now` means without CodeDeploy."""
    # A parameter that a deploy does not name keeps its value, and the last deploy may have set this one to false.
    parameters = {"CodeDeploy": "true", **wanted}
    notes: list[str] = []
    if found is not None:
        cleared = cleared_secrets(parameters, found.parameters)
        notes += [CLEARED[name] for name in cleared if name not in wanted and may_have(name, found.parameters)]
        parameters = {**cleared, **parameters}
        parameters |= in_slots(parameters, found, notes)
        if found.moved:
            notes.append(moved_note(found.moved))
    if now or (found is not None and found.moved):
        parameters["CodeDeploy"] = "false"
    later = {
        each.parameter: parameters[each.parameter]
        for each in PROTECTIONS
        if parameters.get(each.parameter, each.off) != each.off
        and not parameters.get(each.unless)
        and (found is None or each.resource not in found.resources)
    }
    parameters |= {each.parameter: each.off for each in PROTECTIONS if each.parameter in later}
    return Plan(parameters, later, tuple(notes))


def cleared_secrets(wanted: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Empties the secret of an app client that is replaced. Otherwise the new client would get the old one's secret."""

    def changes(name: str, part: Callable[[str], str] = str) -> bool:
        return name in before and part(wanted.get(name, before[name])) != part(before[name])

    other_pool = changes("ExistingUserPoolId")
    found = {}
    if other_pool or changes("ClientSecret"):
        found["ClientSecretValue"] = ""
    if other_pool or changes("ExistingUserPoolClientId", first):
        found["ExistingUserPoolClientSecret"] = ""
    return found


def first(clients: str) -> str:
    """The app client that has the secret."""
    return clients.partition(",")[0]


def may_have(name: str, before: Mapping[str, str]) -> bool:
    """Whether the stack may have this secret. CloudFormation returns only asterisks for such a parameter (NoEcho).
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    own = not before.get("ExistingUserPoolId")
    used = own and before.get("ClientSecret") == "true" if name == "ClientSecretValue" else not own
    return used and bool(before.get(name))


def in_slots(wanted: Mapping[str, str], found: Deployed, notes: list[str]) -> dict[str, str]:
    """Groups, scopes and the resource server in the slots that they already have. In another pool only the domain can
    clash, because its name comes from the stack."""
    before = found.parameters
    if wanted.get("ExistingUserPoolId"):
        return {}
    if before.get("ExistingUserPoolId"):
        if wanted.get("ResourceServerIdentifier", slots.FREE) != slots.FREE:
            notes.append(DOMAIN_AGAIN)
        return {}
    slotted = {}
    if "Groups" in before and "Groups" in wanted:
        groups = slots.keep(slots.names(wanted["Groups"]), slots.names(before["Groups"]))
        slotted["Groups"] = str(groups)
        notes += [KEPT.format(group=group) for group in groups.kept]
        notes += [DROPPED.format(group=group) for group in groups.dropped]
    if "ResourceServerScopes" in before and "ResourceServerScopes" in wanted:
        old, new = slots.names(before["ResourceServerScopes"]), slots.names(wanted["ResourceServerScopes"])
        slotted["ResourceServerScopes"] = str(slots.keep(new, old, remember=False))
    server = before.get("ResourceServerIdentifier", slots.FREE)
    if wanted.get("ResourceServerIdentifier") == slots.FREE != server:
        slotted["ResourceServerIdentifier"] = server
        notes.append(SERVER.format(server=server))
    if "ResourceServer" in found.resources and "UserPoolDomain" not in found.resources:
        notes.append(DOMAIN)
    return slotted


CLEARED = {
    "ClientSecretValue": (
        "note  The app client is replaced, so the stack's ClientSecretValue is cleared if it has one: it is a secret of"
        " the previous client."
    ),
    "ExistingUserPoolClientSecret": (
        "note  The first app client has changed, so the stack's ExistingUserPoolClientSecret is cleared if it has one."
        " If the new client has a secret, pass it with --parameters."
    ),
}
KEPT = (
    "note  config.json no longer has the group {group}. The group stays in the stack and, with its members, in the user"
    " pool, so that you can add it again."
)
DROPPED = (
    "note  The group {group} leaves the stack, because another group needs its slot. It stays in the user pool with its"
    " members, who keep it in their tokens. To add it again, delete it in the pool first: aws cognito-idp delete-group"
    " --user-pool-id POOL --group-name {group}"
)
SERVER = (
    "note  config.json no longer has the resource server {server}. It stays in the user pool without scopes, so that"
    " you can add it again."
)


# Older templates made and deleted the domain together with the scope `read`, always with the same name.
DOMAIN = (
    "note  This deploy gives the user pool a domain. If the pool already has one from an earlier deploy with the scope"
    " `read`, delete it first: aws cognito-idp delete-user-pool-domain --user-pool-id POOL --domain DOMAIN"
)
DOMAIN_AGAIN = (
    "note  The stack makes a user pool with a domain. If the stack has made a pool before, that pool still has the"
    " domain of this name, and this deploy fails. Either delete that domain first (aws cognito-idp"
    " delete-user-pool-domain --user-pool-id POOL --domain DOMAIN), or use that pool: userPool.id of config.json."
)


def moved_note(functions: list[str]) -> str:
    return (
        f"note  The alias of {', '.join(functions)} was moved after the last deploy (scripts/deploy --back). So this"
        " deploy gives every function a new version and moves the aliases at once, without CodeDeploy: it might start"
        " from the version that was rolled back."
    )
