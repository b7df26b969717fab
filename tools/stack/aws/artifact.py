"""The artifact: one file with all that `scripts/deploy --from` needs, so that the job with the credentials builds
nothing.

The artifact is a tar.gz of regular files and a manifest with the checksum of each. Only this file writes and reads it.
Reading does not trust it: no path leads out of the target folder, only regular files are written, and every file must
match the manifest. The artifact must not hold what --parameters or the account adds, because that may be secret.
"""

import hashlib
import io
import json
import re
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from stack.run.failure import Failure

FORMAT = 1
MANIFEST = "manifest.json"
# The names in an artifact, and in the folder that it is unpacked to.
BUILD, GATEHOUSE, CONFIG, PARAMETERS = "build", "gatehouse", "config.json", "parameters.json"
# A relative path in which no part begins with a dot.
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
MANIFEST_LIMIT = 1 << 20


@dataclass(frozen=True)
class About:
    """What an artifact was built for, and from which commit."""

    stack: str
    stage: str
    region: str
    # Whether it was built for the emulated AWS on this machine (local_overrides.py). Neither kind works in the other
    # place.
    here: bool
    # The processor architecture of the programs.
    architecture: str
    commit: str
    # Whether the work tree had no changes beside that commit.
    clean: bool


def pack(
    file: Path, about: About, build: Path, gatehouse: Path, config: Mapping[str, Any], parameters: Mapping[str, str]
) -> str:
    """Writes the artifact and returns its checksum."""
    contents: dict[str, Path | bytes] = {
        f"{BUILD}/{path.relative_to(build).as_posix()}": path for path in sorted(build.rglob("*")) if path.is_file()
    }
    contents |= {GATEHOUSE: gatehouse, CONFIG: as_json(config), PARAMETERS: as_json(parameters)}
    sums = {name: checksum(content) for name, content in contents.items()}
    manifest = as_json({"format": FORMAT, **about.__dict__, "files": sums})
    draft = file.with_name(file.name + ".new")
    try:
        with tarfile.open(draft, "w:gz") as archive:
            for name, content in {MANIFEST: manifest, **contents}.items():
                add(archive, name, content)
        draft.replace(file)
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}") from error
    return checksum(file)


def add(archive: tarfile.TarFile, name: str, content: Path | bytes) -> None:
    entry = tarfile.TarInfo(name)
    if isinstance(content, bytes):
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
        return
    entry.size = content.stat().st_size
    with open(content, "rb") as source:
        archive.addfile(entry, source)


def read_about(file: Path) -> About:
    """Reads only the description of an artifact, not its files."""
    with opened(file) as archive:
        return about_of(file, manifest_of(file, archive))


def unpack(file: Path, folder: Path) -> None:
    """Empties `folder`, then checks each file of the artifact and writes it there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        with opened(file) as archive:
            sums = manifest_of(file, archive)["files"]
            write_all(file, archive, sums, folder)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Failure(f"{file} is broken: {error}") from error
    except OSError as error:
        raise Failure(f"cannot unpack {file}: {error.strerror or error}") from error


def write_all(file: Path, archive: tarfile.TarFile, sums: Mapping[str, str], folder: Path) -> None:
    missing = set(sums)
    for entry in archive:
        if entry.name == MANIFEST and entry.isreg():
            continue
        if entry.name not in missing or not entry.isreg() or not NAME.fullmatch(entry.name):
            raise Failure(f"{file} does not match its manifest: it has an unexpected entry {entry.name!r}.")
        missing.remove(entry.name)
        target = folder / entry.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with content(archive, entry) as source, open(target, "xb") as output:
            shutil.copyfileobj(source, output)
        if checksum(target) != sums[entry.name]:
            raise Failure(f"{file} does not match its manifest: {entry.name} has another checksum.")
        target.chmod(0o755 if target.name in ("bootstrap", GATEHOUSE) else 0o644)
    if missing:
        raise Failure(f"{file} does not match its manifest: it lacks {', '.join(sorted(missing))}.")


def content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    """The content of a regular file. extractfile returns None only for other entries."""
    found = archive.extractfile(entry)
    assert found is not None
    return found


def opened(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file, "r:gz")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Failure(f"{file} is not an artifact of scripts/deploy --build: {error}") from error
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror or error}") from error


def manifest_of(file: Path, archive: tarfile.TarFile) -> dict[str, Any]:
    """Reads the manifest, which is the first file of the archive."""
    try:
        entry = archive.next()
        if entry is None or entry.name != MANIFEST or not entry.isreg() or entry.size > MANIFEST_LIMIT:
            raise ValueError("its first file is not a manifest")
        found: dict[str, Any] = json.loads(content(archive, entry).read())
        if found["format"] != FORMAT or not isinstance(found["files"], dict):
            raise ValueError("its manifest has another form")
        return found
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(f"{file} is not an artifact of this version of scripts/deploy: {error}") from error


def about_of(file: Path, manifest: Mapping[str, Any]) -> About:
    try:
        return About(**{name: manifest[name] for name in About.__dataclass_fields__})
    except KeyError as error:
        raise Failure(
            f"{file} is not an artifact of this version of scripts/deploy: its manifest lacks {error}."
        ) from error


def require(about: About, stack: str | None, stage: str | None, region: str | None, here: bool) -> None:
    """Refuses an artifact that was built for another stack, stage, region or AWS than the requested one."""
    asked = {"stack": stack, "stage": stage, "region": region}
    for name, wanted in asked.items():
        found = getattr(about, name)
        if wanted is not None and wanted != found:
            raise Failure(
                f"the artifact was built for {name} {found or '(none)'}, not for {wanted}.",
                f"Leave --{name} out, or build an artifact for {wanted}.",
            )
    if about.here != here:
        where = ("the AWS of this machine", "AWS in the cloud")
        raise Failure(
            f"the artifact was built for {where[not about.here]}, not for {where[not here]}.",
            "Build it with the same AWS_ENDPOINT_URL as the deploy.",
        )


def as_json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode()


def checksum(content: Path | bytes) -> str:
    digest = hashlib.sha256()
    with io.BytesIO(content) if isinstance(content, bytes) else open(content, "rb") as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
