"""Giving and taking back access: only what one may give, never more of it, never deeper than said; it ends together."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as cases
from hypothesis import settings
from hypothesis import strategies as st

from auth.delegation import ended, given, visible
from auth.policy import Environment, Policy, access
from auth.principal import ANONYMOUS, Action, Principal
from auth.rules import ANYONE, Attribute, Constraint, Kind, Rule, defaults
from schema.errors import Denied, InvalidInput, NotFound
from schema.types import MODEL

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
HERE = Environment(NOW)
DAY = timedelta(days=1)


def steward(agency: str | None) -> Principal:
    return Principal("an", agency, frozenset({"steward"}))


def draft(  # noqa: PLR0913 - as a rule is written
    to: str,
    *fields: str,
    of: str = "Farm",
    action: Action = Action.READ,
    name: str = "",
    constraints: tuple[Constraint, ...] = (),
    masks: tuple[tuple[str, str], ...] = (),
    until: datetime | None = None,
    purpose: str | None = None,
    kind: Kind = Kind.PERMISSION,
    under: str | None = None,
) -> Rule:
    return Rule(
        name or f"to {to}",
        kind,
        "",
        to,
        action,
        of,
        fields or None,
        constraints,
        masks,
        valid_until=until,
        purpose=purpose,
        parent=under,
    )


def policy(*rules: Rule) -> Policy:
    return Policy(1, (*defaults(MODEL), *rules))


def passed_on(*agencies: str) -> tuple[Policy, list[Rule]]:
    """A permission to grant passed from the first of these agencies to the next, and on."""
    rules: list[Rule] = []
    for number, (giver, taker) in enumerate(itertools.pairwise(agencies)):
        under = f"pass {number - 1}" if number else None
        rule = draft(f"agency:{taker}", "name", "ownerName", action=Action.GRANT, name=f"pass {number}", under=under)
        rules.append(given(rule, steward(giver), policy(*rules), HERE))
    return policy(*rules), rules


def test_a_steward_gives_of_their_own_agencys_records_alone() -> None:
    rule = given(draft("agency:MOIT", "name", "ownerName"), steward("MARD"), policy(), HERE)
    assert rule.assigner == "MARD"
    assert rule.constraints == (Constraint("custodian", ("MARD",)),)
    assert rule.parent == "first-start/Farm/custody/role:steward/grant"
    seen = access(Principal(agency="MOIT"), policy(rule), HERE).types["Farm"].fields["ownerName"]
    assert seen.holds(lambda term: ["MARD" if term.field == "custodian" else "RESTRICTED"])
    assert not seen.holds(lambda term: ["MOIT" if term.field == "custodian" else "OPEN"])


def test_what_the_draft_says_of_records_is_kept_beside() -> None:
    some = (Constraint("kind", ("CROP",)), Constraint("custodian", ("MOIT", "MARD")))
    rule = given(draft("agency:MOIT", "name", constraints=some), steward("MARD"), policy(), HERE)
    assert rule.constraints == (*some, Constraint("custodian", ("MARD",)))


@pytest.mark.parametrize(
    "asker",
    [ANONYMOUS, Principal("an", "MARD", frozenset({"officer", "publisher"})), steward(None), Principal(client="app")],
)
def test_who_manages_no_sharing_gives_nothing(asker: Principal) -> None:
    with pytest.raises(Denied, match="ask your agency's steward"):
        given(draft(ANYONE, "name"), asker, policy(), HERE)
    with pytest.raises(NotFound):
        ended("first-start/Farm/custody/role:steward/grant", asker, policy(), HERE)
    with pytest.raises(Denied):
        visible(asker, policy(), HERE)


@pytest.mark.parametrize(
    "records",
    [
        (Constraint("custodian", (Attribute.AGENCY,)), Constraint("id", (Attribute.CLIENT,))),
        (Constraint("custodian", ("MARD", Attribute.CLIENT)),),
    ],
)
def test_who_lacks_what_a_permission_names_of_them_gives_nothing_under_it(records: tuple[Constraint, ...]) -> None:
    above = Rule("above", Kind.PERMISSION, "MARD", "role:steward", Action.GRANT, "Farm", ("name",), records)
    under_it = draft(ANYONE, "name", under="above")
    assert given(under_it, replace(steward("MARD"), client="app"), policy(above), HERE).parent == "above"
    with pytest.raises(Denied):
        given(under_it, steward("MARD"), policy(above), HERE)


@pytest.mark.parametrize(
    "wrong",
    [
        draft("everyone", "name"),
        draft(ANYONE, "secret"),
        draft(ANYONE, "name", of="Ghost"),
        draft(ANYONE),
        draft(ANYONE, "name", masks=(("name", "year"),)),
        draft(ANYONE, "name", constraints=(Constraint("areaHa", ("1",)),)),
        draft(ANYONE, "name", until=NOW),
        draft(ANYONE, "name", until=NOW.replace(tzinfo=None)),
    ],
)
def test_what_is_no_rule_is_refused(wrong: Rule) -> None:
    with pytest.raises((InvalidInput, Denied)):
        given(wrong, steward("MARD"), policy(), HERE)


def test_a_prohibition_may_close_whole_records() -> None:
    rule = given(draft("agency:MOIT", kind=Kind.PROHIBITION), steward("MARD"), policy(), HERE)
    assert (rule.fields, rule.constraints) == (None, (Constraint("custodian", ("MARD",)),))


def test_who_may_give_some_fields_gives_no_others() -> None:
    rules, _ = passed_on("MARD", "MOIT")
    assert given(draft("agency:MCST", "name", under="pass 0"), steward("MOIT"), rules, HERE)
    with pytest.raises(Denied, match="`ownerPhone`"):
        given(draft("agency:MCST", "name", "ownerPhone", under="pass 0"), steward("MOIT"), rules, HERE)
    for other in ("pass 1", "first-start/Farm/sharing/role:steward/read"):
        with pytest.raises(Denied):
            given(draft("agency:MCST", "name", under=other), steward("MOIT"), rules, HERE)


def test_a_permission_is_passed_on_three_times_and_no_more() -> None:
    every, rules = passed_on("A", "B", "C", "D")
    assert [rule.parent for rule in rules] == ["first-start/Farm/custody/role:steward/grant", "pass 0", "pass 1"]
    with pytest.raises(Denied, match="passed on `3` times"):
        given(draft("agency:E", "name", under="pass 2"), steward("D"), every, HERE)
    assert given(draft("agency:E", "name", under="pass 1"), steward("C"), every, HERE).parent == "pass 1"


def test_what_is_passed_on_stays_about_the_first_givers_records() -> None:
    rules, _ = passed_on("A", "B", "C")
    rule = given(draft("agency:E", "name", under="pass 1"), steward("C"), rules, HERE)
    assert set(rule.constraints) == {Constraint("custodian", ("A",))}


def test_validity_purpose_and_masks_only_narrow() -> None:
    masks = (("ownerPhone", "first4"), ("foundedOn", "month"))
    above = draft(
        "agency:B", "ownerPhone", "foundedOn", action=Action.GRANT, masks=masks, until=NOW + DAY, purpose="survey"
    )
    rules = policy(given(above, steward("A"), policy(), HERE))
    fine = draft(
        "agency:C", "foundedOn", masks=(("foundedOn", "year"),), until=NOW + DAY, purpose="survey", under=above.id
    )
    asker = replace(steward("B"), purpose="survey")
    assert given(fine, asker, rules, HERE).masks == (("foundedOn", "year"),)
    for wider, told in (
        (replace(fine, masks=()), "`month`"),
        (replace(fine, fields=("ownerPhone",), masks=()), "`first4`"),
        (replace(fine, valid_until=None), "ends at"),
        (replace(fine, valid_until=NOW + 2 * DAY), "ends at"),
        (replace(fine, purpose=None), "`survey`"),
    ):
        with pytest.raises(InvalidInput, match=told):
            given(wider, asker, rules, HERE)


def test_a_prohibition_to_grant_beats_the_permission() -> None:
    closed = Rule("no", Kind.PROHIBITION, "MARD", "agency:MARD", Action.GRANT, "Farm", ("ownerName",))
    with pytest.raises(Denied):
        given(draft(ANYONE, "ownerName"), steward("MARD"), policy(closed), HERE)
    assert given(draft(ANYONE, "name"), steward("MARD"), policy(closed), HERE)
    with pytest.raises(Denied):
        given(draft(ANYONE, kind=Kind.PROHIBITION), steward("MARD"), policy(closed), HERE)
    of_everything = replace(closed, fields=None)
    with pytest.raises(Denied):
        given(draft(ANYONE, "name"), steward("MARD"), policy(of_everything), HERE)


def test_what_was_given_ends_with_what_it_was_given_under() -> None:
    rules, _ = passed_on("A", "B", "C")
    last = given(draft("agency:E", "name", name="last", under="pass 1"), steward("C"), rules, HERE)
    all_of_them = Policy(2, (*rules.rules, last))
    assert ended("pass 0", steward("A"), all_of_them, HERE) == ("pass 0", "pass 1", "last")
    assert ended("last", steward("A"), all_of_them, HERE) == ("last",)
    assert ended("last", steward("C"), all_of_them, HERE) == ("last",)
    for asker, name in ((steward("C"), "pass 0"), (steward("E"), "last"), (steward("A"), "nothing")):
        with pytest.raises(NotFound, match="gave no permission"):
            ended(name, asker, all_of_them, HERE)
    with pytest.raises(NotFound):
        ended("first-start/Farm/custody/role:steward/grant", steward("A"), all_of_them, HERE)


def test_a_steward_sees_what_their_agency_gave_and_was_given() -> None:
    rules, _ = passed_on("A", "B", "C")
    seen = {rule.id for rule in visible(steward("B"), rules, HERE) if not rule.id.startswith("first-start")}
    assert seen == {"pass 0", "pass 1"}
    assert "pass 1" not in {rule.id for rule in visible(steward("A"), rules, HERE)}


drafts = st.builds(
    draft,
    st.sampled_from([ANYONE, "agency:B", "role:officer", "person:an"]),
    st.sampled_from(["name", "ownerName", "areaHa", "locatedIn"]),
    constraints=st.sampled_from(
        [
            (),
            (Constraint("custodian", ("B",)),),
            (Constraint("kind", ("CROP",)),),
            (Constraint("id", ("Area:01@2025-07-01",), ("locatedIn",), within=True),),
        ]
    ),
    masks=st.just(()),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@cases(drafts)
def test_nothing_is_opened_of_records_of_others(some: Rule) -> None:
    rule = given(some, steward("A"), policy(), HERE)
    reader = Principal("an", "B", frozenset({"officer"}))
    before, after = (access(reader, rules, HERE).types["Farm"] for rules in (policy(), policy(rule)))
    for name in after.fields:
        for custodian in ("B", "C", None):
            found = {"custodian": custodian, "visibility": "RESTRICTED", "kind": "CROP"}
            holds = [one.fields[name].holds(lambda term, of=found: [of.get(term.field)]) for one in (before, after)]
            assert holds[0] == holds[1]
