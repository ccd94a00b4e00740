"""Plans that are kept: an operation is answered as if compiled anew, whoever asked before and whatever changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final, cast

import pytest
from graphql import parse

from auth.grants import change, seed
from auth.policy import Access, Environment, Policy, access
from auth.principal import ANONYMOUS, Principal
from hub.compiler.cursors import Cursors
from hub.compiler.dialects import DIALECTS
from hub.compiler.documents import Operation
from hub.compiler.plans import compile_operation
from hub.execution import Bounds, Execution, Sender
from hub.limits import Price
from hub.prepared import KEPT, LARGEST, VIEWS, Kept, Prepared, Ready
from hub.shaping import shaper
from schema.graph import Graph
from schema.types import MODEL
from tests.oracle.askers import PRINCIPALS, RULES
from tests.oracle.graphs import clear, load
from tests.oracle.schemas import CORE
from tests.test_cases import CURSORS, NAMES, Case, stock, told
from tests.test_policy import NOW

ASKED: Final = {"arcadedb": 16, "neo4j": 2}
"""Operations, each asked three times by each asker; a new statement takes Neo4j half a second to plan."""
FARMS: Final = "query A($n: Int, $w: FarmWhere) { farms(first: $n, where: $w) { nodes { id } } } query B { __typename }"


@pytest.fixture
def kept() -> Kept:
    return Kept()


def seen_by(who: str) -> Access:
    return access(PRINCIPALS[who], Policy(1, tuple(RULES)), Environment(NOW))


class Asker:
    """Asks for one document as an execution does; `made` are the parameters of every plan that was compiled."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self.prepared = 0
        self.compiled = 0

    def plan(
        self,
        text: str = FARMS,
        variables: Mapping[str, Any] | None = None,
        name: str | None = "A",
        seen: Access | None = None,
        bearer: tuple[str, ...] = (),
    ) -> Ready:
        document = parse(text)
        view = seen or seen_by("anonymous")

        def prepare() -> Prepared:
            self.prepared += 1
            return Prepared(cast("Operation", Operation.prepare(CORE, document, variables, name)), Price())

        found = self._kept.operation(document, variables, name, prepare)

        def make() -> Ready:
            self.compiled += 1
            plan = compile_operation(MODEL, found.operation, view, DIALECTS["arcadedb"], CURSORS, bearer=bearer)
            return Ready(plan, shaper(plan.shape, CURSORS))

        return self._kept.plan(found, view, bearer, make)


def test_what_is_asked_again_is_compiled_once(kept: Kept) -> None:
    asker = Asker(kept)
    first = asker.plan(variables={"n": 3, "w": {"name": {"eq": "An"}}})
    again = asker.plan(variables={"n": 3, "w": {"name": {"eq": "An"}}})
    assert again is first
    assert (asker.prepared, asker.compiled, kept.misses, kept.hits) == (1, 1, 1, 1)


OTHERS: Final[Mapping[str, dict[str, Any]]] = {
    "document": {"text": FARMS.replace("{ id }", "{ name }")},
    "alias": {"text": FARMS.replace("{ id }", "{ x: id }")},
    "name": {"name": "B"},
    "value": {"variables": {"n": 4}},
    "null": {"variables": {"n": 3, "w": None}},
    "nothing": {"variables": {"n": 3, "w": {}}},
    "empty list": {"variables": {"n": 3, "w": {"id": {"in": []}}}},
    "text": {"variables": {"n": 3, "w": {"name": {"eq": "3"}}}},
    "order of words": {"variables": {"n": 3, "w": {"kind": {"eq": "CROP"}, "name": {"eq": "3"}}}},
    "other order": {"variables": {"n": 3, "w": {"name": {"eq": "3"}, "kind": {"eq": "CROP"}}}},
    "view": {"seen": seen_by("officer")},
    "epoch": {"seen": replace(seen_by("anonymous"), epoch=2)},
    "token": {"bearer": ("s:1",)},
}


@pytest.mark.parametrize("one", OTHERS)
def test_what_differs_in_anything_has_a_plan_of_its_own(kept: Kept, one: str) -> None:
    asker = Asker(kept)
    asked: dict[str, Any] = {"variables": {"n": 3}}
    every: list[dict[str, Any]] = [asked, *({**asked, **OTHERS[other]} for other in OTHERS if other != one)]
    for other in every:
        asker.plan(**other)
    compiled = asker.compiled
    mine = asker.plan(**{**asked, **OTHERS[one]})
    assert asker.compiled == compiled + 1
    assert [asker.plan(**other) is mine for other in every] == [False] * len(every)
    assert asker.compiled == compiled + 1


def test_of_a_token_nothing_is_kept(kept: Kept) -> None:
    asker = Asker(kept)
    plans = [asker.plan(bearer=bearer).plan for bearer in (("s:1",), ("s:2", "t:2"), ("s:1",))]
    assert asker.compiled == 1
    assert [plan.parts[0].parameters["bearer"] for plan in plans] == [["s:1"], ["s:2", "t:2"], ["s:1"]]
    assert "bearer" not in asker.plan().plan.parts[0].parameters


def test_what_is_refused_is_not_kept(kept: Kept) -> None:
    asker = Asker(kept)

    def refuse() -> Ready:
        raise ZeroDivisionError

    found = Prepared(cast("Operation", Operation.prepare(CORE, parse(FARMS), None, "A")), Price())
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            kept.plan(found, seen_by("anonymous"), (), refuse)
    assert not found.plans
    assert asker.plan().plan.parts


def test_it_keeps_so_much_and_no_more(kept: Kept) -> None:
    asker = Asker(kept)
    for number in range(KEPT + 10):
        asker.plan(variables={"n": 1, "w": {"herdSize": {"eq": number}}})
    assert len(kept.prepared) == KEPT
    one = asker.plan(variables={"n": 1})
    for epoch in range(VIEWS + 3):
        asker.plan(variables={"n": 1}, seen=replace(seen_by("anonymous"), epoch=epoch + 5))
    assert max(len(each.plans) for each in kept.prepared.values()) == VIEWS
    assert asker.plan(variables={"n": 1}) is not one


LARGE: Final[Mapping[str, Callable[[Asker], Ready]]] = {
    "variables": lambda asker: asker.plan(variables={"w": {"name": {"eq": "ă" * LARGEST}}}),
    "document": lambda asker: asker.plan(FARMS + " " * LARGEST),
    "a number that JSON here does not write": lambda asker: asker.plan(variables={"other": 2**70}),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_is_answered_and_not_kept(kept: Kept, name: str) -> None:
    asker = Asker(kept)
    assert LARGE[name](asker).plan.parts
    assert not kept.prepared


def questions(many: int) -> list[tuple[str, str]]:
    """So many operations of the golden cases, each with each asker of the rules."""
    fixed = [name for name in NAMES if "@" not in Case(name, rewrite=False).variables.values()]
    return [(name, who) for name in Random(3).sample(fixed, many) for who in PRINCIPALS]


async def test_answers_are_those_of_plans_made_anew(graph: Graph) -> None:
    """Also across a change of rules in the middle, and whoever's plan was made first."""
    await clear(graph, MODEL)
    await seed(graph, RULES)
    await load(graph, MODEL, stock())
    keeping, fresh = (Execution(graph, MODEL, CORE, CURSORS, Bounds()) for _ in range(2))
    pairs = questions(ASKED[graph.dialect])
    asked = [pair for pair in pairs for _ in range(3)]
    Random(4).shuffle(asked)
    answers: dict[str, set[str]] = {}
    for number, (name, who) in enumerate(asked):
        if number == len(asked) // 2:
            await change(graph, by="HUB", remove=[RULES[0].id])
        case = Case(name, rewrite=False)
        fresh.kept = Kept()
        each = [
            told(await execution.answer(case.document, case.variables, None, PRINCIPALS[who]))
            for execution in (keeping, fresh)
        ]
        assert each[0] == each[1], (name, who)
        answers.setdefault(name, set()).add(str(each[0]))
    assert keeping.kept.hits > len(pairs) // 2
    assert sum(len(each) > 1 for each in answers.values()) >= len(answers) // 2  # who asks counts
    await clear(graph, MODEL)


async def test_a_revoked_token_is_refused_though_its_plan_is_kept(graph: Graph) -> None:
    await clear(graph, MODEL)
    await seed(graph, RULES)
    execution = Execution(graph, MODEL, CORE, Cursors(b"of these tests"), Bounds())
    asker = Principal(subject="o", agency="A", roles=frozenset({"officer"}))
    document = parse("{ farms { totalCount } }")
    for bearer in ("t:1", "t:2"):
        assert (await execution.answer(document, None, None, asker, Sender((bearer,)))).errors is None
    await graph.write(("CREATE (:Revocation {id: 't:1', until: 99999999999})", {}))
    refused = await execution.answer(document, None, None, asker, Sender(("t:1",)))
    assert [getattr(error.original_error, "code", "") for error in refused.errors or ()] == ["UNAUTHENTICATED"]
    assert (await execution.answer(document, None, None, asker, Sender(("t:2",)))).errors is None
    assert (await execution.answer(document, None, None, ANONYMOUS)).errors is None
    assert execution.kept.hits >= 2
    await clear(graph, MODEL)
