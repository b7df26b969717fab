"""Which parameters a deploy gives the stack, from those of the configuration and the stack as it is.

Pure: a look at AWS comes in as a `Deployed`, and what is to be said goes out as notes. It must not know what the
account has beside the stack.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stack.aws import slots
from stack.aws.deployed import Deployed


@dataclass(frozen=True)
class Protection:
    """A switch that keeps a resource from being deleted: its value for off, the resource, and the parameter that is
    empty as long as the stack makes that resource."""

    parameter: str
    off: str
    resource: str
    unless: str


# A protected resource cannot be taken away again when the deploy that makes it fails: the rollback would fail too, and
# the stack be of no use any more. So it is made without, and protected as soon as it is there.
PROTECTIONS = (
    Protection("PoolDeletionProtection", "INACTIVE", "UserPool", "ExistingUserPoolId"),
    Protection("TableDeletionProtection", "false", "OrdersTable", "ExistingOrdersTable"),
)


@dataclass(frozen=True)
class Plan:
    """The parameters of a deploy, and those that are set once more after it has come to its end."""

    parameters: Mapping[str, str]
    later: Mapping[str, str]
    notes: tuple[str, ...]


def make(wanted: Mapping[str, str], found: Deployed | None, now: bool) -> Plan:
    """The plan for the wanted parameters. `now`: without CodeDeploy."""
    # What a deploy does not name keeps its value, and the last one may have been without.
    parameters = {"CodeDeploy": "true", **wanted}
    notes: list[str] = []
    if found is not None:
        forgotten = of_another_client(parameters, found.parameters)
        notes += [FORGOTTEN[name] for name in forgotten if name not in wanted and may_be_one(name, found.parameters)]
        parameters = {**forgotten, **parameters}
        parameters |= placed(parameters, found, notes)
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


def of_another_client(wanted: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Another client has another secret: one that was given for the client before would stay otherwise."""

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


def may_be_one(name: str, before: Mapping[str, str]) -> bool:
    """Whether the stack may have had this secret. Of such a parameter CloudFormation tells asterisks alone (NoEcho).
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    own = not before.get("ExistingUserPoolId")
    used = own and before.get("ClientSecret") == "true" if name == "ClientSecretValue" else not own
    return used and bool(before.get(name))


def placed(wanted: Mapping[str, str], found: Deployed, notes: list[str]) -> dict[str, str]:
    """Groups, scopes and the resource server in the places that they have. Another pool has nothing to clash with, but
    for the domain, whose name is the stack's."""
    before = found.parameters
    if wanted.get("ExistingUserPoolId"):
        return {}
    if before.get("ExistingUserPoolId"):
        if wanted.get("ResourceServerIdentifier", slots.FREE) != slots.FREE:
            notes.append(DOMAIN_AGAIN)
        return {}
    placed = {}
    if "Groups" in before and "Groups" in wanted:
        groups = slots.keep(slots.names(wanted["Groups"]), slots.names(before["Groups"]))
        placed["Groups"] = str(groups)
        notes += [KEPT.format(group=group) for group in groups.kept]
        notes += [DROPPED.format(group=group) for group in groups.dropped]
    if "ResourceServerScopes" in before and "ResourceServerScopes" in wanted:
        old, new = slots.names(before["ResourceServerScopes"]), slots.names(wanted["ResourceServerScopes"])
        placed["ResourceServerScopes"] = str(slots.keep(new, old, remember=False))
    server = before.get("ResourceServerIdentifier", slots.FREE)
    if wanted.get("ResourceServerIdentifier") == slots.FREE != server:
        placed["ResourceServerIdentifier"] = server
        notes.append(SERVER.format(server=server))
    if "ResourceServer" in found.resources and "UserPoolDomain" not in found.resources:
        notes.append(DOMAIN)
    return placed


FORGOTTEN = {
    "ClientSecretValue": (
        "note  The app client is another one, so the stack forgets ClientSecretValue, if it had one: a later secret"
        " that was given for the client before."
    ),
    "ExistingUserPoolClientSecret": (
        "note  The first app client is another one, so the stack forgets ExistingUserPoolClientSecret, if it had one."
        " If the new one has a secret, give it with --parameters."
    ),
}
KEPT = (
    "note  The group {group} is not in config.json any more. It stays in the user pool with its members, and in the"
    " stack, so that it can be added again."
)
DROPPED = (
    "note  The group {group} leaves the stack: its place is needed. It stays in the user pool with its members, who"
    " keep it in their tokens. To add it again, delete it there first: aws cognito-idp delete-group --user-pool-id POOL"
    " --group-name {group}"
)
SERVER = (
    "note  The resource server {server} is not in config.json any more. It stays in the user pool without scopes, so"
    " that it can be added again."
)


# Up to then it came and went with the scope `read`, and its name is the same each time.
DOMAIN = (
    "note  The user pool gets its domain. If it has one already, left behind when the scope `read` was taken out,"
    " delete that first: aws cognito-idp delete-user-pool-domain --user-pool-id POOL --domain DOMAIN"
)
DOMAIN_AGAIN = (
    "note  The stack makes a user pool with a domain. If the stack had one before, that one keeps the domain, whose"
    " name is the same each time, and this deploy fails. Either delete the domain there first (aws cognito-idp"
    " delete-user-pool-domain --user-pool-id POOL --domain DOMAIN), or use that pool: userPool.id of config.json."
)


def moved_note(functions: list[str]) -> str:
    return (
        f"note  The alias of {', '.join(functions)} points elsewhere than the stack left it (scripts/deploy --back)."
        " Every function gets a new version, and the aliases go to it at once: CodeDeploy might begin at the version"
        " that was left."
    )
