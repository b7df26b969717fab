"""Names keep their slots: groups and scopes against every order and every subset of what is deployed."""

import itertools
import random
import unittest

from stack.aws.slots import FREE, SLOTS, Slots, keep, names


def ten(*given):
    return [*given, *[FREE] * (SLOTS - len(given))]


class Keep(unittest.TestCase):
    def test_what_is_new_goes_into_the_first_slots_in_order(self):
        self.assertEqual(keep(ten("a", "b"), ten()), Slots(tuple(ten("a", "b"))))

    def test_the_order_in_the_configuration_moves_nothing(self):
        for order in itertools.permutations(("a", "b", "c")):
            self.assertEqual(keep(ten(*order), ten("a", "b", "c")), Slots(tuple(ten("a", "b", "c"))))

    def test_a_new_name_before_the_others_takes_a_free_slot(self):
        self.assertEqual(keep(ten("new", "a"), ten("a")).names, tuple(ten("a", "new")))

    def test_a_name_that_is_not_wanted_any_more_keeps_its_slot_and_can_come_back(self):
        without = keep(ten("b"), ten("a", "b"))
        self.assertEqual((without.names, without.kept), (tuple(ten("a", "b")), ("a",)))
        self.assertEqual(keep(ten("b", "a"), without.names), Slots(tuple(ten("a", "b"))))

    def test_a_new_name_takes_a_slot_that_nobody_had_before_one_that_somebody_had(self):
        found = keep(ten("b", "c"), ten("a", "b"))
        self.assertEqual((found.names, found.kept, found.dropped), (tuple(ten("a", "b", "c")), ("a",), ()))

    def test_only_when_all_ten_are_needed_a_slot_is_used_again(self):
        deployed = list("abcdefghij")
        found = keep([*"abcdefgh", "new", FREE], deployed)
        self.assertEqual((found.names, found.kept, found.dropped), ((*"abcdefghi", "new"), ("i",), ("j",)))

    def test_what_is_not_remembered_is_gone(self):
        found = keep(ten("b"), ten("a", "b"), remember=False)
        self.assertEqual((found.names, found.kept, found.dropped), ((FREE, "b", *[FREE] * 8), (), ("a",)))

    def test_a_shorter_list_than_ten_is_filled_up(self):
        self.assertEqual(str(keep(names("a"), names("a,b"))), "a,b,-,-,-,-,-,-,-,-")

    def test_whatever_is_deployed_every_wanted_name_is_there_once_and_none_that_stays_has_moved(self):
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
