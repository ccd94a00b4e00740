"""Who asks in these tests, and the rules that say what each may see: the first ones, and some of every other form."""

from auth.principal import ANONYMOUS, Principal
from auth.rules import ANYONE, Attribute, Constraint, Kind, Rule, defaults
from schema.types import MODEL


def _rule(name: str, kind: Kind, assignee: str, of: str, fields: tuple[str, ...] | None, *on: Constraint) -> Rule:
    return Rule(name, kind, "HUB", assignee, "read", of, fields, on)


CLOSED, NAMED = "person:closed", "client:named"
RULES = [
    *defaults(MODEL),
    _rule("c1", Kind.PROHIBITION, CLOSED, "Farm", None, Constraint("kind", ("CROP", "MIXED"))),
    _rule("c2", Kind.PROHIBITION, CLOSED, "Farm", ("areaHa", "grows"), Constraint("origin", ("FICTIONAL",))),
    _rule("c3", Kind.PROHIBITION, CLOSED, "Area", ("partOf", "name"), Constraint("custodian", (Attribute.AGENCY,))),
    _rule(
        "c4",
        Kind.PROHIBITION,
        CLOSED,
        "Business",
        None,
        Constraint("exchange", ("HOSE",)),
        Constraint("size", ("SMALL",)),
    ),
    _rule("c5", Kind.PROHIBITION, CLOSED, "Sector", None),
    _rule("c6", Kind.PROHIBITION, CLOSED, "Product", ("hsCode",)),
    _rule("n1", Kind.PERMISSION, NAMED, "Farm", ("ownerName", "location", "sellsTo"), Constraint("kind", ("CROP",))),
    _rule(
        "n2",
        Kind.PERMISSION,
        NAMED,
        "Farm",
        ("ownerName", "name"),
        Constraint("custodian", ("A", "B")),
        Constraint("origin", ("FACT",)),
    ),
    _rule(
        "n3", Kind.PERMISSION, NAMED, "Business", ("turnover", "taxCode"), Constraint("kind", ("HOUSEHOLD", "STORE"))
    ),
    _rule("n4", Kind.PERMISSION, NAMED, "Observation", ("value",)),
    _rule("n5", Kind.PROHIBITION, ANYONE, "Observation", ("note",), Constraint("status", ("ESTIMATED",))),
]
PRINCIPALS = {
    "anonymous": ANONYMOUS,
    "officer": Principal(subject="o", agency="A", roles=frozenset({"officer"})),
    "steward": Principal(subject="s", agency="A", roles=frozenset({"steward"})),
    "closed": Principal(subject="closed", agency="B", roles=frozenset({"officer"})),
    "named": Principal(client="named", roles=frozenset({"developer"})),
}
