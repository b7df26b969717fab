"""Stands for cargo-lambda where the functions have to run on this machine and this machine is no Linux.

scripts/local runs the functions' programs itself. `sam build` has cargo-lambda build them, which refuses every target
but Lambda's (https://github.com/cargo-lambda/cargo-lambda/issues/468). So on macOS a program of this name goes first on
the PATH of `sam build`: `cargo lambda build --bin NAME` then means `cargo build --bin NAME`, for this machine, and the
program lands where sam looks for it. It must not be in reach where something is built for AWS.

sam's own side of it is aws_lambda_builders/workflows/rust_cargo: `build_command` and `binary_path` of its actions.py.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from stack.build.local_overrides import BUILD
from stack.root import TOOLS
from stack.run import system

NAME = "cargo-lambda"


def environment(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`env` for a `sam build` whose programs run here. `folder` is one of ours, for what has to be on the PATH."""
    env = {**env, **BUILD}
    if system.builds_for_lambda():
        return env
    folder.mkdir(parents=True, exist_ok=True)
    stand_in = folder / NAME
    # By its file and not by `-m`: sam changes the folder, and hands on no PYTHONPATH.
    words = (sys.executable, str(TOOLS), "build.host_programs")
    stand_in.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    stand_in.chmod(0o700)
    return {**env, "PATH": f"{folder}:{env['PATH']}"}


def main(argv: list[str]) -> int:
    """cargo starts `cargo-lambda lambda build ...` in the package's folder."""
    name = argv[argv.index("--bin") + 1] if "--bin" in argv[:-1] else ""
    if argv[:2] != ["lambda", "build"] or not name:
        print(f"This {NAME} is a stand-in, and knows `cargo lambda build --bin NAME` alone.", file=sys.stderr)
        return 2
    # The processor is this machine's whatever sam asks for; local_overrides.py asks for the same.
    release = ["--release"] if "--release" in argv else []
    command = [os.environ.get("CARGO", "cargo"), "build", "--bin", name, *release]
    done = subprocess.run([*command, "--message-format", "json-render-diagnostics"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return done.returncode
    program = executable(done.stdout, name)
    if program is None:
        print(f"cargo built no program named {name}.", file=sys.stderr)
        return 1
    place = Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "lambda" / name / "bootstrap"
    place.parent.mkdir(parents=True, exist_ok=True)
    # Never into a file that a running program is of.
    draft = place.with_name("bootstrap.new")
    shutil.copy2(program, draft)
    draft.replace(place)
    return 0


def executable(messages: str, name: str) -> Path | None:
    """https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages"""
    for message in map(json.loads, messages.splitlines()):
        if message.get("executable") and message["target"]["name"] == name:
            return Path(message["executable"])
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
