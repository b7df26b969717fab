"""scripts/deploy: from config.json and a stage's overlay to a running stack that was asked whether it works.

The steps are those of deployment.py, which scripts/local takes too. Where AWS is comes from the environment: with
AWS_ENDPOINT_URL on this machine, the stack goes to the MiniStack there. It must not keep credentials.
"""

import argparse
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from stack.aws import artifact, back, brought, client_secret, plan, release, shifting, smoke, stuck, tags
from stack.aws.asking import Account
from stack.aws.consequences import consequences, require_consent
from stack.aws.deployed import NEVER_RAN, Deployed
from stack.aws.options import parse, region_of, stack_name
from stack.aws.plan import Plan
from stack.aws.release import Release
from stack.build.deployment import Deployment, Place
from stack.emulator import ministack
from stack.pool import existing_pool, needs
from stack.root import ROOT
from stack.run import runner
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State
from stack.run.tools import Tools


def main(argv: list[str]) -> int:
    options = parse(argv)
    progress = Progress()
    try:
        about = artifact.read_about(options.artifact) if options.artifact else None
    except Failure as failure:
        progress.note(failure.render())
        return failure.code
    name = about.stack if about else stack_name(options)
    # Going back must not wait for a deploy of this folder, nor take its logs away.
    state = State(ROOT / ".local" / ("back" if options.back else "deploy") / name)
    busy = Failure(f"{name} is being deployed from this folder already.", "Wait for it, or stop it with Ctrl-C.")
    stopped = "Stopped. What CloudFormation has begun goes on; look at it before the next deploy."

    def work(processes: Processes) -> int:
        if options.install_tools:
            Tools(ROOT / ".venv").ensure("sam", processes, progress)
            return 0
        if options.back:
            return back.move(options, name, state, processes, progress)
        if about:
            return roll_out(options, release.unpack(options, about, state, progress), processes, progress)
        return roll_out(options, release.prepare(options, name, state, processes, progress), processes, progress)

    return runner.run(state, busy, progress, work, stopped=stopped)


def roll_out(options: argparse.Namespace, what: Release, processes: Processes, progress: Progress) -> int:
    """Builds, unless that was done elsewhere, and deploys, unless that is done elsewhere."""
    what = release.with_given(what, options)
    now = {"CodeDeploy": "false"} if options.now else {}
    shifting.check({**what.parameters, **now}, options.within)
    arguments = tags.arguments(what.config)
    if options.build:
        what = release.settled(what, {})
        release.build(what, processes, progress)
        with progress.step(f"Write {options.build.name}"):
            checksum = release.pack(options.build, what, processes)
        print(f"{checksum}  {options.build}", flush=True)
        return 0
    account = Account(what.tools, what.place.logs, what.place.env, processes)
    # Before the build, so that nobody waits for one in vain.
    said: set[str] = set()
    asked = what
    found, what, ahead = looked_at(options, asked, account, progress, said)
    if options.artifact:
        release.check(what, progress)
    else:
        release.build(what, processes, progress)
        # That took minutes, in which somebody may have gone back, deployed, or begun to.
        found, what, ahead = looked_at(options, replace(asked, built_for=what.built_for), account, progress, said)
    deployment = Deployment(what.place, processes, progress)
    outputs = bring(options, what, deployment, found, ahead, arguments, progress)
    return finish(options, what, outputs, found is None, processes, progress)


def looked_at(
    options: argparse.Namespace, asked: Release, account: Account, progress: Progress, said: set[str]
) -> tuple[Deployed | None, Release, Plan]:
    """The stack as it is, what is deployed to it, and how. Notes that are among those `said` are not printed again."""
    found = look(asked, account, progress)
    what = release.settled(asked, found.parameters if found else {})
    return found, what, planned(options, what, found, account, progress, said)


def look(what: Release, account: Account, progress: Progress) -> Deployed | None:
    """The stack, if there is one that ever ran and that can be changed."""
    place = what.place
    with progress.step("Look at the stack"):
        found = account.stack(place.stack_name)
        if found is not None:
            stuck.require_deployable(found, place.stack_name, place.region)
    if found is None or found.status != NEVER_RAN:
        return found
    progress.note(
        f"note  The first deploy of {place.stack_name} failed, and all that it made was taken away. CloudFormation"
        f" changes no such stack ({NEVER_RAN}), which never ran: its name is deleted, and this is a first deploy again."
    )
    with progress.step("Delete what is left of the first deploy"):
        account.remove(found)
    return None


def planned(
    options: argparse.Namespace, what: Release, found: Deployed | None, account: Account, progress: Progress,
    said: set[str],
) -> Plan:
    """The parameters, after everything that somebody should know was said, and agreed to where it must be."""
    ahead = plan.make(what.parameters, found, options.now)
    brought.require(ahead.parameters, found.parameters if found else {})
    say(ahead.notes, said, progress)
    if found is not None:
        ends = consequences(found.parameters, ahead.parameters, found.outputs)
        say([f"note  {consequence.text}" for consequence in ends], said, progress)
        require_consent(ends, options.consents)
    if what.port is None:
        name, region = f"{what.stage} {what.place.stack_name}", what.place.region
        def tell(notes: Iterable[str]) -> None:
            say(notes, said, progress)

        needs.look(ahead.parameters, found, name, region, account, progress, tell)
        existing_pool.look(ahead.parameters, found, what, account, progress, tell)
    known, later = {}, dict(ahead.later)
    if what.port is None and "ApiId" not in ahead.parameters and names_itself(what.config):
        known["ApiId"] = found.api_id if found else ""
    logs = what.config.get("operations", {}).get("accessLogs", True)
    if what.port is None and "GatewayLogRole" not in ahead.parameters and logs:
        missing = not has_log_role(account, progress, said)
        if missing and found is not None and "GatewayLogWriter" in found.resources:
            # It is `true` already, and nothing would be made. What the stack gives up stays (DeletionPolicy), so
            # nothing is lost by it, and what the stage is told of its logs is the same either way.
            say([GIVEN_UP], said, progress)
            later["GatewayLogRole"], missing = "true", False
        known["GatewayLogRole"] = "true" if missing else "false"
    return replace(ahead, parameters={**known, **ahead.parameters}, later=later)


GIVEN_UP = (
    "note  The stack gives up the role that it made before, which CloudFormation takes to be there, and makes another"
    " in a second deploy, right after this one."
)


def say(notes: Iterable[str], said: set[str], progress: Progress) -> None:
    """Prints each note that was not said before."""
    for note in notes:
        if note not in said:
            progress.note(note)
            said.add(note)


def names_itself(config: Mapping[str, Any]) -> bool:
    """Whether a part of the API holds its own address, which without a domain has the id in it that the API gets from
    API Gateway: CloudFormation has it only once the API is there."""
    api = config.get("api", {})
    return bool(api.get("resourceMetadata")) and not api.get("domain")


def has_log_role(account: Account, progress: Progress, said: set[str]) -> bool:
    """Whether API Gateway has a role with which it may write logs in this account and region."""
    with progress.step("Ask whether API Gateway may write logs in this account"):
        role, there = account.log_role()
    if role and there is False:
        say(
            [f"note  {role}, with which API Gateway writes logs in this account, is gone. The stack makes another."],
            said,
            progress,
        )
    if role and there is None:
        say([f"note  {role} could not be looked at (iam:GetRole). It is taken to be there."], said, progress)
    return bool(role) and there is not False


def bring(
    options: argparse.Namespace, what: Release, deployment: Deployment, found: Deployed | None, ahead: Plan,
    arguments: list[str], progress: Progress,
) -> dict[str, str]:
    """Deploys, and once more what can only be set afterwards; the outputs of the stack."""
    # What sam is told in a moment may be nothing that is deployed, so each function gets a version in any case.
    same = found.revision if found and not options.guided else ""
    values = deployment.revised(ahead.parameters, same)
    try:
        (deployment.deploy_guided if options.guided else deployment.deploy)(values, arguments)
    except Failure as failure:
        raise after_a_move(failure, found) from failure
    outputs = deployment.outputs()
    later = dict(ahead.later)
    if what.port is None and values.get("ApiId", api_id(outputs)) != api_id(outputs):
        later["ApiId"] = api_id(outputs)
    if later:
        once_more(options, what.place.stack_name, deployment, {**values, **later}, later, arguments, progress)
    return outputs


def after_a_move(failure: Failure, found: Deployed | None) -> Failure:
    """A rollback leaves aliases where CloudFormation knows them, which is not where somebody had moved them to."""
    if found is None or not found.moved:
        return failure
    advice = (
        "Aliases may lead to the version again that they were moved away from. If so: scripts/deploy --back, again."
    )
    return Failure(failure.message, f"{failure.advice}\n{advice}", failure.log, failure.code)


def api_id(outputs: Mapping[str, str]) -> str:
    """The id of the API whose address is in the outputs (https://ID.execute-api.REGION.../STAGE)."""
    return (urlsplit(outputs["ApiUrl"]).hostname or "").partition(".")[0]


WHY = {
    "ApiId": "its 401 can name its metadata",
    "GatewayLogRole": "API Gateway has a role to write logs with",
    "PoolDeletionProtection": "its user pool is protected from deletion",
    "TableDeletionProtection": "its table is protected from deletion",
}


def once_more(
    options: argparse.Namespace, name: str, deployment: Deployment, values: Mapping[str, str], later: Mapping[str, str],
    arguments: list[str], progress: Progress,
) -> None:
    """The second deploy, with what could not be set in the first."""
    why = ", and ".join(reason for parameter, reason in WHY.items() if parameter in later)
    if options.guided:
        # The answers that sam was given are not ours to repeat.
        settings = ", ".join(f"{parameter}={value}" for parameter, value in later.items())
        progress.note(f"note  Not all could be set at once. Deploy again, with {settings}, so that {why}.")
        return
    progress.note(f"note  {name} is deployed once more, so that {why}.")
    try:
        deployment.deploy(values, arguments)
    except Failure as failure:
        raise Failure(
            f"{name} runs, but the second deploy did not succeed, after which {why}.",
            f"{failure.advice} The next scripts/deploy does what is missing.", failure.log, failure.code,
        ) from failure


def finish(
    options: argparse.Namespace, what: Release, outputs: Mapping[str, str], is_first: bool, processes: Processes,
    progress: Progress,
) -> int:
    """Prints the outputs, and asks the API whether its gate is in force."""
    url = base_url(what, outputs)
    for output, value in {**outputs, "ApiUrl": url if what.port else outputs["ApiUrl"]}.items():
        print(f"{output:<18} {value}", flush=True)
    if options.no_smoke:
        return 0
    name, place = what.place.stack_name, what.place
    client = outputs["UserPoolClientId"].partition(",")[0]
    known = {"STACK_NAME": name, "USER_POOL_ID": outputs["UserPoolId"], "USER_POOL_CLIENT_ID": client}
    try:
        with client_secret.at_hand(place, what.config, what.tools, processes) as secret:
            env = {**place.env, **known, **secret}
            target = smoke.Target(url, what.gatehouse, env, place.logs, what.file, outputs.get("ApiKeyId", ""))
            said = smoke.run(target, processes, progress)
    except Failure as failure:
        raise though_live(failure, options, place, is_first) from failure
    progress.note(f"{name} is deployed, and {said}.")
    return 0


def though_live(failure: Failure, options: argparse.Namespace, place: Place, is_first: bool) -> Failure:
    """The failure of a smoke test. It comes after the deploy: what did not pass serves until somebody takes it back."""
    advice = "There is no earlier version to go back to: correct what is named and deploy again."
    if not is_first:
        advice = f"Back to the version before, at once: {way_back(options, place)}"
    message = f"{place.stack_name} is deployed and this version serves, but: {failure.message}"
    return Failure(message, f"{failure.advice}\n{advice}".lstrip(), failure.log, failure.code)


def way_back(options: argparse.Namespace, place: Place) -> str:
    """The command, with all that it needs to find this stack: an artifact knows its own."""
    plain = argparse.Namespace(stage=options.stage, stack=None, region=None)
    flags = {
        "--stage": options.stage,
        "--stack": place.stack_name if place.stack_name != stack_name(plain) else None,
        "--region": place.region if place.region != region_of(plain) else None,
        "--profile": options.profile,
    }
    words = [word for flag, value in flags.items() if value for word in (flag, value)]
    return shlex.join(["scripts/deploy", *words, "--back"])


def base_url(what: Release, outputs: Mapping[str, str]) -> str:
    """Where the API answers: on this machine, at its domain if nowhere else, or at API Gateway's own address."""
    if what.port is not None:
        return ministack.api_url(outputs["ApiUrl"], what.port)
    closed = what.config.get("api", {}).get("disableExecuteApiEndpoint")
    return outputs["DomainUrl"] if closed else outputs["ApiUrl"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
