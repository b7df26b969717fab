"""Runs account.py, which has boto3, for the scripts, and turns its failures into advice for a person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.aws import deployed
from stack.root import program
from stack.run.failure import Failure
from stack.run.processes import Processes

# These commands report a missing right in their result, so a failure has another cause.
ANY = "call AWS at all"


@dataclass(frozen=True)
class Account:
    """The AWS account and region that the environment selects."""

    # The `bin` folder of the tools' Python environment.
    tools: Path
    logs: Path
    env: Mapping[str, str]
    processes: Processes

    def stack(self, name: str) -> deployed.Deployed | None:
        rights = "cloudformation:DescribeStacks, cloudformation:ListStackResources and lambda:GetAlias"
        return deployed.parse(self._ask("AWS did not answer for this stack.", rights, "stack", name))

    def log_role(self) -> tuple[str | None, bool | None]:
        """The role for API Gateway's logs, if the account has one set, and whether it exists: None if the credentials
        have no right to look it up."""
        answer = self._ask("AWS did not answer for this account.", "apigateway:GET on /account", "log-role")
        return answer["role"], answer["there"]

    def remove(self, stack: deployed.Deployed) -> None:
        self._ask(
            "the stack of the failed first deploy could not be deleted.",
            "cloudformation:DeleteStack",
            "remove",
            stack.id,
        )

    def kept(self, name: str) -> set[str]:
        """The resources that stay when the stack is deleted, by its own template."""
        return set(self._ask("the stack's own template could not be read.", "cloudformation:GetTemplate", "kept", name))

    def back(self, name: str) -> Mapping[str, Any]:
        rights = "cloudformation:DescribeStacks, cloudformation:ListStackResources and lambda:ListVersionsByFunction"
        answer: Mapping[str, Any] = self._ask("AWS did not answer for this stack.", rights, "back", name)
        return answer

    def mail(self, region: str, identity: str, configuration_set: str) -> Mapping[str, Any]:
        """The state of Amazon SES. In this and the next two results, `unknown` lists what could not be read."""
        failed = "the calls to Amazon SES failed."
        answer: Mapping[str, Any] = self._ask(failed, ANY, "mail", region, identity, configuration_set)
        return answer

    def sms(self, region: str) -> Mapping[str, Any]:
        failed = "the calls about text messages failed."
        answer: Mapping[str, Any] = self._ask(failed, ANY, "sms", region)
        return answer

    def pool(self, region: str, pool_id: str) -> Mapping[str, Any]:
        failed = "the calls about the user pool failed."
        answer: Mapping[str, Any] = self._ask(failed, ANY, "pool", region, pool_id)
        return answer

    def existing_pool(self, gatehouse: Path, config: Path, pool: str, clients: str) -> Mapping[str, Any]:
        """The result of `gatehouse pool check`. The exit code says nothing here: it is also 1 if the check ran and
        found a problem."""
        argv = [str(gatehouse), "pool", "check", "--json", "--config", str(config), "--user-pool-id", pool]
        argv += ["--client-id", clients] if clients else []
        _, text, log = self._run("pool-check", argv)
        if not text:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            said = next((line for line in reversed(lines) if line.startswith("error: ")), "")
            raise Failure(f"the user pool could not be read. {said.removeprefix('error: ')}".rstrip(), "", log)
        answer: Mapping[str, Any] = json.loads(text)
        return answer

    def _ask(self, refused: str, rights: str, *command: str) -> Any:
        code, text, log = self._run(
            f"ask-{command[0]}", [str(self.tools / "python"), *program("aws.account"), *command]
        )
        if code != 0:
            raise Failure(refused, f"Check the credentials (--profile), the region, and the right to {rights}.", log)
        return json.loads(text)

    def _run(self, name: str, argv: list[str]) -> tuple[int, str, Path]:
        """The exit code, what was printed, and the log."""
        # The output goes to a file: a pipe that nobody reads yet could be too small for a stack's resources.
        answer, log = self.logs / f"{name}.json", self.logs / f"{name}.log"
        with open(answer, "wb") as output:
            code = self.processes.run(argv, log, self.env, stdout=output)
        return code, answer.read_text(encoding="utf-8"), log
