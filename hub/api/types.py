"""GraphQL types derived from the declared model.

For a record type `Farm`: the object `Farm`, its `FarmConnection` and `FarmEdge`, the filter `FarmWhere`, the order
`FarmOrder`, and `FarmLinks` (some, every, none) for filters through links to many. A link with data of its own has a
connection of its own (`FarmGrowsConnection`), whose edges carry it. Filters on values are shared by kind.

Strawberry resolves annotations by name when the schema is built, so types that refer to each other are made in one
pass over the model, each name bound in one namespace.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from keyword import iskeyword
from typing import Any, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directives import OneOf
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from hub.api.scalars import LongNumber
from hub.compiler import lookups
from hub.compiler.filters import EDGE
from hub.compiler.narrowing import area_of, place_of
from schema.model import Field, Kind, Link, Model, RecordType

_VALUES: Mapping[Kind, str] = {
    Kind.TEXT: "str",
    Kind.CODE: "str",
    Kind.INT: "int",
    Kind.LONG: "LongNumber",
    Kind.DECIMAL: "Decimal",
    Kind.DATE: "date",
    Kind.INSTANT: "datetime",
    Kind.PLACE: "Place",
}
_ORDERED = ("eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "isNull")
_FILTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "TextFilter": ("str", (*_ORDERED[:-1], "contains", "startsWith", "endsWith", "isNull")),
    "CodeFilter": ("str", _ORDERED),
    "ExactFilter": ("str", ("eq", "ne", "in", "notIn", "isNull")),
    "IntFilter": ("int", _ORDERED),
    "LongFilter": ("LongNumber", _ORDERED),
    "DecimalFilter": ("Decimal", _ORDERED),
    "DateFilter": ("date", _ORDERED),
    "DateTimeFilter": ("datetime", _ORDERED),
    "ListFilter": ("str", ("has", "isNull")),
    "PlaceFilter": ("str", ("isNull",)),
}
_KIND_FILTERS: Mapping[Kind, str] = {
    Kind.TEXT: "TextFilter",
    Kind.CODE: "CodeFilter",
    Kind.INT: "IntFilter",
    Kind.LONG: "LongFilter",
    Kind.DECIMAL: "DecimalFilter",
    Kind.DATE: "DateFilter",
    Kind.INSTANT: "DateTimeFilter",
    Kind.LIST: "ListFilter",
    Kind.PLACE: "PlaceFilter",
}
_ENUM_OPERATORS = ("eq", "ne", "in", "notIn", "isNull")
_PAGE = "A page of records; totalCount counts all pages. Một trang bản ghi."
"""Said once, not again at each of the fields, which every type has alike."""
_UNORDERED = {Kind.PLACE, Kind.LIST}


@strawberry.enum(description="Chiều sắp xếp. Direction of an order, and where nulls go (last unless said).")
class Direction(Enum):
    """Direction of an order; nulls come last unless the direction says first."""

    ASC = "ASC"
    DESC = "DESC"
    ASC_NULLS_FIRST = "ASC_NULLS_FIRST"
    DESC_NULLS_FIRST = "DESC_NULLS_FIRST"


@strawberry.interface(description="A record with a global id. Bản ghi có định danh toàn cục.")
class Node:
    """Everything that `node(id)` can find."""

    id: strawberry.ID


@strawberry.type(description="Degrees (WGS84). Độ (WGS84).")
class Place:
    """A place on the globe."""

    lat: float
    lon: float


@strawberry.type(description="Where this page ends. Trang này dừng ở đâu.")
class PageInfo:
    """The ends of a page of a connection."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Types:
    """Every GraphQL type derived from one model; `namespace` binds their names."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.namespace: dict[str, Any] = {
            "str": str,
            "int": int,
            "bool": bool,
            "float": float,
            "LongNumber": LongNumber,
            "Decimal": Decimal,
            "date": date,
            "datetime": datetime,
            "ID": strawberry.ID,
            "Direction": Direction,
            "Node": Node,
            "Place": Place,
            "PageInfo": PageInfo,
        }
        for name, (value, operators) in _FILTERS.items():
            self._filter(name, value, operators)
        degrees: dict[str, str] = dict.fromkeys(("south", "west", "north", "east"), "float!")
        self.input("BoxInput", degrees, "Degrees, edges included. Độ, kể cả biên.")
        self.input(
            "NearInput", dict.fromkeys(("lat", "lon", "withinKm"), "float!"), "At most 2,000 km. Tối đa 2.000 km."
        )
        within = {"box": "BoxInput", "area": "ID"}
        self.input("WithinInput", within, "In it, or in an area below. Cả các địa bàn bên dưới.", one_of=True)
        for kind in model.types.values():
            self._record(kind)

    def lookup(self, kind: RecordType) -> StrawberryField:
        """The root field that gives a record by its natural key."""
        given = [
            self.argument(name, "date | None" if name == lookups.AT else "str" if needed else "str | None", None)
            for name, needed in lookups.arguments(kind).items()
        ]
        return self.field(
            lookups.singular(kind), f"{kind.name} | None", f"One by its key. Tra theo khóa: {kind.vi}.", given
        )

    def arguments(
        self, kind: RecordType, link: Link | None = None, *, described: bool = False
    ) -> list[StrawberryArgument]:
        """The arguments of a connection to records of that type; those of the root are described, for all."""
        target = kind.name
        valid = [self.argument("asOf", "date | None", "Valid on that day. Có hiệu lực vào ngày này.")]
        made = [
            *(valid if kind.dated else ()),
            self.argument("where", f"{target}Where | None", "Conditions. Điều kiện."),
            *([self.argument(EDGE, f"{link.edge}Where | None", None)] if link is not None and link.fields else ()),
            *self._narrowing(kind),
            self.argument("orderBy", f"list[{target}Order] | None", "Keys of the order. Các khoá sắp xếp."),
            self.argument("first", "int | None", "Page size: 20 if absent, at most 100. Cỡ trang."),
            self.argument("after", "str | None", "The cursor to start behind. Con trỏ của dòng liền trước."),
            self.argument("last", "int | None", "Page size, from the end. Cỡ trang, tính từ cuối."),
            self.argument("before", "str | None", "The cursor to end ahead of. Con trỏ của dòng liền sau."),
        ]
        if not described:
            for each in made:
                each.description = None
        return made

    def _narrowing(self, kind: RecordType) -> list[StrawberryArgument]:
        """The arguments that narrow a connection, as far as the type has what they need."""
        found: list[StrawberryArgument] = []
        if any(field.search for field in kind.fields.values()):
            found.append(self.argument("search", "str | None", "Words, the best fit first. Từ cần tìm."))
        if place_of(kind):
            found.append(self.argument("near", "NearInput | None", "Around a place, nearest first. Quanh một vị trí."))
        if place_of(kind) or area_of(kind):
            found.append(self.argument("within", "WithinInput | None", "In a box or an area. Trong vùng, địa bàn."))
        return found

    def field(
        self, name: str, annotation: str, description: str | None = None, arguments: Iterable[StrawberryArgument] = ()
    ) -> StrawberryField:
        """A field without a resolver: its value comes from the compiled statement."""
        made = StrawberryField(
            python_name=f"{name}_" if iskeyword(name) else name,
            graphql_name=name,
            type_annotation=self.annotation(annotation),
            description=description,
        )
        made.arguments = list(arguments)
        return made

    def make(self, name: str, fields: Iterable[StrawberryField], description: str, **options: Any) -> type:  # noqa: ANN401 - passed on
        """A Strawberry type of these fields, bound by name."""
        by_name = {each.python_name: each for each in fields}
        bases = options.pop("bases", ())
        annotations = {
            key: str(cast("StrawberryAnnotation", each.type_annotation).raw_annotation) for key, each in by_name.items()
        }
        body: dict[str, Any] = {"__annotations__": annotations, "__doc__": description, **by_name}
        made = strawberry.type(type(name, bases, body), name=name, description=description, **options)
        for key, each in by_name.items():  # the class body put its module's names in place of ours
            each.type_annotation = self.annotation(annotations[key])
        self.namespace[name] = made
        return made

    def annotation(self, text: str) -> StrawberryAnnotation:
        """An annotation that is read among these types."""
        return StrawberryAnnotation(text, namespace=self.namespace)

    def argument(self, name: str, annotation: str, description: str | None) -> StrawberryArgument:
        """An argument; absent where its annotation allows null."""
        return StrawberryArgument(
            python_name=name,
            graphql_name=name,
            type_annotation=self.annotation(annotation),
            description=description,
        )

    def input(self, name: str, fields: Mapping[str, str], description: str, *, one_of: bool = False) -> None:
        """An input type; what its annotation does not mark by `!` may be absent."""
        made: list[StrawberryField] = []
        for key, annotation in fields.items():
            if annotation.endswith("!"):
                each = self.field(key, annotation.removesuffix("!"), "")
            else:
                each = self.field(key, f"{annotation} | None", "")
                each.default = strawberry.UNSET
                each.default_value = strawberry.UNSET
            each.description = None
            made.append(each)
        self.make(name, made, description, is_input=True, directives=(OneOf(),) if one_of else ())

    def _filter(self, name: str, value: str, operators: tuple[str, ...]) -> None:
        shapes = {"in": f"list[{value}]", "notIn": f"list[{value}]", "isNull": "bool"}
        fields = {operator: shapes.get(operator, value) for operator in operators}
        self.input(name, fields, "All that are given must hold. Mọi điều kiện đều phải đúng.")

    def value(self, field: Field) -> str:
        """The annotation of a field's values."""
        if field.codes is not None and field.codes.__name__ not in self.namespace:
            described = (field.codes.__doc__ or "").splitlines()[0]
            self.namespace[field.codes.__name__] = strawberry.enum(field.codes, description=described)
            self._filter(f"{field.codes.__name__}Filter", field.codes.__name__, _ENUM_OPERATORS)
            self._filter(f"{field.codes.__name__}ListFilter", field.codes.__name__, ("has", "isNull"))
        if field.kind is Kind.LIST:
            return f"list[{field.codes.__name__ if field.codes else 'str'}]"
        return field.codes.__name__ if field.codes else _VALUES[field.kind]

    def _filter_of(self, field: Field) -> str:
        if field.codes is None:
            return _KIND_FILTERS[field.kind]
        return f"{field.codes.__name__}{'ListFilter' if field.kind is Kind.LIST else 'Filter'}"

    def _record(self, kind: RecordType) -> None:
        values = [self.field(f.name, f"{self.value(f)} | None", f"{f.en}. {f.vi}.") for f in kind.fields.values()]
        links = [self._link(kind, link) for link in kind.links.values()]
        ids = [self.field("id", "ID", "Global id. Định danh toàn cục.")]
        self.make(kind.name, [*ids, *values, *links], f"{kind.en}. {kind.vi}.", bases=(Node,))
        self._connection(f"{kind.name}", kind.name, ())
        self._where(kind)
        self._order(kind)

    def _link(self, kind: RecordType, link: Link) -> StrawberryField:
        described = f"{link.en}. {link.vi}."
        if not link.many:
            return self.field(link.name, f"{link.target} | None", described)
        connection = _page_of(kind, link)
        if link.fields:
            self._connection(connection, link.target, link.fields)
        return self.field(
            link.name, f"{connection}Connection | None", described, self.arguments(self._model.types[link.target], link)
        )

    def _connection(self, name: str, target: str, own: tuple[Field, ...]) -> None:
        far = self.field("distance", "int | None", "Metres from `near`; null without it. Cách `near` bao nhiêu mét.")
        edge = [
            self.field("cursor", "str"),
            self.field("node", target),
            *([far] if place_of(self._model.types[target]) else []),
            *(self.field(f.name, f"{self.value(f)} | None", f"{f.en}. {f.vi}.") for f in own),
        ]
        self.make(f"{name}Edge", edge, "A record and its cursor. Bản ghi và con trỏ của nó.")
        page = [
            self.field("edges", f"list[{name}Edge]"),
            self.field("nodes", f"list[{target}]"),
            self.field("pageInfo", "PageInfo"),
            self.field("totalCount", "int"),
            self.field(
                "aggregate",
                f"list[{target}Aggregate]",
                arguments=[self.argument("groupBy", f"list[{target}Group] | None", None)],
            ),
        ]
        self.make(f"{name}Connection", page, _PAGE)

    def _where(self, kind: RecordType) -> None:
        name = f"{kind.name}Where"
        fields = {"id": "CodeFilter", **{f.name: self._filter_of(f) for f in kind.fields.values()}}
        links = {
            link.name: f"{_page_of(kind, link) if link.many else link.target}{'Links' if link.many else 'Where'}"
            for link in kind.links.values()
        }
        trees = {"and": f"list[{name}]", "or": f"list[{name}]", "not": name}
        self.input(name, {**fields, **links, **trees}, "All that are given must hold. Mọi điều kiện đều phải đúng.")
        described = "Conditions on linked records. Điều kiện trên bản ghi liên kết."
        words: dict[str, str] = dict.fromkeys(("some", "every", "none"), name)
        self.input(f"{kind.name}Links", words, described)
        for link in kind.links.values():
            if link.many and link.fields:
                self._edge_where(link)
                to: dict[str, str] = dict.fromkeys(words, f"{link.target}Where")
                self.input(f"{_page_of(kind, link)}Links", {**to, EDGE: f"{link.edge}Where"}, described)

    def _edge_where(self, link: Link) -> None:
        """The filter on a link's own data, which is the same from both ends."""
        name = f"{link.edge}Where"
        if name not in self.namespace:
            filters = {of.name: "ExactFilter" if of.kind is Kind.TEXT else self._filter_of(of) for of in link.fields}
            self.input(name, filters, "On links of which all holds. Trên các liên kết thỏa mọi điều kiện.")

    def _order(self, kind: RecordType) -> None:
        fields = {f.name: "Direction" for f in kind.fields.values() if f.kind not in _UNORDERED}
        links = {link.name: f"{link.target}Order" for link in kind.links.values() if not link.many}
        described = "One key of an order. Một khoá sắp xếp."
        self.input(f"{kind.name}Order", {"id": "Direction", **fields, **links}, described, one_of=True)


def _page_of(kind: RecordType, link: Link) -> str:
    """How the names of a link's own types begin; one without data shares those of its target."""
    return f"{kind.name}{link.name[0].upper()}{link.name[1:]}" if link.fields else link.target
