"""The page about sharing says the law word for word, and each of its examples is what the code decides."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

import pytest
from graphql import DocumentNode, FieldNode, OperationDefinitionNode, parse, validate
from graphql.execution import get_argument_values

from auth import delegation as delegation_module
from auth import policy as policy_module
from auth.delegation import ended, given
from auth.policy import Environment, Policy, access
from auth.predicates import Term, Values
from auth.principal import ANONYMOUS, Principal, Role
from auth.rules import Rule, defaults
from hub.api.schema import schema
from hub.api.sharing import ConstraintInput, MaskInput, PermissionInput, ProhibitionInput, draft
from hub.commands import drafts as drafts_module
from schema.errors import HubError
from schema.masks import Masked
from schema.model import camel
from schema.types import MODEL
from tests.oracle.schemas import CORE

PAGE: Final = (Path(__file__).parent.parent / "docs" / "permissions.md").read_text("utf-8")
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
EXAMPLES: Final = re.findall(r"^### (\d+\. .*?)\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL)
FIRST: Final = tuple(defaults(MODEL))
ABSENT, CLOSED = "–", "null"


@dataclass(frozen=True, slots=True)
class Told:
    """A record as the page tells of it."""

    id: str
    values: Mapping[str, str]
    links: Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Policies:
    """The rules after each step of an example."""

    rules: list[tuple[Rule, ...]] = field(default_factory=lambda: [FIRST])
    count: dict[str, int] = field(default_factory=dict[str, int])

    def step(self, asker: Principal, node: FieldNode) -> None:
        """Do what a mutation asks for, as the hub does."""
        mutation = CORE.mutation_type
        assert mutation is not None
        arguments = get_argument_values(mutation.fields[node.name.value], node)
        policy, here = Policy(1, self.rules[-1]), Environment(NOW)
        if node.name.value == "revokePermission":
            gone = ended(arguments["id"], asker, policy, here)
            self.rules.append(tuple(rule for rule in policy.rules if rule.id not in gone))
            return
        kind = PermissionInput if node.name.value == "grantPermission" else ProhibitionInput
        agency = asker.agency or ""
        number = self.count.get(agency, 0) + 1
        asked = draft(kind(**_read(arguments["input"])))
        rule = given(replace(asked, id=f"{agency}/{number}"), asker, policy, here)
        self.count[agency] = number
        self.rules.append((*policy.rules, rule))


def _read(written: Mapping[str, Any]) -> dict[str, Any]:
    """An input as Strawberry gives it to the mutation."""
    names = {camel(name): name for name in ("basis_vi", "basis_en", "valid_from", "valid_until")}
    found = {names.get(name, name): value for name, value in written.items()}
    found["records"] = [ConstraintInput(**one) for one in found["records"]]
    if "masks" in found:
        found["masks"] = [MaskInput(**one) for one in found["masks"]]
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def records() -> dict[str, Told]:
    found: dict[str, Told] = {}
    for name, values, links in re.findall(r"^\| `(\w+:[^`]+)` \| ([^|]*=[^|]*) \| ([^|]*)\|$", PAGE, re.MULTILINE):
        ends: dict[str, list[str]] = {}
        for link, end in _pairs(links):
            ends.setdefault(link, []).append(end)
        found[name] = Told(name, dict(_pairs(values)), ends)
    return found


def _pairs(text: str) -> list[tuple[str, str]]:
    return [cast("tuple[str, str]", tuple(each.strip().split("=", 1))) for each in text.split(";") if each.strip()]


RECORDS: Final = records()


def asker_of(text: str) -> tuple[Principal, datetime]:
    """`steward@MAE`, `client:app`, `developer`, `anyone`; then `purpose=` and `at=` where they are said."""
    who, *more = text.strip("`").split(" ")
    said = dict(each.split("=", 1) for each in more)
    assert said.keys() <= {"purpose", "at"}
    role, _, agency = who.partition("@")
    if who == "anyone":
        asker = ANONYMOUS
    elif who.startswith("client:"):
        asker = Principal(client=who.removeprefix("client:"), roles=frozenset({Role.DEVELOPER}))
    else:
        asker = Principal("someone" if agency else None, agency or None, frozenset({Role(role)}))
    return replace(asker, purpose=said.get("purpose")), datetime.fromisoformat(said["at"]) if "at" in said else NOW


def stored(record: Told) -> Values:
    """The record's values as predicates ask for them; links are told from the record that declares them."""

    def values(term: Term) -> Sequence[object]:
        ends = [record.id]
        for relation, outgoing in term.path:
            assert outgoing
            ends = [other for end in ends for other in _linked(end, relation)]
        for end in ends if term.climbs else ():
            ends += [other for other in _linked(end, term.climbs) if other not in ends]
        assert not term.listed
        return [end if term.field == "id" else RECORDS[end].values.get(term.field) for end in ends]

    return values


def _linked(end: str, relation: str) -> Sequence[str]:
    declared = MODEL.types[end.partition(":")[0]].links
    return [other for name, ends in RECORDS[end].links.items() if declared[name].relation == relation for other in ends]


def seen(rules: tuple[Rule, ...], asker: Principal, at: datetime, record: Told, name: str) -> str:
    """What the page should say."""
    kind = record.id.partition(":")[0]
    one = access(asker, Policy(1, rules), Environment(at)).types[kind]
    values = stored(record)
    if not one.rows.holds(values):
        return ABSENT
    if one.fields[name].holds(values):
        return record.values[name]
    masks = {mask.name: mask.hide for mask in MODEL.types[kind].fields[name].masks}
    way = next((way for way, opens in one.masks.get(name, ()) if opens.holds(values)), None)
    return CLOSED if way is None else _shown(masks[way](_typed(record.values[name])))


def _typed(text: str) -> Masked:
    return int(text) if text.isdecimal() and not text.startswith("0") else text


def _shown(value: Masked) -> str:
    return str(value)


def steps(body: str) -> list[tuple[str, str, FieldNode]]:
    """Who sends what, and the code of the error that they get, if they do."""
    (block,) = re.findall(r"```graphql\n(.*?)```", body, re.DOTALL)
    found: list[tuple[str, str, FieldNode]] = []
    for who, code, text in re.findall(r"^# (\S+?@\w+)(?:: (\w+))?\n(.*?)(?=^# |\Z)", block, re.MULTILINE | re.DOTALL):
        document: DocumentNode = parse(text)
        assert validate(CORE, document) == [], text
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        (node,) = operation.selection_set.selections
        assert isinstance(node, FieldNode)
        found.append((who, code, node))
    assert len(found) == block.count("mutation ")
    return found


@pytest.mark.parametrize(("title", "body"), EXAMPLES, ids=[title.split(".")[0] for title, _ in EXAMPLES])
def test_an_example_is_what_the_code_decides(title: str, body: str) -> None:
    policies = Policies()
    for who, code, node in steps(body):
        asker, _ = asker_of(who)
        if code:
            with pytest.raises(HubError) as refused:
                policies.step(asker, node)
            assert refused.value.code == code, title
            policies.rules.append(policies.rules[-1])
        else:
            policies.step(asker, node)
    header, _, *lines = [line for line in body.splitlines() if line.startswith("|")]
    assert len(cells(header)) == 3 + len(policies.rules)
    assert lines
    for line in lines:
        asked, record, name, *told = cells(line)
        asker, at = asker_of(asked)
        found = [seen(rules, asker, at, RECORDS[record.strip("`")], name.strip("`")) for rules in policies.rules]
        assert told == found, f"{title}: {line}"


def test_there_are_ten_examples_and_each_shows_a_change_and_a_limit() -> None:
    assert [title.split(".")[0] for title, _ in EXAMPLES] == [str(number + 1) for number in range(10)]
    for title, body in EXAMPLES:
        lines = [cells(line)[3:] for line in body.splitlines() if line.startswith("| `")]
        assert any(len(set(told)) > 1 for told in lines), title
        assert any(len(set(told)) == 1 for told in lines), title


def test_the_records_of_the_page_are_of_the_model() -> None:
    assert len(RECORDS) == PAGE.count("visibility=")
    for record in RECORDS.values():
        declared = MODEL.types[record.id.partition(":")[0]]
        assert set(record.values) <= declared.fields.keys()
        assert set(record.links) <= declared.links.keys()
        assert all(end in RECORDS for ends in record.links.values() for end in ends)
        codes = {name: of.codes for name, of in declared.fields.items() if of.codes is not None}
        assert all(record.values[name] in codes[name].__members__ for name in codes.keys() & record.values.keys())


@pytest.mark.parametrize(
    ("module", "after"),
    [(policy_module, "## Luật"), (delegation_module, "Cấp tiếp quyền"), (drafts_module, "Ghi dữ liệu")],
)
def test_the_page_says_the_law_word_for_word(module: ModuleType, after: str) -> None:
    listed = re.findall(r"^\d+\. (.*?)(?=^\d+\. |\Z)", module.__doc__ or "", re.MULTILINE | re.DOTALL)
    section = PAGE[PAGE.index(after) :].split("\n\n| | ", 1)[1].split("\n\n", 1)[0]
    rows = [cells(line) for line in section.splitlines() if re.match(r"\| \d", line)]
    assert [english for _, _, english in rows] == [" ".join(item.split()) for item in listed]
    assert [number for number, _, _ in rows] == [str(number + 1) for number in range(len(listed))]
    assert all(vietnamese for _, vietnamese, _ in rows)


def test_every_operation_on_the_page_is_valid() -> None:
    blocks = re.findall(r"^```graphql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) > len(EXAMPLES) / 2
    operations = [DocumentNode(definitions=(each,)) for block in blocks for each in parse(block).definitions]
    assert [problem.message for each in operations for problem in validate(schema.graphql, each)] == []
