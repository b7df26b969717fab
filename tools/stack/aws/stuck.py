"""The stack statuses in which CloudFormation accepts no update: what each means, and the commands that resolve it.

The statuses are those of https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html. This
file must not run any of the commands: a person has to look at the cause first.
"""

from collections.abc import Mapping

from stack.aws.deployed import GOOD, NEVER_RAN, ROLLED_BACK, Deployed
from stack.run.failure import Failure

# A line with this prefix is a command of `aws cloudformation` for this stack; the others are text.
COMMAND = "$ "
LOOK = "$ describe-stack-events"
DELETE = ("$ delete-stack", "$ wait stack-delete-complete")
UNPROTECT = (
    "AWS does not delete a protected pool or table. Those of a stack that never ran are empty, so you can unprotect"
    " them:",
    "  aws cognito-idp update-user-pool --user-pool-id ID --deletion-protection INACTIVE",
    "  aws dynamodb update-table --table-name NAME --no-deletion-protection-enabled",
)
BUSY = (
    "somebody else, or a deploy that was stopped on this machine, has started a change that is not finished.",
    "Wait until it has finished, and deploy again. If the status is UPDATE_IN_PROGRESS, you can cancel the update:",
    "$ cancel-update-stack",
)
WAYS_OUT: Mapping[str, tuple[str, ...]] = {
    "DELETE_IN_PROGRESS": ("it is being deleted.", "Wait, and deploy again:", "$ wait stack-delete-complete"),
    "ROLLBACK_FAILED": (
        "the first deploy failed, and not all of its resources could be deleted. The stack never ran.",
        "Find the cause, resolve it, delete the stack, and deploy again:",
        LOOK,
        *DELETE,
        *UNPROTECT,
        "If a resource cannot be deleted at all, delete the stack without it once the status is DELETE_FAILED:",
        "$ delete-stack --deletion-mode FORCE_DELETE_STACK",
    ),
    "CREATE_FAILED": (
        "the first deploy failed, with rollback switched off. The stack never ran.",
        "Delete it, and deploy again:",
        *DELETE,
        *UNPROTECT,
    ),
    "DELETE_FAILED": (
        "somebody deleted it, and not all of it could be deleted.",
        "Find the cause, and finish the deletion before you deploy:",
        LOOK,
        *DELETE,
    ),
    "UPDATE_ROLLBACK_FAILED": (
        "a change failed, and its rollback failed too.",
        "Find the cause, resolve it, continue the rollback, and deploy again:",
        LOOK,
        "$ continue-update-rollback",
        "$ wait stack-rollback-complete",
        "If a resource can never be rolled back, skip it (--resources-to-skip ID) and correct it yourself"
        " afterwards.",
    ),
    "UPDATE_FAILED": (
        "a change failed, with rollback switched off.",
        "Roll it back, and deploy again:",
        "$ rollback-stack",
        "$ wait stack-rollback-complete",
    ),
    "IMPORT_ROLLBACK_FAILED": ("an import failed, and its rollback failed too.", "Find the cause:", LOOK),
}


def require_deployable(found: Deployed, name: str, region: str) -> None:
    """Refuses a stack that CloudFormation would not update, and says how to resolve that."""
    if found.status in (*GOOD, *ROLLED_BACK, NEVER_RAN):
        return
    unknown = ("scripts/deploy does not know this status.", "Look at the stack:", "$ describe-stacks")
    busy = BUSY if found.status.endswith("_IN_PROGRESS") else unknown
    meaning, *lines = WAYS_OUT.get(found.status, busy)
    raise Failure(f"{name} is {found.status}: {meaning}", "\n".join(written_out(line, name, region) for line in lines))


def written_out(line: str, name: str, region: str) -> str:
    if not line.startswith(COMMAND):
        return line
    verb, _, options = line.removeprefix(COMMAND).partition(" --")
    return f"  aws cloudformation {verb} --stack-name {name} --region {region}{options and f' --{options}'}"
