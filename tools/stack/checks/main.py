"""scripts/test: every check of this repository, in one command.

It goes on after a failed check, because the checks are independent and one run should show all there is to correct;
the exit code is 1 then. It must not leave a process behind, and must not read AWS credentials of the user.
"""

import argparse
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack.root import ROOT, TOOLS
from stack.run import runner
from stack.run.environment import with_tools, without_account
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress, Skipped
from stack.run.state import State
from stack.run.tools import NodeTools, Tools

# A stack that a test has started gets the time to stop in order.
GRACE_SECONDS = 15.0
# What is worth seeing of a check that goes well: cargo's and unittest's own summaries.
SUMMARY = re.compile(
    r"^(\s+Running |skip  |\s+Doc-tests |test result: |test .* (FAILED|failed)|Ran \d+ tests|advisories )"
)
LAST_LINES = 60
LINT, MYPY_CACHE = ROOT / ".venv" / "lint" / "bin", ".local/mypy"
NODE = ".".join(map(str, NodeTools.LEAST_VERSION))
# The database of advisories is a Git repository, and not every machine may reach more than package registries.
NO_ADVISORIES = "failed to fetch advisory database"


@dataclass(frozen=True)
class Check:
    """One command that must end with exit code 0."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    # The program without which the check is skipped, and how to get it; the others are always there.
    needs: str | None = None
    get: str = ""
    # What the output says when the check could not be made at all.
    unless: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    # None: skipped
    passed: bool | None
    seconds: float


class Follower:
    """Shows the summary lines of a log while it is written."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self._log: Path | None = None
        self._offset = 0

    def follow(self, log: Path) -> None:
        self._log, self._offset = log, 0

    def tick(self) -> None:
        if self._log is None or not self._log.exists():
            return
        with open(self._log, "rb") as log:
            log.seek(self._offset)
            # A line that is not finished is left for the next time.
            text = log.read().rpartition(b"\n")[0]
        if text:
            self._offset += len(text) + 1
            for line in text.decode(errors="replace").splitlines():
                if SUMMARY.match(line):
                    self._progress.above("      " + line.strip())


def main(argv: list[str]) -> int:
    argparse.ArgumentParser(prog="scripts/test", description="Runs every check of this repository.").parse_args(argv)
    # What a check says is the result here, so it goes to stdout.
    progress = Progress(sys.stdout)
    state = State(ROOT / ".local" / "checks")
    busy = Failure("scripts/test already runs in this folder.", "Wait for it, or stop it with Ctrl-C.")
    follower = Follower(progress)

    def work(processes: Processes) -> int:
        return run_all(state, follower, processes, progress)

    def tick() -> None:
        follower.tick()
        progress.tick()

    return runner.run(state, busy, progress, work, tick=tick, grace=GRACE_SECONDS)


def run_all(state: State, follower: Follower, processes: Processes, progress: Progress) -> int:
    start = time.monotonic()
    tools = Tools(ROOT / ".venv")
    # The end-to-end tests need them too; installed here, their time is not counted as theirs.
    # checkov is findings.py's.
    for name in ("ministack", "schemathesis", "checkov", "lint"):
        tools.ensure(name, processes, progress)
    env = environment(tools.ensure("sam", processes, progress), state)
    env = with_node_tools(env, NodeTools(tools.root), processes, progress)
    outcomes = [run(check, env, state, follower, processes, progress) for check in all_checks()]
    return conclude(outcomes, time.monotonic() - start, progress)


def all_checks() -> list[Check]:
    """The quick ones first; the end-to-end tests last, as they use what the others have built."""
    return [
        Check("Format", ("cargo", "fmt", "--all", "--check", "--", "--color=never")),
        Check("Python lint", (str(LINT / "ruff"), "check", "--no-cache", "tools")),
        Check("Python types", (str(LINT / "mypy"), "--config-file", "tools/pyproject.toml", "--cache-dir", MYPY_CACHE)),
        Check(
            "Scripts and template",
            ("python", "-m", "unittest", "discover", "-s", "tools/tests"),
            {"PYTHONPATH": str(TOOLS)},
        ),
        Check("Template lint", ("sam", "validate", "--lint", "--template-file", "template.yaml")),
        Check("Template findings", ("python", "tools", "checks.findings")),
        Check(
            "API description",
            ("redocly", "lint", "--extends", "recommended", "openapi.json"),
            {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
            needs="redocly",
            get=f"Node.js {NODE} or newer, with npm",
        ),
        Check(
            "Dependencies",
            ("cargo", "deny", "check", "bans", "licenses", "sources"),
            needs="cargo-deny",
            get="cargo install cargo-deny",
        ),
        Check(
            "Advisories",
            ("cargo", "deny", "check", "advisories"),
            needs="cargo-deny",
            get="cargo install cargo-deny",
            unless=NO_ADVISORIES,
        ),
        Check("Clippy", ("cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings")),
        Check("Documentation", ("cargo", "doc", "--workspace", "--no-deps"), {"RUSTDOCFLAGS": "-D warnings"}),
        Check("Unit and integration tests", ("cargo", "test", "--workspace", "--exclude", "e2e", "--no-fail-fast")),
        Check(
            "Fuzz targets, briefly",
            ("cargo", "test", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target"),
        ),
        Check("End-to-end tests", ("cargo", "test", "--package", "e2e")),
    ]


def environment(tools: Path, state: State) -> dict[str, str]:
    """The user's environment without what would make a check depend on his AWS account or on a stack of his."""
    env = with_tools(without_account(os.environ, state.folder), tools, state.sam)
    env = {name: value for name, value in env.items() if not name.startswith("E2E_")}
    # cargo-lambda names the target, and cargo keeps such builds apart. Named here too, the tests and the functions
    # share what they have in common: a quarter less to compile.
    env.setdefault("CARGO_BUILD_TARGET", "host-tuple")
    # Tests that need MiniStack, which is installed by now, fail without it instead of doing nothing.
    env["REQUIRE_MINISTACK"] = "1"
    # A snapshot that is missing or other is a failure, and nothing is written for a review.
    env["INSTA_UPDATE"] = "no"
    return {**env, "AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}


def with_node_tools(
    env: dict[str, str], tools: NodeTools, processes: Processes, progress: Progress
) -> dict[str, str]:
    """`env` with the programs for Node.js, where there is one; without it their checks are skipped."""
    if not tools.is_possible():
        return env
    # For the end-to-end tests.
    tools.ensure("cognito-local", processes, progress)
    return {**env, "PATH": f"{tools.ensure('redocly', processes, progress)}:{env['PATH']}"}


def run(
    check: Check, env: Mapping[str, str], state: State, follower: Follower, processes: Processes, progress: Progress
) -> Outcome:
    """Runs one check and shows the end of its output if it fails."""
    if check.needs and shutil.which(check.needs, path=env["PATH"]) is None:
        progress.note(f"skip  {check.name}: {check.needs} is not installed ({check.get})")
        return Outcome(check.name, None, 0.0)
    log = state.log(check.name.lower().replace(" ", "-"))
    start = time.monotonic()
    follower.follow(log)
    try:
        with progress.step(check.name):
            code = processes.run(check.argv, log, {**env, **check.env}, cwd=ROOT)
            judge(check, code, log)
    except Skipped as skipped:
        progress.note(f"      {skipped}")
        return Outcome(check.name, None, 0.0)
    except Failure as failure:
        progress.note(failure.render(LAST_LINES))
        return Outcome(check.name, False, time.monotonic() - start)
    return Outcome(check.name, True, time.monotonic() - start)


def judge(check: Check, code: int, log: Path) -> None:
    """Returns when the check has passed."""
    if code == 0:
        return
    if check.unless and check.unless in log.read_text(encoding="utf-8", errors="replace"):
        raise Skipped(check.unless)
    raise Failure(f"{check.name}: {' '.join(check.argv)} ended with exit code {code}.", "", log)


def conclude(outcomes: list[Outcome], seconds: float, progress: Progress) -> int:
    """Prints one line a check; the exit code of the whole."""
    words = {True: "ok", False: "FAIL", None: "skip"}
    progress.note("")
    for outcome in outcomes:
        progress.note(f"{words[outcome.passed]:<5} {outcome.name} ({outcome.seconds:.1f} s)")
    failed = [outcome.name for outcome in outcomes if outcome.passed is False]
    verdict = f"{len(failed)} failed: {', '.join(failed)}" if failed else "All checks passed"
    progress.note(f"{verdict} ({seconds:.0f} s).")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
