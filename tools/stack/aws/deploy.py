"""scripts/deploy: builds and deploys the stack of a stage from config.json, then runs the smoke test against it.

scripts/local runs the same steps (deployment.py). The environment says where AWS is: if AWS_ENDPOINT_URL is an address
of this machine, the stack goes to the MiniStack there. This program must not store credentials.
"""

import argparse
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from stack.aws import artifact, client_secret, plan, release, rollback, secret_settings, shifting, smoke, stuck, tags
from stack.aws.account_client import Account
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
    # --back must neither wait for a deploy from this folder nor delete its logs, so it has a folder of its own.
    state = State(ROOT / ".local" / ("back" if options.back else "deploy") / name)
    busy = Failure(f"{name} is already being deployed from this folder.", "Wait for it, or stop it with Ctrl-C.")
    stopped = "Stopped. CloudFormation finishes what it has begun. Check the stack before the next deploy."

    def work(processes: Processes) -> int:
        if options.install_tools:
            Tools(ROOT / ".venv").ensure("sam", processes, progress)
            return 0
        if options.back:
            return rollback.move(options, name, state, processes, progress)
        if about:
            return roll_out(options, release.unpack(options, about, state, progress), processes, progress)
        return roll_out(options, release.prepare(options, name, state, processes, progress), processes, progress)

    return runner.run(state, busy, progress, work, stopped=stopped)


def roll_out(options: argparse.Namespace, what: Release, processes: Processes, progress: Progress) -> int:
    """Builds, except with --from, and deploys, except with --build."""
    what = release.with_given(what, options)
    now = {"CodeDeploy": "false"} if options.now else {}
    shifting.check({**what.parameters, **now}, options.within)
    arguments = tags.arguments(what.config)
    if options.build:
        what = release.with_architecture(what, {})
        release.build(what, processes, progress)
        with progress.step(f"Write {options.build.name}"):
            checksum = release.pack(options.build, what, processes)
        print(f"{checksum}  {options.build}", flush=True)
        return 0
    account = Account(what.tools, what.place.logs, what.place.env, processes)
    # The first look is before the build, so that nobody waits for a build that cannot be deployed.
    printed: set[str] = set()
    asked = what
    found, what, ahead = inspect(options, asked, account, progress, printed)
    if options.artifact:
        release.check(what, progress)
    else:
        release.build(what, processes, progress)
        # The build took minutes, in which somebody may have deployed or moved the aliases back.
        found, what, ahead = inspect(options, replace(asked, built_for=what.built_for), account, progress, printed)
    deployment = Deployment(what.place, processes, progress)
    outputs = deploy(options, what, deployment, found, ahead, arguments, progress)
    return finish(options, what, outputs, found is None, processes, progress)


def inspect(
    options: argparse.Namespace, asked: Release, account: Account, progress: Progress, printed: set[str]
) -> tuple[Deployed | None, Release, Plan]:
    """The present stack, the release for it, and the plan of its deploy. A note in `printed` is not printed again."""
    found = look(asked, account, progress)
    what = release.with_architecture(asked, found.parameters if found else {})
    return found, what, planned(options, what, found, account, progress, printed)


def look(what: Release, account: Account, progress: Progress) -> Deployed | None:
    """The present stack, or None if it never ran. Refuses one that CloudFormation cannot change."""
    place = what.place
    with progress.step("Look at the stack"):
        found = account.stack(place.stack_name)
        if found is not None:
            stuck.require_deployable(found, place.stack_name, place.region)
    if found is None or found.status != NEVER_RAN:
        return found
    progress.note(
        f"note  The first deploy of {place.stack_name} failed, and its resources were deleted again. CloudFormation"
        f" cannot update such a stack ({NEVER_RAN}). So the stack is deleted, and this is a first deploy again."
    )
    with progress.step("Delete the stack of the failed first deploy"):
        account.remove(found)
    return None


def planned(
    options: argparse.Namespace, what: Release, found: Deployed | None, account: Account, progress: Progress,
    printed: set[str],
) -> Plan:
    """Makes the plan, prints what a person should know of it, and refuses it if a needed consent is missing."""
    ahead = plan.make(what.parameters, found, options.now)
    secret_settings.require(ahead.parameters, found.parameters if found else {})
    print_new(ahead.notes, printed, progress)
    if found is not None:
        ends = consequences(found.parameters, ahead.parameters, found.outputs)
        print_new([f"note  {consequence.text}" for consequence in ends], printed, progress)
        require_consent(ends, options.consents)
    if what.port is None:
        name, region = f"{what.stage} {what.place.stack_name}", what.place.region
        def tell(notes: Iterable[str]) -> None:
            print_new(notes, printed, progress)

        needs.look(ahead.parameters, found, name, region, account, progress, tell)
        existing_pool.look(ahead.parameters, found, what, account, progress, tell)
    known, later = {}, dict(ahead.later)
    if what.port is None and "ApiId" not in ahead.parameters and needs_api_id(what.config):
        known["ApiId"] = found.api_id if found else ""
    logs = what.config.get("operations", {}).get("accessLogs", True)
    if what.port is None and "GatewayLogRole" not in ahead.parameters and logs:
        missing = not has_log_role(account, progress, printed)
        if missing and found is not None and "GatewayLogWriter" in found.resources:
            # The parameter is already "true", so CloudFormation would make no new role. The first of two deploys
            # therefore releases the missing role from the stack. That deletes nothing (DeletionPolicy), and the stage's
            # log settings do not depend on the parameter.
            print_new([RELEASED], printed, progress)
            later["GatewayLogRole"], missing = "true", False
        known["GatewayLogRole"] = "true" if missing else "false"
    return replace(ahead, parameters={**known, **ahead.parameters}, later=later)


RELEASED = (
    "note  CloudFormation does not know that the stack's role for API Gateway's logs is gone. This deploy releases it"
    " from the stack, and a second deploy, right after this one, makes a new role."
)


def print_new(notes: Iterable[str], printed: set[str], progress: Progress) -> None:
    """Prints each note that was not printed before."""
    for note in notes:
        if note not in printed:
            progress.note(note)
            printed.add(note)


def needs_api_id(config: Mapping[str, Any]) -> bool:
    """Whether a response of the API contains the API's own URL. Without a domain that URL contains the API's id, which
    CloudFormation has only after it has made the API."""
    api = config.get("api", {})
    return bool(api.get("resourceMetadata")) and not api.get("domain")


def has_log_role(account: Account, progress: Progress, printed: set[str]) -> bool:
    """Whether API Gateway has a role with which it may write logs in this account and region."""
    with progress.step("Check whether API Gateway may write logs in this account"):
        role, there = account.log_role()
    if role and there is False:
        print_new(
            [f"note  {role}, with which API Gateway writes logs in this account, is gone. The stack makes a new one."],
            printed,
            progress,
        )
    if role and there is None:
        print_new([f"note  {role} could not be read (iam:GetRole). It is assumed to exist."], printed, progress)
    return bool(role) and there is not False


def deploy(
    options: argparse.Namespace, what: Release, deployment: Deployment, found: Deployed | None, ahead: Plan,
    arguments: list[str], progress: Progress,
) -> dict[str, str]:
    """Deploys, deploys again if a parameter can only be set afterwards, and returns the stack's outputs."""
    # With --guided the person may give sam other values than the deployed ones, so each function gets a new version.
    same = found.revision if found and not options.guided else ""
    values = deployment.revised(ahead.parameters, same)
    try:
        (deployment.deploy_guided if options.guided else deployment.deploy)(values, arguments)
    except Failure as failure:
        raise with_alias_advice(failure, found) from failure
    outputs = deployment.outputs()
    later = dict(ahead.later)
    if what.port is None and values.get("ApiId", api_id(outputs)) != api_id(outputs):
        later["ApiId"] = api_id(outputs)
    if later:
        deploy_again(options, what.place.stack_name, deployment, {**values, **later}, later, arguments, progress)
    return outputs


def with_alias_advice(failure: Failure, found: Deployed | None) -> Failure:
    """A rollback restores the aliases that CloudFormation knows, and so undoes an earlier --back."""
    if found is None or not found.moved:
        return failure
    advice = (
        "Aliases may point again to the version that they were moved away from. If so, run scripts/deploy --back again."
    )
    return Failure(failure.message, f"{failure.advice}\n{advice}", failure.log, failure.code)


def api_id(outputs: Mapping[str, str]) -> str:
    """The API's id, from its URL in the outputs (https://ID.execute-api.REGION.../STAGE)."""
    return (urlsplit(outputs["ApiUrl"]).hostname or "").partition(".")[0]


WHY = {
    "ApiId": "its 401 can name its metadata",
    "GatewayLogRole": "API Gateway has a role to write logs with",
    "PoolDeletionProtection": "its user pool is protected from deletion",
    "TableDeletionProtection": "its table is protected from deletion",
}


def deploy_again(
    options: argparse.Namespace, name: str, deployment: Deployment, values: Mapping[str, str], later: Mapping[str, str],
    arguments: list[str], progress: Progress,
) -> None:
    """The second deploy, with the parameters that the first could not set."""
    why = ", and ".join(reason for parameter, reason in WHY.items() if parameter in later)
    if options.guided:
        # Only sam knows the values that the person gave.
        settings = ", ".join(f"{parameter}={value}" for parameter, value in later.items())
        progress.note(f"note  Some parameters need a second deploy. Deploy again with {settings}, so that {why}.")
        return
    progress.note(f"note  {name} is deployed once more, so that {why}.")
    try:
        deployment.deploy(values, arguments)
    except Failure as failure:
        raise Failure(
            f"{name} runs, but the second deploy failed. It is needed so that {why}.",
            f"{failure.advice} The next scripts/deploy does the second deploy's work too.", failure.log, failure.code,
        ) from failure


def finish(
    options: argparse.Namespace, what: Release, outputs: Mapping[str, str], is_first: bool, processes: Processes,
    progress: Progress,
) -> int:
    """Prints the outputs, and runs the smoke test against the API."""
    url = base_url(what, outputs)
    for output, value in {**outputs, "ApiUrl": url if what.port else outputs["ApiUrl"]}.items():
        print(f"{output:<18} {value}", flush=True)
    if options.no_smoke:
        return 0
    name, place = what.place.stack_name, what.place
    client = outputs["UserPoolClientId"].partition(",")[0]
    known = {"STACK_NAME": name, "USER_POOL_ID": outputs["UserPoolId"], "USER_POOL_CLIENT_ID": client}
    try:
        with client_secret.in_a_file(place, what.config, what.tools, processes) as secret:
            env = {**place.env, **known, **secret}
            target = smoke.Target(url, what.gatehouse, env, place.logs, what.file, outputs.get("ApiKeyId", ""))
            result = smoke.run(target, processes, progress)
    except Failure as failure:
        raise with_rollback_advice(failure, options, place, is_first) from failure
    progress.note(f"{name} is deployed, and {result}.")
    return 0


def with_rollback_advice(failure: Failure, options: argparse.Namespace, place: Place, is_first: bool) -> Failure:
    """The failure of a smoke test, which runs after the deploy: the failed version serves until somebody rolls back."""
    advice = "There is no earlier version to go back to: correct the problem and deploy again."
    if not is_first:
        advice = f"To go back to the previous version at once, run: {back_command(options, place)}"
    message = f"{place.stack_name} is deployed and this version serves requests, but: {failure.message}"
    return Failure(message, f"{failure.advice}\n{advice}".lstrip(), failure.log, failure.code)


def back_command(options: argparse.Namespace, place: Place) -> str:
    """The command line of --back, with the options that select this stack. A deploy of an artifact has none of them."""
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
    """The API's base URL: on this machine, at its domain if API Gateway's own address is disabled, or at that
    address."""
    if what.port is not None:
        return ministack.api_url(outputs["ApiUrl"], what.port)
    closed = what.config.get("api", {}).get("disableExecuteApiEndpoint")
    return outputs["DomainUrl"] if closed else outputs["ApiUrl"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
