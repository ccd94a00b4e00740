"""The askers of the oracle: no rule of theirs is idle, else what is compared would show less than it seems to."""

import random

from schema.types import MODEL
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.graphs import made
from tests.oracle.twins import whole
from tests.oracle.views import View


def test_every_rule_changes_a_view() -> None:
    stocks = [made(random.Random(f"graph 3 {number}"), MODEL, 8) for number in range(3)]
    asked = [(principal, stock) for principal in PRINCIPALS.values() for stock in stocks]
    views = [whole(View(MODEL, stock, RULES, principal)) for principal, stock in asked]
    for rule in [rule for rule in RULES if not rule.id.startswith("first-start")]:
        without = [one for one in RULES if one is not rule]
        assert any(
            whole(View(MODEL, stock, without, principal)) != view
            for (principal, stock), view in zip(asked, views, strict=True)
            if rule.assignee in {"anyone", f"person:{principal.subject}", f"client:{principal.client}"}
        ), rule.id
