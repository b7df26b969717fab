"""Runs a command with a container engine of its own, and leaves nothing of the engine behind: `engine -- COMMAND...`.

For machines that are made for one run, and for whoever has a dockerd and does not want it to stay. The command finds it
by DOCKER_HOST, with an image to run functions in. Where an engine answers already, or none can be started, the command
runs all the same; its exit code is ours. Nothing of the machine is changed for good: all files are in a folder of their
own, no rule is added to the firewall, packets are not forwarded, and what Docker leaves behind elsewhere is removed if
it was not there before.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from stack.containers import base_image, mounts
from stack.containers.asking_engine import NO_ENGINE_BECAUSE, Engine
from stack.root import ROOT
from stack.run import interrupts, runner, system
from stack.run.environment import with_tools
from stack.run.failure import Failure, last_useful_lines
from stack.run.processes import Processes, has_ended
from stack.run.progress import Progress, Skipped
from stack.run.tools import Tools

USAGE = "usage: tools/launch containers.engine -- COMMAND [ARGUMENT...]"
READY_SECONDS = 60
# dockerd gives containers ten seconds to end.
STOP_SECONDS = 30
# What dockerd and containerd make outside the folders that they are given, whichever those are.
ELSEWHERE = ("/run/docker", "/run/containerd", "/etc/docker/key.json")
BRIDGE = "docker0"
CGROUPS = Path("/sys/fs/cgroup")
# linux/sockios.h
SIOCSIFFLAGS, SIOCBRDELBR = 0x8914, 0x89A1


def main(argv: list[str]) -> int:
    if argv[:1] != ["--"] or len(argv) < 2:
        print(USAGE, file=sys.stderr)
        return 2
    return run(argv[1:], Progress())


def run(command: list[str], progress: Progress) -> int:
    """The command's exit code."""
    # Not in the clone, whose path may be longer than that of a socket can be (unix(7): 108 bytes).
    place = runner.temporary_folder("gatehouse-", delete=mounts.delete)
    return runner.run_in(place, progress, lambda folder, processes: attend(command, folder, processes, progress))


def attend(command: list[str], folder: Path, processes: Processes, progress: Progress) -> int:
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    found = ask(folder, tools, os.environ, processes).look()
    if found.engine:
        progress.note(f"note  {found.engine} answers already.")
        return processes.attend(command, os.environ)
    with own(folder, tools, processes, progress) as given:
        return processes.attend(command, {**without_engine(os.environ), **given})


def ask(folder: Path, tools: Path, env: Mapping[str, str], processes: Processes) -> Engine:
    return Engine(tools, folder, with_tools(env, tools, folder / "sam"), processes)


def without_engine(env: Mapping[str, str]) -> dict[str, str]:
    """`env` without what leads to another engine, or would speak to ours in that one's way."""
    return {name: value for name, value in env.items() if not name.startswith("DOCKER_")}


@contextlib.contextmanager
def own(folder: Path, tools: Path, processes: Processes, progress: Progress) -> Iterator[dict[str, str]]:
    """Where the engine is while the block runs, or why there is none: as environment variables."""
    before = {place for place in ELSEWHERE if os.path.exists(place)}
    had_bridge = has_bridge()
    dockerd = None
    try:
        try:
            with progress.step("Start a container engine"):
                dockerd = start(folder, processes)
                await_ready(dockerd, folder, processes)
        except Skipped as skipped:
            progress.note(f"      {skipped}")
            yield {NO_ENGINE_BECAUSE: str(skipped)}
            return
        given = {"DOCKER_HOST": f"unix://{folder / 'socket'}"}
        furnish(ask(folder, tools, {**without_engine(os.environ), **given}, processes), folder, processes, progress)
        yield given
    finally:
        interrupts.ignore()
        if dockerd is not None:
            with progress.step("Stop the container engine"):
                stop(dockerd, folder)
                clear(folder.name, had_bridge, before)


def start(folder: Path, processes: Processes) -> subprocess.Popen[bytes]:
    if not system.is_linux():
        raise Skipped("dockerd runs on Linux alone.")
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    if shutil.which("dockerd", path=path) is None:
        raise Skipped("dockerd is not installed.")
    if os.geteuid() != 0:
        raise Skipped("dockerd is started by root alone.")
    # The machine's own settings of Docker are for its own engine.
    (folder / "daemon.json").write_text("{}", encoding="utf-8")
    argv = ["dockerd", "--config-file", str(folder / "daemon.json"), "--host", f"unix://{folder / 'socket'}"]
    argv += ["--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"), "--pidfile", str(folder / "pid")]
    # The containers have to reach this machine and nothing else.
    argv += ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"]
    argv += ["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{folder.name}"]
    env = {**without_engine(os.environ), "PATH": path}
    return processes.start(argv, folder / "dockerd.log", env, preexec_fn=system.current().end_with_starter)


def await_ready(dockerd: subprocess.Popen[bytes], folder: Path, processes: Processes) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers(folder / "socket"):
        if has_ended(dockerd) or time.monotonic() > deadline:
            raise Skipped("dockerd did not start: " + " ".join(last_useful_lines(folder / "dockerd.log", 1)))
        processes.pause()


def answers(place: Path) -> bool:
    """https://docs.docker.com/reference/api/engine/version/v1.43/#tag/System/operation/SystemPing"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(place))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in connection.recv(64)
        except OSError:
            return False


def furnish(engine: Engine, folder: Path, processes: Processes, progress: Progress) -> None:
    """Gives the new engine an image to run functions in. Without one the command has an engine all the same."""
    if base_image.pull(engine, progress) is None:
        try:
            base_image.make(engine, folder, os.environ, processes, progress)
        except Failure as failure:
            progress.note(failure.render())


def stop(dockerd: subprocess.Popen[bytes], folder: Path) -> None:
    """In order first: dockerd ends its containers and containerd, and takes its mounts away."""
    if dockerd.poll() is None:
        dockerd.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        dockerd.wait(timeout=STOP_SECONDS)
    for pid in named(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # What kept the containers has lost its parents, and is ours to collect (processes.py).
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def named(folder: Path) -> list[int]:
    """The processes with our folder on their command line: dockerd, containerd, and what keeps a container for them."""
    return [pid for pid, running in system.current().processes().items() if str(folder) in running.command]


def clear(group: str, had_bridge: bool, before: set[str]) -> None:
    """Takes away what dockerd has left outside its folder."""
    if not had_bridge and has_bridge():
        delete_bridge()
    for place in sorted(CGROUPS.glob(f"**/{group}/**/"), reverse=True):
        with contextlib.suppress(OSError):
            place.rmdir()
    for left in set(ELSEWHERE) - before:
        if os.path.isdir(left):
            shutil.rmtree(left)
        else:
            Path(left).unlink(missing_ok=True)


def has_bridge() -> bool:
    return os.path.exists(f"/sys/class/net/{BRIDGE}")


def delete_bridge() -> None:
    """netdevice(7): an interface is set down before it is removed."""
    name = BRIDGE.encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name, 0))
        fcntl.ioctl(control, SIOCBRDELBR, struct.pack("16s", name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
