"""The statuses of a stack in which CloudFormation takes no change: what each means, and the commands that lead out.

The statuses are those of https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html. It must
not run any of the commands: what stands in the way is for a person to look at.
"""

from collections.abc import Mapping

from stack.aws.deployed import GOOD, NEVER_RAN, TAKEN_BACK, Deployed
from stack.run.failure import Failure

# A line that begins so is a command of `aws cloudformation` for this stack; the others are for the reader.
COMMAND = "$ "
LOOK = "$ describe-stack-events"
DELETE = ("$ delete-stack", "$ wait stack-delete-complete")
UNPROTECT = (
    "A protected pool or table refuses to be deleted; those of a stack that never ran hold nothing:",
    "  aws cognito-idp update-user-pool --user-pool-id ID --deletion-protection INACTIVE",
    "  aws dynamodb update-table --table-name NAME --no-deletion-protection-enabled",
)
BUSY = (
    "a change is under way, begun elsewhere or by a deploy that was stopped here.",
    "Wait until it has ended, and deploy again. What is UPDATE_IN_PROGRESS and should not go on is taken back by:",
    "$ cancel-update-stack",
)
WAYS_OUT: Mapping[str, tuple[str, ...]] = {
    "DELETE_IN_PROGRESS": ("it is being deleted.", "Wait, and deploy again:", "$ wait stack-delete-complete"),
    "ROLLBACK_FAILED": (
        "the first deploy failed, and what it had made could not all be taken away. The stack never ran.",
        "See what is in the way, take that out of the way, delete the stack, and deploy again:",
        LOOK,
        *DELETE,
        *UNPROTECT,
        "What cannot be deleted at all can be left behind, once the stack is DELETE_FAILED:",
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
        "See what is in the way, and bring the deletion to its end before you deploy:",
        LOOK,
        *DELETE,
    ),
    "UPDATE_ROLLBACK_FAILED": (
        "a change failed, and taking it back failed too.",
        "See what is in the way, take that out of the way, let the rollback go on, and deploy again:",
        LOOK,
        "$ continue-update-rollback",
        "$ wait stack-rollback-complete",
        "A resource that can never be taken back can be skipped (--resources-to-skip ID), and is then yours to set"
        " right.",
    ),
    "UPDATE_FAILED": (
        "a change failed, with rollback switched off.",
        "Take it back, and deploy again:",
        "$ rollback-stack",
        "$ wait stack-rollback-complete",
    ),
    "IMPORT_ROLLBACK_FAILED": ("an import failed, and taking it back failed too.", "See what is in the way:", LOOK),
}


def require_deployable(found: Deployed, name: str, region: str) -> None:
    """Refuses a stack that CloudFormation would not change, with the way out."""
    if found.status in (*GOOD, *TAKEN_BACK, NEVER_RAN):
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
