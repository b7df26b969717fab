"""Tests which version each function goes back to: all to one revision, with which they served together."""

import unittest

from stack.aws.rollback_choice import History, choose

A, B, C, D = "aaaaaaaa0", "bbbbbbbb0", "cccccccc0", "dddddddd0"


def history(at, versions):
    return History(at, versions)


def chosen(**histories):
    found = choose(histories)
    return found and (found.revision, found.versions)


class Choose(unittest.TestCase):
    def test_a_version_that_only_one_function_has_is_skipped(self):
        orders = history(7, {5: A, 6: B, 7: C})
        whoami = history(6, {5: A, 6: C})
        self.assertEqual(chosen(orders=orders, whoami=whoami), (A, {"orders": 5, "whoami": 5}))

    def test_the_newest_earlier_common_revision_is_chosen(self):
        numbers = history(9, {7: A, 8: B, 9: C, 10: D})
        more = history(11, {9: A, 10: B, 11: C, 12: D})
        self.assertEqual(chosen(one=numbers, two=more), (B, {"one": 8, "two": 10}))

    def test_each_run_goes_one_revision_back_until_none_is_left(self):
        versions = {1: A, 2: B, 3: C}
        for at, wanted in ((3, (B, {"one": 2, "two": 2})), (2, (A, {"one": 1, "two": 1})), (1, None)):
            self.assertEqual(chosen(one=history(at, versions), two=history(at, versions)), wanted)

    def test_versions_are_compared_as_numbers(self):
        self.assertEqual(chosen(one=history(11, {9: A, 10: B, 11: C})), (B, {"one": 10}))

    def test_nothing_moves_without_an_earlier_common_revision(self):
        self.assertIsNone(chosen(one=history(3, {2: A, 3: C}), two=history(3, {2: B, 3: C})))

    def test_a_function_that_was_added_later_does_not_block_others(self):
        found = chosen(old=history(6, {5: A, 6: B}), new=history(1, {1: B}))
        self.assertEqual(found, (A, {"old": 5}))

    def test_if_some_have_moved_the_rest_follows(self):
        versions = {1: A, 2: B, 3: C}
        self.assertEqual(chosen(one=history(2, versions), two=history(3, versions)), (B, {"one": 2, "two": 2}))

    def test_an_unfinished_traffic_shift_goes_back_to_its_start(self):
        shifting = history(7, {5: A, 6: B, 7: C})
        waiting = history(6, {5: A, 6: B, 7: C})
        self.assertEqual(chosen(one=shifting, two=waiting), (B, {"one": 6, "two": 6}))

    def test_without_revisions_each_function_goes_one_version_back(self):
        self.assertEqual(
            chosen(one=history(7, {5: "", 6: "", 7: ""}), two=history(2, {1: "", 2: ""})), ("", {"one": 6, "two": 1})
        )
        # The first deploy with one, and one that failed before it.
        self.assertEqual(
            chosen(one=history(7, {5: "", 6: B, 7: C}), two=history(3, {2: "", 3: C})), ("", {"one": 5, "two": 2})
        )

    def test_if_one_function_has_no_such_version_none_moves(self):
        self.assertIsNone(chosen(one=history(7, {6: "", 7: C}), two=history(3, {2: B, 3: C})))


if __name__ == "__main__":
    unittest.main()
