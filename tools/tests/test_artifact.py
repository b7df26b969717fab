"""Tests that an artifact is unpacked unchanged, and that broken, changed and hostile ones are refused."""

import io
import json
import tarfile
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from stack.aws import artifact
from stack.run.failure import Failure

ABOUT = artifact.About("gatehouse-dev", "dev", "eu-west-1", False, "arm64", "0" * 40, True)
CONFIG = {"region": "eu-west-1", "userPool": {"groups": ["Rédaction", "管理"]}}
PARAMETERS = {"Groups": "Rédaction,管理,-", "StageName": "v1"}


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file, self.out = self.folder / "release.tar.gz", self.folder / "out"
        build = self.folder / "build"
        (build / "AuthFunction").mkdir(parents=True)
        (build / "AuthFunction" / "bootstrap").write_bytes(b"program")
        (build / "template.yaml").write_text("Resources: {}")
        (self.folder / "gatehouse-program").write_bytes(b"gatehouse")
        self.sum = artifact.pack(self.file, ABOUT, build, self.folder / "gatehouse-program", CONFIG, PARAMETERS)

    def entries(self):
        with tarfile.open(self.file) as archive:
            return [(entry, archive.extractfile(entry).read()) for entry in archive]

    def write(self, entries):
        with tarfile.open(self.file, "w:gz") as archive:
            for entry, content in entries:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))

    def refused(self, *words):
        with self.assertRaises(Failure) as failure:
            artifact.unpack(self.file, self.out)
        for word in words:
            self.assertIn(word, failure.exception.message)


class RoundTrip(Case):
    def test_files_are_unpacked_unchanged_and_programs_are_executable(self):
        artifact.unpack(self.file, self.out)
        files = {path.relative_to(self.out).as_posix() for path in self.out.rglob("*") if path.is_file()}
        self.assertEqual(
            files,
            {"build/AuthFunction/bootstrap", "build/template.yaml", "gatehouse", "config.json", "parameters.json"},
        )
        self.assertEqual((self.out / "build/AuthFunction/bootstrap").read_bytes(), b"program")
        self.assertEqual(json.loads((self.out / "config.json").read_text(encoding="utf-8")), CONFIG)
        self.assertEqual(json.loads((self.out / "parameters.json").read_text(encoding="utf-8")), PARAMETERS)
        for program in ("gatehouse", "build/AuthFunction/bootstrap"):
            self.assertEqual((self.out / program).stat().st_mode & 0o777, 0o755)

    def test_an_artifact_describes_itself(self):
        self.assertEqual(artifact.read_about(self.file), ABOUT)
        self.assertEqual(self.sum, artifact.checksum(self.file))

    def test_unpacking_empties_the_folder_first(self):
        self.out.mkdir()
        (self.out / "old").write_text("x")
        artifact.unpack(self.file, self.out)
        self.assertFalse((self.out / "old").exists())


class Refused(Case):
    def test_a_changed_file_is_refused(self):
        self.write([(entry, b"evil" if entry.name == "gatehouse" else content) for entry, content in self.entries()])
        self.refused("gatehouse has another checksum")

    def test_a_missing_extra_or_duplicate_file_is_refused(self):
        entries = self.entries()
        self.write([entry for entry in entries if entry[0].name != "config.json"])
        self.refused("it lacks config.json")
        self.write([*entries, (tarfile.TarInfo("extra"), b"x")])
        self.refused("unexpected entry 'extra'")
        self.write([*entries, entries[1]])
        self.refused("unexpected entry")

    def test_a_path_outside_the_folder_is_refused(self):
        for name in ("../evil", "/tmp/evil", "build/../../evil", "a//b", "./a", "", ".bashrc", "a/.git/config"):
            entries = self.entries()
            manifest = json.loads(entries[0][1])
            manifest["files"][name] = artifact.checksum(b"x")
            self.write(
                [
                    (tarfile.TarInfo("manifest.json"), artifact.as_json(manifest)),
                    *entries[1:],
                    (tarfile.TarInfo(name), b"x"),
                ]
            )
            self.refused("unexpected entry")
            self.assertFalse((self.folder / "evil").exists() or Path("/tmp/evil").exists())

    def test_an_entry_that_is_not_a_regular_file_is_refused(self):
        entries = self.entries()
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            link = tarfile.TarInfo("gatehouse")
            link.type, link.linkname = kind, "/etc/passwd"
            self.write([*[entry for entry in entries if entry[0].name != "gatehouse"], (link, b"")])
            self.refused("unexpected entry 'gatehouse'")

    def test_a_file_that_is_not_an_artifact_is_refused(self):
        for content in (b"", b"not a tar", self.file.read_bytes()[:200]):
            self.file.write_bytes(content)
            with self.assertRaises(Failure):
                artifact.unpack(self.file, self.out)
        self.file.unlink()
        self.refused("cannot read")

    def test_an_invalid_or_late_manifest_is_refused(self):
        entries = self.entries()
        for manifest in (b"[]", b"{}", b'{"format": 2, "files": {}}', b"\xff"):
            self.write([(tarfile.TarInfo("manifest.json"), manifest), *entries[1:]])
            self.refused("not an artifact of this version")
        self.write([*entries[1:], entries[0]])
        self.refused("first file is not a manifest")


    def test_an_artifact_without_a_processor_is_refused(self):
        entries = self.entries()
        manifest = {name: value for name, value in json.loads(entries[0][1]).items() if name != "architecture"}
        self.write([(tarfile.TarInfo("manifest.json"), artifact.as_json(manifest)), *entries[1:]])
        with self.assertRaises(Failure) as failure:
            artifact.read_about(self.file)
        self.assertIn("its manifest lacks 'architecture'", failure.exception.message)


class Place(unittest.TestCase):
    def test_an_artifact_for_another_stack_or_region_is_refused(self):
        artifact.require(ABOUT, None, None, None, False)
        artifact.require(ABOUT, "gatehouse-dev", "dev", "eu-west-1", False)
        for asked in (
            ("gatehouse", None, None), (None, "prod", None), (None, None, "us-east-1"),
        ):
            with self.assertRaises(Failure) as failure:
                artifact.require(ABOUT, *asked, False)
            self.assertIn("the artifact was built for", failure.exception.message)
        with self.assertRaises(Failure):
            artifact.require(replace(ABOUT, stage=""), None, "dev", None, False)

    def test_local_and_cloud_artifacts_are_not_interchangeable(self):
        for built, asked in ((True, False), (False, True)):
            with self.assertRaises(Failure) as failure:
                artifact.require(replace(ABOUT, here=built), None, None, None, asked)
            self.assertIn("this machine", failure.exception.message)


if __name__ == "__main__":
    unittest.main()
