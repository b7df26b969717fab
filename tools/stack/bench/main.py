"""scripts/bench: measures the gate beside the raw signature check, a hello world and libraries in other languages.

It measures in rounds in which all candidates take turns, so that a disturbance of the machine affects all of them. It
must not measure anything itself: criterion, the harness in bench/ and the peers do that. goals.py judges the figures.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from statistics import median
from typing import Any

from stack.bench import functions, gateway, goals, peers, plot, report
from stack.bench.functions import PACKAGES, Setting
from stack.bench.goals import Results
from stack.bench.peers import Peer
from stack.root import ROOT
from stack.run import runner, system
from stack.run.environment import without_account
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State

PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"
# Many short rounds: compared measurements are close in time, and one busy second affects only one of many rounds.
CHECK_ROUNDS, PEER_MILLISECONDS = 21, 400
GROWTH_ROUNDS = 5
PROCESS_ROUNDS, INVOKES = 31, 500
# Seconds for one figure of criterion.
WARM_UP, MEASUREMENT = "0.1", "0.3"


def main(argv: list[str]) -> int:
    options = parse(argv)
    progress = Progress()
    try:
        system.require_linux("scripts/bench", "it starts what is built for Lambda, and reads /proc")
    except Failure as failure:
        progress.note(failure.render())
        return failure.code
    state = State(ROOT / ".local" / "bench")
    busy = Failure("scripts/bench is already running in this folder.", "Wait for it. Two would disturb each other.")

    def work(processes: Processes) -> int:
        if options.gateway:
            return gateway.run(ROOT, state, processes, progress)
        return run(options.check, Bench(state, processes, progress), progress)

    return runner.run(state, busy, progress, work)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures the performance of the gate.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true",
        help="write nothing, and fail if a figure misses its goal by more than a tenth",
    )
    mode.add_argument(
        "--gateway", action="store_true", help="measure requests through a local stack instead, for orientation only"
    )
    return parser.parse_args(argv)


def run(check: bool, bench: "Bench", progress: Progress) -> int:
    results = bench.results()
    tables = report.render(results, machine())
    print(tables, end="", flush=True)
    if check:
        return conclude(results, progress)
    PAGE.write_text(report.insert(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    PICTURE.write_text(plot.render(results), encoding="utf-8")
    progress.note(f"Written to {PAGE.relative_to(ROOT)} and {PICTURE.relative_to(ROOT)}.")
    return 0


def conclude(results: Results, progress: Progress) -> int:
    missed = [goal for goal in goals.goals(results) if not goal.is_met(goals.TOLERANCE)]
    for goal in missed:
        progress.note(f"MISSED  {goal.what}: {goal.measured:.2f}{goal.unit}, goal {goal.render_limit()}")
    progress.note("Some goals are missed." if missed else "No goal is missed by more than a tenth.")
    return 1 if missed else 0


def machine() -> str:
    """A description of the machine, on which the absolute figures depend."""
    processor = system.current().processor()
    return (
        f"Measured on {processor}, {os.cpu_count()} processors, with other work on the machine. The ratios hold "
        "elsewhere, the times do not."
    )


class Bench:
    """One run: builds the programs and measures them."""

    def __init__(self, state: State, processes: Processes, progress: Progress):
        self._state = state
        self._processes = processes
        self._progress = progress
        # The user's settings must not change what is built or which keys it trusts.
        self._env = without_account(os.environ, state.folder)
        self._sample = state.folder / "sample.json"
        self._criterion_home = state.folder / "criterion"
        shutil.rmtree(self._criterion_home, ignore_errors=True)
        self._sample.unlink(missing_ok=True)

    def results(self) -> Results:
        programs = self._build()
        others = peers.ensure_all(ROOT, self._env, self._processes, self._progress)
        with self._progress.step("Measure the token checks"):
            verification = self._verification(others)
        with self._progress.step("Measure decisions with more rules, groups, issuers and keys"):
            growth = self._growth()
        with self._progress.step("Measure starts and invokes of the functions"):
            processes = self._processes_of(programs, others)
        binaries = {name: file.stat().st_size for name, file in programs.items()}
        binaries[functions.HELLO] = binaries.pop("hello")
        results = Results(verification, growth, processes, binaries)
        (self._state.folder / "results.json").write_text(json.dumps(vars(results)), encoding="utf-8")
        return results

    def _build(self) -> dict[str, Path]:
        """Builds the programs as they are deployed. Each package is built alone, so that cargo does not add the
        features of others, and copied at once, because a later build may replace the program."""
        folder = self._state.folder / "bin"
        folder.mkdir(exist_ok=True)
        programs = {}
        for package in PACKAGES:
            with self._progress.step(f"Build {package}"):
                file = self._cargo("build", "--release", "--package", package)[package]
                programs[package] = copied(file, folder / package)
        with self._progress.step("Build the harness and the hello world"):
            ours = self._cargo("build", "--release", "--package", "bench", "--bin", "bench", "--example", "hello")
            programs |= {name: copied(file, folder / name) for name, file in ours.items()}
        with self._progress.step("Build the benchmark"):
            self._cargo("bench", "--package", "authorizer", "--bench", "gate", "--no-run")
        return programs

    def _cargo(self, *arguments: str) -> dict[str, Path]:
        """Runs cargo, and returns the programs that it has built, by name."""
        log, messages = self._state.log("cargo"), self._state.logs / "cargo.json"
        argv = ["cargo", *arguments, "--message-format", "json-render-diagnostics"]
        with open(messages, "wb") as output:
            if self._processes.run(argv, log, self._env, stdout=output, cwd=ROOT) != 0:
                raise Failure(f"{' '.join(argv[:4])} failed.", "", log)
        found = [json.loads(line) for line in messages.read_text(encoding="utf-8").splitlines()]
        return {one["target"]["name"]: Path(one["executable"]) for one in found if one.get("executable")}

    def _verification(self, others: dict[str, Peer]) -> dict[str, list[float]]:
        figures: dict[str, list[float]] = {}
        for _ in range(CHECK_ROUNDS):
            self._criterion("verification")
            found = read_verification(self._criterion_home)
            for language, peer in others.items():
                command = [*peer.command("verify"), str(self._sample), str(PEER_MILLISECONDS)]
                found.update(self._json(command, f"verify-{language}"))
            for name, microseconds in found.items():
                figures.setdefault(name, []).append(microseconds)
        return figures

    def _growth(self) -> dict[str, dict[int, float]]:
        rounds = []
        for _ in range(GROWTH_ROUNDS):
            self._criterion("growth")
            rounds.append(read_growth(self._criterion_home))
        return {
            axis: {size: median(one[axis][size] for one in rounds) for size in costs}
            for axis, costs in rounds[0].items()
        }

    def _criterion(self, what: str) -> None:
        log = self._state.log(f"criterion-{what}")
        argv = ["cargo", "bench", "--package", "authorizer", "--bench", "gate", "--", what]
        argv += ["--warm-up-time", WARM_UP, "--measurement-time", MEASUREMENT, "--noplot"]
        env = {**self._env, "CRITERION_HOME": str(self._criterion_home), "BENCH_TOKENS": str(self._sample)}
        if self._processes.run(argv, log, env, cwd=ROOT) != 0:
            raise Failure("the benchmark failed.", "", log)

    def _processes_of(self, programs: dict[str, Path], others: dict[str, Peer]) -> dict[str, list[dict[str, float]]]:
        sample = json.loads(self._sample.read_text(encoding="utf-8"))
        setting = Setting(ROOT, programs, others, sample, self._state.folder)
        plan = self._state.folder / "plan.json"
        plan.write_text(json.dumps(functions.plan(setting, PROCESS_ROUNDS, INVOKES)), encoding="utf-8")
        measured = self._json([str(programs["bench"]), str(plan)], "harness")
        # The order of the plan is that of the tables.
        return {one["name"]: measured[one["name"]] for one in json.loads(plan.read_text())["functions"]}

    def _json(self, argv: list[str], name: str) -> dict[str, Any]:
        """Runs a program, and parses its output as JSON."""
        log, printed = self._state.log(name), self._state.folder / f"{name}.json"
        with open(printed, "wb") as output:
            if self._processes.run(argv, log, self._env, stdout=output, cwd=ROOT) != 0:
                raise Failure(f"{Path(argv[0]).name} failed.", "", log)
        found: dict[str, Any] = json.loads(printed.read_text(encoding="utf-8"))
        return found


def copied(source: Path, target: Path) -> Path:
    """Copies a program, so that no later build replaces it."""
    target.unlink(missing_ok=True)
    shutil.copy(source, target)
    return target


def read_verification(home: Path) -> dict[str, float]:
    """Criterion's medians of the token checks in microseconds, by name."""
    return {name: time for group, name, _, time in read_criterion(home) if group == "verification"}


def read_growth(home: Path) -> dict[str, dict[int, float]]:
    growth: dict[str, dict[int, float]] = {}
    for group, _, value, time in read_criterion(home):
        if group.startswith("growth in "):
            growth.setdefault(group.removeprefix("growth in "), {})[int(value)] = time
    return {axis: dict(sorted(costs.items())) for axis, costs in sorted(growth.items())}


def read_criterion(home: Path) -> list[tuple[str, str, str, float]]:
    """Group, function, parameter and median (in microseconds) of each measurement of criterion."""
    found = []
    for file in sorted(home.glob("**/new/benchmark.json")):
        benchmark = json.loads(file.read_text(encoding="utf-8"))
        estimates = json.loads((file.parent / "estimates.json").read_text(encoding="utf-8"))
        nanoseconds = estimates["median"]["point_estimate"]
        found.append((
            benchmark["group_id"], benchmark["function_id"] or "", benchmark["value_str"] or "", nanoseconds / 1e3
        ))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
