"""The graph's shape, declared once: record types, their fields, their links.

A record type is declared as a class (see `schema.types`); everything else is derived from it: GraphQL types, filters
and order, the store's constraints and indexes, the columns that connectors read, first-start permissions,
documentation.

    @record("farms", "{custodian}-{localId}", "Trang trại, hợp tác xã", "A farm or an agricultural cooperative")
    class Farm(Record):
        area_ha: Decimal = field("Diện tích, ha", "Cultivated area, hectares", decimals=2)
        owner_phone: str = field("Điện thoại chủ hộ", "The owner's telephone", of=PERSONAL)
        located_in: One = link("LOCATED_IN", "Area", "Thuộc địa bàn", "Area it lies in",
                               back=("farms", "Trang trại trên địa bàn", "Farms in the area"))

Names are snake_case in the declaration and camelCase everywhere else: `ownerPhone` is the GraphQL field, the stored
property and the import column. A field's classification sets only the rules that a new installation starts with.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as default
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, NewType, cast, get_args, get_origin, get_type_hints

from schema.errors import ConfigError, NotFound
from schema.masks import Mask

Code = NewType("Code", str)
"""A string that identifies: compared exactly, sorted by code point, never a number ("01" is not 1)."""
Long = NewType("Long", int)
"""A whole number of 64 bits."""


CUSTODIAL_KEY = "{custodian}-{localId}"
"""A custodian's code may hold hyphens, its own id (`localId`) none: so no two pairs make one key."""


class Place:
    """Two degrees, latitude and longitude (WGS84), rounded to 6 decimals."""


class One:
    """A link to at most one record."""


class Many:
    """A link to any number of records."""


class Kind(StrEnum):
    """How a value is stored and compared: see `schema.scalars`."""

    TEXT = "text"
    CODE = "code"
    INT = "int"
    LONG = "long"
    DECIMAL = "decimal"
    DATE = "date"
    INSTANT = "instant"
    PLACE = "place"
    LIST = "list"


class Classification(StrEnum):
    """Who may see a field at first: everyone; agencies; the custodian; the custodian, as personal data."""

    OPEN = "open"
    SHARED = "shared"
    RESTRICTED = "restricted"
    PERSONAL = "personal"


OPEN, SHARED, RESTRICTED, PERSONAL = Classification


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a record (or of a link): `name` is also the stored property.

    Where `within` names a to-one link, values add up only among records that share its end: what one of them measures
    is in the unit of that end.
    """

    name: str
    kind: Kind
    vi: str
    en: str
    classification: Classification = OPEN
    decimals: int = 0
    codes: type[Enum] | None = None
    required: bool = False
    search: bool = False
    masks: tuple[Mask, ...] = ()
    within: str = ""

    def masked(self, mask: str) -> "Field":
        """The field as which the value that this mask leaves is stored."""
        return replace(self, name=f"{self.name}_{mask}", masks=())


@dataclass(frozen=True, slots=True)
class Link:
    """One way along a relationship; `owner` is the type that declares it, whose rules open it."""

    name: str
    relation: str
    source: str
    target: str
    many: bool
    outgoing: bool
    vi: str
    en: str
    classification: Classification = OPEN
    fields: tuple[Field, ...] = ()
    edge: str = ""
    back: str = ""

    @property
    def owner(self) -> str:
        """The declaring type."""
        return self.source if self.outgoing else self.target

    @property
    def rule_name(self) -> str:
        """The name under which the declaring type's rules speak of this link."""
        return self.name if self.outgoing else self.back


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of records: `name` is also the stored label, `plural` its connection at the root.

    `key` builds the key from import columns: `{custodian}-{localId}`; the global id is `Farm:` and the key.
    """

    name: str
    plural: str
    key: str
    vi: str
    en: str
    fields: Mapping[str, Field]
    links: Mapping[str, Link]

    @property
    def custodial(self) -> bool:
        """Whether a record's key is its custodian and the custodian's own id, so that no two custodians share one."""
        return self.key == CUSTODIAL_KEY

    @property
    def key_parts(self) -> tuple[str, ...]:
        """The columns that make a key."""
        return tuple(_KEY_PART.findall(self.key))

    @property
    def dated(self) -> bool:
        """Whether a record is valid for a time, from `validFrom` to `validTo` (its last day; none while it lasts)."""
        return {"validFrom", "validTo"} <= self.fields.keys()

    @property
    def dated_key(self) -> bool:
        """Whether one code was given to several records, each for a time of its own."""
        return self.dated and "validFrom" in self.key_parts

    def key_of(self, cells: Mapping[str, str]) -> str:
        """The key of the record with these columns; one that is missing is empty."""
        return _KEY_PART.sub(lambda part: cells.get(part[1], ""), self.key)


class Model:
    """All record types by name, with the links' other direction filled in."""

    def __init__(self, *declared: type) -> None:
        types = {cls.__name__: _read(cls) for cls in declared}
        for cls in declared:
            for attribute, named in _declared_links(cls):
                if named.back:
                    _add_back(types, types[cls.__name__].links[camel(attribute)], named.back)
        self.types: Mapping[str, RecordType] = types

    def type(self, name: str) -> RecordType:
        """The type of that name; NotFound where there is none."""
        try:
            return self.types[name]
        except KeyError:
            raise NotFound(f"không có kiểu `{name}`", f"there is no type `{name}`") from None

    def type_of(self, record_id: str) -> RecordType | None:
        """The type that a global id (`Farm:MARD-000123`) names, if any."""
        name, colon, _ = record_id.partition(":")
        return self.types.get(name) if colon else None


_KEY_PART = re.compile(r"\{(\w+)\}")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_RELATION = re.compile(r"[A-Z][A-Z0-9_]*")
_KINDS: dict[object, Kind] = {
    str: Kind.TEXT,
    Code: Kind.CODE,
    int: Kind.INT,
    Long: Kind.LONG,
    Decimal: Kind.DECIMAL,
    date: Kind.DATE,
    datetime: Kind.INSTANT,
    Place: Kind.PLACE,
}


@dataclass(frozen=True, slots=True)
class _Declared:
    vi: str
    en: str
    of: Classification
    relation: str = ""
    target: str = ""
    edge: type | None = None
    back: tuple[str, str, str] | None = None
    options: Mapping[str, Any] = default(default_factory=dict[str, Any])


def field(  # noqa: PLR0913 - each is one property of a field, named at every use
    vi: str,
    en: str,
    *,
    of: Classification = OPEN,
    decimals: int = 0,
    required: bool = False,
    search: bool = False,
    masks: tuple[Mask, ...] = (),
    within: str = "",
) -> Any:  # noqa: ANN401 - stands where the annotation names the value's type
    """Declare a field; the annotation says its kind: `str`, `Code`, an enum, `int`, `Long`, `Decimal`, `date`, ..."""
    options = {"decimals": decimals, "required": required, "search": search, "masks": masks, "within": within}
    return _Declared(vi, en, of, options=options)


def link(  # noqa: PLR0913 - each is one property of a link, named at every use
    relation: str,
    target: str,
    vi: str,
    en: str,
    *,
    of: Classification = OPEN,
    edge: type | None = None,
    back: tuple[str, str, str] | None = None,
) -> Any:  # noqa: ANN401 - as above
    """Declare a link to `target`, annotated `One` or `Many`; `back` names the other way round (name, vi, en)."""
    return _Declared(vi, en, of, relation, target, edge, back)


def record(plural: str, key: str, vi: str, en: str) -> Callable[[type], type]:
    """Declare a record type: its connection at the root of a query, and the columns that make its key."""

    def mark(cls: type) -> type:
        setattr(cls, "__record__", (plural, key, vi, en))  # noqa: B010 - read back by Model, no part of the class's type
        return cls

    return mark


def camel(name: str) -> str:
    """`owner_phone` as `ownerPhone`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _identifier(name: str, pattern: re.Pattern[str] = _IDENTIFIER) -> str:
    """Refuse a declared name that could not stand in a statement as it is."""
    if not pattern.fullmatch(name):
        raise ConfigError(f"tên `{name}` không hợp lệ", f"`{name}` is no valid name")
    return name


def _fields(cls: type) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for attribute, hint in get_type_hints(cls).items():
        declared = getattr(cls, attribute, None)
        if isinstance(declared, _Declared) and not declared.relation:
            name = _identifier(camel(attribute))
            found[name] = _field(name, hint, declared)
    return found


def _field(name: str, hint: object, declared: _Declared) -> Field:
    codes: type[Enum] | None = None
    kind = _KINDS.get(hint)
    inner = get_args(hint)[0] if get_origin(hint) is list else hint
    if isinstance(inner, type) and issubclass(inner, Enum):
        codes, kind = inner, Kind.CODE
    if get_origin(hint) is list:
        kind = Kind.LIST
    if kind is None:
        raise ConfigError(f"`{name}` có kiểu lạ", f"`{name}` has an annotation that is no kind of value")
    found = Field(name, kind, declared.vi, declared.en, declared.of, codes=codes, **declared.options)
    for mask in found.masks:
        if kind not in mask.kinds or codes is not None:
            raise ConfigError(
                f"`{name}` không nhận mặt nạ `{mask.name}`", f"`{name}` cannot have the mask `{mask.name}`"
            )
    return found


def _declared_links(cls: type) -> list[tuple[str, _Declared]]:
    every = ((attribute, getattr(cls, attribute, None)) for attribute in get_type_hints(cls))
    return [(attribute, named) for attribute, named in every if isinstance(named, _Declared) and named.relation]


def _links(cls: type) -> dict[str, Link]:
    found: dict[str, Link] = {}
    hints = get_type_hints(cls)
    for attribute, declared in _declared_links(cls):
        name = _identifier(camel(attribute))
        found[name] = Link(
            name,
            _identifier(declared.relation, _RELATION),
            cls.__name__,
            declared.target,
            hints[attribute] is Many,
            outgoing=True,
            vi=declared.vi,
            en=declared.en,
            classification=declared.of,
            fields=tuple(_fields(declared.edge).values()) if declared.edge else (),
            edge=declared.edge.__name__ if declared.edge else "",
            back=camel(declared.back[0]) if declared.back else "",
        )
    return found


def _read(cls: type) -> RecordType:
    plural, key, vi, en = cast("tuple[str, str, str, str]", vars(cls)["__record__"])
    fields, links = _fields(cls), _links(cls)
    for of in fields.values():
        if of.within and (of.within not in links or links[of.within].many):
            raise ConfigError(
                f"`{of.name}` cộng được theo `{of.within}`, không phải liên kết tới một bản ghi",
                f"`{of.name}` adds up within `{of.within}`, which is no link to one record",
            )
    return RecordType(_identifier(cls.__name__), _identifier(plural), key, vi, en, fields, links)


def _add_back(types: dict[str, RecordType], forward: Link, named: tuple[str, str, str]) -> None:
    name, vi, en = camel(named[0]), named[1], named[2]
    target = types.get(forward.target)
    if target is None or name in target.fields or name in target.links:
        raise ConfigError(
            f"liên kết `{forward.source}.{forward.name}` không nối được",
            f"link `{forward.source}.{forward.name}` has no free end at `{forward.target}.{name}`",
        )
    back = Link(
        _identifier(name),
        forward.relation,
        forward.target,
        forward.source,
        many=True,
        outgoing=False,
        vi=vi,
        en=en,
        classification=forward.classification,
        fields=forward.fields,
        edge=forward.edge,
        back=forward.name,
    )
    types[target.name] = RecordType(
        target.name, target.plural, target.key, target.vi, target.en, target.fields, {**target.links, name: back}
    )
