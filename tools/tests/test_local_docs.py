"""Tests that each row in the tables of differences in docs/local.md names an existing test, which proves it."""

import re
import unittest
from pathlib import Path

from stack.root import ROOT

PAGE = ROOT / "docs" / "local.md"
SUBJECT, TEST = "Subject", "Test"
# A file, and the tests in it; another file after a semicolon.
NAMED = re.compile(r"`([\w./-]+\.(?:py|rs))`((?: `\w+`)+)")
DEFINED = {".py": r"^    def {}\(self", ".rs": r"^fn {}\("}


def tables(text):
    """The tables of differences, as the cells of each row, with the head first."""
    found, table = [], None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if cells[:1] == [SUBJECT]:
            table = [cells]
            found.append(table)
        elif table is not None and cells:
            table.append(cells)
        elif not cells:
            table = None
    return [[table[0], *table[2:]] for table in found]


def complaints(head, row):
    """The errors of a row."""
    if len(row) != len(head) or not all(row):
        return ["it has another number of cells than the head, or an empty one"]
    rest = NAMED.sub("", row[-1]).replace(";", "").strip()
    if rest or not NAMED.search(row[-1]):
        return [f"no test, or not in the form `file` `name`: {rest or row[-1]}"]
    wrong = []
    for file, names in NAMED.findall(row[-1]):
        path = ROOT / file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for name in re.findall(r"\w+", names):
            if not re.search(DEFINED[path.suffix].format(name), text, re.MULTILINE):
                wrong.append(f"{file} has no test {name}")
    return wrong


class Differences(unittest.TestCase):
    def test_each_row_names_an_existing_test(self):
        found = tables(PAGE.read_text(encoding="utf-8"))
        self.assertEqual(len(found), 2)
        for head, *rows in found:
            self.assertEqual((head[:2], head[-1]), ([SUBJECT, "AWS"], TEST))
            self.assertGreater(len(rows), 5)
            for row in rows:
                with self.subTest(row[0]):
                    self.assertEqual(complaints(head, row), [])

    def test_no_subject_has_two_rows(self):
        for _, *rows in tables(PAGE.read_text(encoding="utf-8")):
            subjects = [row[0] for row in rows]
            self.assertEqual(len(subjects), len(set(subjects)))

    def test_a_row_without_an_existing_test_is_refused(self):
        head = [SUBJECT, "AWS", "here", TEST]
        own = f"`tools/tests/{Path(__file__).name}` `{self._testMethodName}`"
        self.assertEqual(complaints(head, ["a", "b", "c", own]), [])
        for test in (
            "",
            "none",
            "`tools/tests/test_local_overrides.py`",
            "`tools/tests/test_local_overrides.py` `test_gone`",
            "`tools/tests/gone.py` `test_a`",
            "`tools/tests/test_local_overrides.py` `test_gone`; and more",
        ):
            self.assertTrue(complaints(head, ["a", "b", "c", test]), test)
        self.assertTrue(complaints(head, ["a", "b", "`tools/tests/test_local_overrides.py` `test_gone`"]))


if __name__ == "__main__":
    unittest.main()
