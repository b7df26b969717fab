"""Which version each function goes back to: of one revision for all of them, one that served together."""

import unittest

from stack.aws.earlier import History, choose

A, B, C, D = "aaaaaaaa0", "bbbbbbbb0", "cccccccc0", "dddddddd0"


def history(at, versions):
    return History(at, versions)


def chosen(**histories):
    found = choose(histories)
    return found and (found.revision, found.versions)


class Choose(unittest.TestCase):
    def test_a_version_that_a_failed_update_left_for_one_function_alone_is_passed_over(self):
        orders = history(7, {5: A, 6: B, 7: C})
        whoami = history(6, {5: A, 6: C})
        self.assertEqual(chosen(orders=orders, whoami=whoami), (A, {"orders": 5, "whoami": 5}))

    def test_it_is_the_newest_revision_that_every_function_has_below_its_own(self):
        numbers = history(9, {7: A, 8: B, 9: C, 10: D})
        more = history(11, {9: A, 10: B, 11: C, 12: D})
        self.assertEqual(chosen(one=numbers, two=more), (B, {"one": 8, "two": 10}))

    def test_the_same_again_goes_one_revision_further_until_there_is_none(self):
        versions = {1: A, 2: B, 3: C}
        for at, wanted in ((3, (B, {"one": 2, "two": 2})), (2, (A, {"one": 1, "two": 1})), (1, None)):
            self.assertEqual(chosen(one=history(at, versions), two=history(at, versions)), wanted)

    def test_versions_are_compared_as_numbers(self):
        self.assertEqual(chosen(one=history(11, {9: A, 10: B, 11: C})), (B, {"one": 10}))

    def test_nothing_moves_when_no_older_revision_is_there_for_all(self):
        self.assertIsNone(chosen(one=history(3, {2: A, 3: C}), two=history(3, {2: B, 3: C})))

    def test_a_function_that_was_added_later_keeps_no_other_from_going_back(self):
        found = chosen(old=history(6, {5: A, 6: B}), new=history(1, {1: B}))
        self.assertEqual(found, (A, {"old": 5}))

    def test_where_some_have_moved_already_the_rest_follows_to_the_same(self):
        versions = {1: A, 2: B, 3: C}
        self.assertEqual(chosen(one=history(2, versions), two=history(3, versions)), (B, {"one": 2, "two": 2}))

    def test_a_shift_that_was_given_up_half_way_goes_back_to_where_it_began(self):
        shifting = history(7, {5: A, 6: B, 7: C})
        waiting = history(6, {5: A, 6: B, 7: C})
        self.assertEqual(chosen(one=shifting, two=waiting), (B, {"one": 6, "two": 6}))

    def test_versions_from_before_there_were_revisions_go_each_to_the_one_below(self):
        self.assertEqual(
            chosen(one=history(7, {5: "", 6: "", 7: ""}), two=history(2, {1: "", 2: ""})), ("", {"one": 6, "two": 1})
        )
        # The first deploy with one, and one that failed before it.
        self.assertEqual(
            chosen(one=history(7, {5: "", 6: B, 7: C}), two=history(3, {2: "", 3: C})), ("", {"one": 5, "two": 2})
        )

    def test_one_function_without_such_a_version_keeps_all_where_they_are(self):
        self.assertIsNone(chosen(one=history(7, {6: "", 7: C}), two=history(3, {2: B, 3: C})))


if __name__ == "__main__":
    unittest.main()
