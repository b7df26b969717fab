"""The tables of docs/operations.md are those that cost.py makes."""

import unittest
from pathlib import Path

import cost

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


class Cost(unittest.TestCase):
    def test_the_document_has_the_tables_that_the_inputs_give(self):
        text = DOCUMENT.read_text(encoding="utf-8")
        for name in ("scale_table", "hit_table", "cost_table"):
            self.assertTrue(getattr(cost, name)() in text, f"{name} is stale: python3 scripts/stack/cost.py")

    def test_no_cache_asks_the_authorizer_for_every_request_and_a_longer_one_less_often(self):
        load = cost.Load(100)
        self.assertEqual(load.decisions(0), 100)
        rates = [load.hit_rate(ttl) for ttl in (0, 10, 60, 300, 3600)]
        self.assertEqual(rates, sorted(rates))
        self.assertLess(rates[-1], 1)

    def test_each_quota_holds_for_the_loads_that_are_shown(self):
        for rate in cost.RATES:
            load = cost.Load(rate)
            self.assertLessEqual(load.concurrency, cost.LAMBDA_CONCURRENCY)
            self.assertLessEqual(load.sign_ins, cost.COGNITO_SIGN_INS_A_SECOND)
            self.assertLessEqual(load.writes, cost.DYNAMODB_ON_DEMAND_WRITES)


if __name__ == "__main__":
    unittest.main()
