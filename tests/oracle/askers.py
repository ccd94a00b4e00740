"""Who asks in these tests, and the rules that say what each may see: the first ones, and some of every other form."""

from auth.principal import ANONYMOUS, Principal
from auth.rules import ANYONE, Attribute, Constraint, Kind, Rule, defaults
from schema.types import MODEL


def _rule(
    name: str,
    kind: Kind,
    assignee: str,
    of: str,
    fields: tuple[str, ...] | None,
    *on: Constraint,
    masks: tuple[tuple[str, str], ...] = (),
) -> Rule:
    return Rule(name, kind, "HUB", assignee, "read", of, fields, on, masks)


def _on(field: str, *values: str, path: tuple[str, ...] = ()) -> Constraint:
    return Constraint(field, values, path)


def _within(*path: str) -> Constraint:
    """Areas that made-up graphs often have, that above all in the golden cases, and all below them."""
    areas = ("Area:VN@1976-07-02", *(f"Area:{custodian}-{number:03}" for custodian in "ABC" for number in range(3)))
    return Constraint("id", areas, path, within=True)


CLOSED, NAMED, MASKED, FAR, WITHIN = "person:closed", "client:named", "client:masked", "client:far", "client:within"
_FARM = ("name", "ownerName", "ownerPhone", "location", "yearlyRevenue", "areaHa", "foundedOn", "grows")
_MILD = (("foundedOn", "month"), ("yearlyRevenue", "to100"), ("ownerName", "firstWord"), ("location", "cell"))
_STRICT = (("areaHa", "to1"), ("foundedOn", "year"), ("ownerPhone", "first4"), ("yearlyRevenue", "to1000"))
_BUSINESS = ("name", "employees", "turnover", "foundedOn", "locatedIn")
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
    _rule("c7", Kind.PROHIBITION, CLOSED, "Product", ("kind",), _on("hsCode", "0901"), _on("hsCode", "A")),
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
    _rule("l1", Kind.PERMISSION, NAMED, "Farm", ("ownerPhone",), _on("consents", "wifi", "A")),
    _rule("l2", Kind.PROHIBITION, NAMED, "Farm", ("foundedOn",), _on("certifications", "VIETGAP")),
    _rule("l3", Kind.PROHIBITION, NAMED, "Business", ("foundedOn",), _on("consents", "A", path=("buysFrom",))),
    _rule("n4", Kind.PERMISSION, NAMED, "Observation", ("value",)),
    _rule("m1", Kind.PERMISSION, MASKED, "Farm", _FARM, _on("origin", "FACT"), masks=_MILD),
    _rule("m2", Kind.PERMISSION, MASKED, "Farm", _FARM, _on("custodian", "A", "B"), masks=_STRICT),
    _rule("m3", Kind.PERMISSION, MASKED, "Farm", ("ownerName", "areaHa"), _on("kind", "CROP", "MIXED")),
    _rule("m4", Kind.PROHIBITION, MASKED, "Farm", ("yearlyRevenue",), _on("visibility", "RESTRICTED")),
    _rule("m5", Kind.PERMISSION, MASKED, "Business", _BUSINESS, masks=(("employees", "to100"), ("turnover", "to1000"))),
    _rule("f1", Kind.PERMISSION, FAR, "Farm", ("ownerPhone", "grows"), _on("level", "PROVINCE", path=("locatedIn",))),
    _rule("f2", Kind.PERMISSION, FAR, "Farm", ("inspectionNote",), _on("kind", "CROP", "CRAFT", path=("grows",))),
    _rule("f3", Kind.PROHIBITION, FAR, "TouristSite", None, _on("kind", "STORE", path=("operatedBy",))),
    _rule("f4", Kind.PROHIBITION, FAR, "Business", ("name",), _on("code", "A", "01", path=("locatedIn", "partOf"))),
    _rule("f5", Kind.PROHIBITION, FAR, "Product", ("kind",), _on("origin", "FACT", path=("grownBy",))),
    _rule("w1", Kind.PERMISSION, WITHIN, "Farm", ("ownerName",), _within("locatedIn")),
    _rule("w2", Kind.PERMISSION, WITHIN, "Farm", ("location",), _within("locatedIn"), masks=(("location", "cell"),)),
    _rule("w3", Kind.PROHIBITION, WITHIN, "TouristSite", None, _within("locatedIn")),
    _rule("w4", Kind.PROHIBITION, WITHIN, "Area", ("nameEn",), _within()),
    _rule("n5", Kind.PROHIBITION, ANYONE, "Observation", ("note",), Constraint("status", ("ESTIMATED",))),
]
PRINCIPALS = {
    "anonymous": ANONYMOUS,
    "officer": Principal(subject="o", agency="A", roles=frozenset({"officer"})),
    "steward": Principal(subject="s", agency="A", roles=frozenset({"steward"})),
    "closed": Principal(subject="closed", agency="B", roles=frozenset({"officer"})),
    "named": Principal(client="named", roles=frozenset({"developer"})),
    "masked": Principal(client="masked", roles=frozenset({"developer"})),
    "far": Principal(client="far", agency="A", roles=frozenset({"officer"})),
    "within": Principal(client="within", agency="C", roles=frozenset({"officer"})),
}
