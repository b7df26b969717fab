"""Tests that groups and scopes keep their slots, for every order and every subset of the deployed ones."""

import itertools
import random
import unittest

from stack.aws.slots import FREE, SLOTS, Slots, keep, names


def ten(*given):
    return [*given, *[FREE] * (SLOTS - len(given))]


class Keep(unittest.TestCase):
    def test_new_names_take_the_first_slots_in_order(self):
        self.assertEqual(keep(ten("a", "b"), ten()), Slots(tuple(ten("a", "b"))))

    def test_the_order_in_the_configuration_moves_no_name(self):
        for order in itertools.permutations(("a", "b", "c")):
            self.assertEqual(keep(ten(*order), ten("a", "b", "c")), Slots(tuple(ten("a", "b", "c"))))

    def test_a_new_name_before_the_others_takes_a_free_slot(self):
        self.assertEqual(keep(ten("new", "a"), ten("a")).names, tuple(ten("a", "new")))

    def test_an_unwanted_name_keeps_its_slot_and_can_come_back(self):
        without = keep(ten("b"), ten("a", "b"))
        self.assertEqual((without.names, without.kept), (tuple(ten("a", "b")), ("a",)))
        self.assertEqual(keep(ten("b", "a"), without.names), Slots(tuple(ten("a", "b"))))

    def test_a_new_name_takes_free_slots_first(self):
        found = keep(ten("b", "c"), ten("a", "b"))
        self.assertEqual((found.names, found.kept, found.dropped), (tuple(ten("a", "b", "c")), ("a",), ()))

    def test_a_slot_is_reused_only_if_all_ten_are_needed(self):
        deployed = list("abcdefghij")
        found = keep([*"abcdefgh", "new", FREE], deployed)
        self.assertEqual((found.names, found.kept, found.dropped), ((*"abcdefghi", "new"), ("i",), ("j",)))

    def test_without_remember_an_unwanted_name_is_dropped(self):
        found = keep(ten("b"), ten("a", "b"), remember=False)
        self.assertEqual((found.names, found.kept, found.dropped), ((FREE, "b", *[FREE] * 8), (), ("a",)))

    def test_a_list_shorter_than_ten_is_padded(self):
        self.assertEqual(str(keep(names("a"), names("a,b"))), "a,b,-,-,-,-,-,-,-,-")

    def test_every_wanted_name_has_one_slot_and_none_moves(self):
        chance = random.Random(7)
        for _ in range(2000):
            deployed = chance.sample([*"abcdefghijklmno", *[FREE] * SLOTS], SLOTS)
            wanted = ten(*chance.sample("abcdefghijklmnopqrst", chance.randrange(SLOTS + 1)))
            for remember in (True, False):
                found = keep(wanted, deployed, remember)
                real = [name for name in wanted if name != FREE]
                self.assertEqual(len(found.names), SLOTS)
                self.assertTrue(all(found.names.count(name) == 1 for name in real), (wanted, deployed))
                for place, name in enumerate(deployed):
                    if name in real or name in found.kept:
                        self.assertEqual(found.names[place], name)
                lost = {name for name in deployed if name not in (FREE, *found.names)}
                self.assertEqual(lost, set(found.dropped))
                if lost and remember:
                    self.assertNotIn(FREE, found.names, "a name was dropped although there was room")


if __name__ == "__main__":
    unittest.main()
