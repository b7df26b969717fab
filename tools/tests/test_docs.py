"""Tests the pages of the documentation: every link has a target, and the book's table of contents has every page.

The tests use no network: they do not follow links out of the repository.
"""

import re
import subprocess
import unittest

from stack.root import ROOT

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
# Written for one reader each, and no part of the book.
APART = {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "docs/SUMMARY.md"}


def pages():
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
    return sorted(page for page in listed.stdout.splitlines() if (ROOT / page).is_file())


def prose(page):
    """The lines of a page outside its blocks of code."""
    in_code = False
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code:
            yield line


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(page):
    return {slug(line.lstrip("#")) for line in prose(page) if re.match(r"#{1,6} ", line)}


class Documentation(unittest.TestCase):
    def test_the_newest_release_of_the_changelog_is_the_version_of_the_programs(self):
        text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        first, *releases = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", text, re.MULTILINE)
        version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(first, ("Unreleased", ""))
        self.assertEqual(releases[0][0], version[1])
        self.assertTrue(all(date for _, date in releases), releases)
        self.assertEqual(releases, sorted(releases, key=lambda release: release[1], reverse=True))

    def test_every_internal_link_leads_to_a_file_and_heading(self):
        for page in pages():
            for link in LINK.findall("\n".join(prose(page))):
                if re.match(r"[a-z]+:", link):
                    continue
                path, _, anchor = link.partition("#")
                target = (ROOT / page).parent / path if path else ROOT / page
                with self.subTest(page=page, link=link):
                    self.assertTrue(target.exists(), "no such file")
                    if anchor and target.suffix == ".md":
                        self.assertIn(anchor, anchors(target.resolve().relative_to(ROOT)))

    def test_the_book_has_every_page(self):
        contents = (ROOT / "docs/SUMMARY.md").read_text(encoding="utf-8")
        listed = {(ROOT / "docs" / link).resolve() for link in LINK.findall(contents)}
        index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
        decisions = {(ROOT / "docs/decisions" / link).resolve() for link in LINK.findall(index)}
        missing = [
            page for page in pages()
            if page.startswith("docs/") and page not in APART and (ROOT / page).resolve() not in listed | decisions
        ]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
