"""The page of the first rules is the one that is made, and says what the classifications promise."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from auth import matrix
from auth.matrix import page
from auth.principal import Action, Role
from auth.rules import Constraint, Rule, defaults
from schema.model import OPEN, PERSONAL, RESTRICTED, SHARED, Classification, Model
from schema.types import MODEL

pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parent.parent


def rows() -> dict[tuple[str, str, str], list[str]]:
    """The cells of the page, by type, name and action."""
    found: dict[tuple[str, str, str], list[str]] = {}
    kind = ""
    for line in page(MODEL).splitlines():
        if line.startswith("## "):
            kind = line.split()[1]
        if cells := re.fullmatch(r"\| `(\w+)` \| (\w+) \| (.*) \|", line):
            found[kind, cells[1], cells[2]] = cells[3].split(" | ")
    return found


def test_the_committed_page_is_the_one_that_is_made() -> None:
    assert (ROOT / "docs" / "matrix.md").read_text("utf-8") == page(MODEL), "run `make docs`"


@pytest.mark.parametrize(
    ("classification", "cells"),
    [
        (OPEN, ["O", "O", "OS", "OSR", "O", "O", "OS", "OSR"]),
        (SHARED, ["–", "–", "OS", "OSR", "–", "–", "OS", "OSR"]),
        (RESTRICTED, ["–", "–", "–", "OSR", "–", "–", "–", "OSR"]),
        (PERSONAL, ["–", "–", "–", "–", "–", "–", "–", "OSR"]),
    ],
)
def test_every_field_is_read_as_its_classification_says(classification: Classification, cells: list[str]) -> None:
    """Visitor, developer; then officer, publisher, steward, each of another agency's record and of their own."""
    found = rows()
    of = [
        (kind.name, field.name)
        for kind in MODEL.types.values()
        for field in (*kind.fields.values(), *(link for link in kind.links.values() if link.outgoing))
        if field.classification is classification
    ]
    assert of
    assert {one: found[*one, "read"] for one in of} == dict.fromkeys(of, cells)


def test_what_nobody_may_do_is_said_and_nothing_else_is_left_out() -> None:
    said = re.search(r"closed to everyone, of every type: (.*)\.", page(MODEL))
    assert said is not None
    assert set(re.findall(r"`(\w+)`", said[1])) == set(Action) - {action for _, _, action in rows()}
    assert all(role in page(MODEL) for role in Role)


def test_a_change_of_the_first_rules_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(model: Model) -> list[Rule]:
        first = Rule(
            "x", "permission", "HUB", "anyone", "read", "Farm", ("ownerName",), masks=(("ownerName", "firstWord"),)
        )
        return [*defaults(model), first]

    def further(model: Model) -> list[Rule]:
        return [replace(rule, constraints=(Constraint("origin", ("FACT",)),)) for rule in defaults(model)]

    monkeypatch.setattr(matrix, "defaults", changed)
    assert rows()["Farm", "ownerName", "read"] == ["◐OSR"] * 7 + ["OSR"]
    monkeypatch.setattr(matrix, "defaults", further)
    with pytest.raises(KeyError):
        page(MODEL)
