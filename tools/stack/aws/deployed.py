"""The state of the stack before a deploy, parsed from the result of account.py. It must make no calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# With these statuses CloudFormation returns the parameters that the stack runs with. Which parameters it returns after
# a rollback is not documented, so those are not used.
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
# The stack runs, but its last change was rolled back.
ROLLED_BACK = ("UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")
# A stack without resources. sam creates a stack from it as if there were none (samcli/lib/deploy/deployer.py,
# has_stack).
EMPTY = "REVIEW_IN_PROGRESS"
# The first deploy failed and its resources were deleted again. Such a stack can only be deleted.
NEVER_RAN = "ROLLBACK_COMPLETE"
VERSION = re.compile(r":function:[^:]+:([0-9]+)$")


@dataclass(frozen=True)
class Deployed:
    id: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    # Logical id to type and physical id.
    resources: Mapping[str, tuple[str, str]]
    # The version that each function's alias `live` points to; None if the function has no alias.
    aliases: Mapping[str, str | None]

    @property
    def api_id(self) -> str:
        return self.resources.get("Api", ("", ""))[1]

    @property
    def revision(self) -> str:
        """The revision that a deploy of unchanged functions may keep; empty if it needs a new one."""
        return self.parameters.get("Revision", "") if self.status in GOOD and not self.moved else ""

    @property
    def moved(self) -> list[str]:
        """The functions whose alias points to another version than CloudFormation has set: somebody has moved it, with
        --back or by hand."""
        found = []
        for name, (kind, physical) in self.resources.items():
            function = re.sub(r"Version[0-9a-f]{10}$", "", name)
            version = VERSION.search(physical)
            alias = self.aliases.get(function)
            if kind == "AWS::Lambda::Version" and version and alias and alias != version[1]:
                found.append(function)
        return sorted(found)


def parse(answer: Mapping[str, Any] | None) -> Deployed | None:
    """Parses the output of account.py. A stack without resources counts as none."""
    if answer is None or answer["status"] == EMPTY:
        return None
    resources = {name: (kind, physical) for name, (kind, physical) in answer["resources"].items()}
    return Deployed(
        answer["id"], answer["status"], answer["parameters"], answer["outputs"], resources, answer["aliases"]
    )
