"""What is asked of a connection's `aggregate`: keys of groups, figures over them, and the layout of both.

A field that no rule can open to the asker is refused in `groupBy`, and null with one error where its figures are asked
for. Values that stand in the unit of a linked record (`Field.within`) are added up within one such record only.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from hub.compiler import shapes
from hub.compiler.documents import Asked, Operation
from hub.compiler.filters import Filters
from hub.compiler.parts import (
    All,
    Block,
    Compare,
    Condition,
    Figure,
    Function,
    GroupKey,
    Groups,
    Operator,
    Period,
    Through,
)
from schema.errors import InvalidInput
from schema.model import Field, Kind, Model, RecordType

MOST_GROUPS: Final = 1000
MOST_KEYS: Final = 8
_SUMMED: Final = (Function.HIGH, Function.LOW, Function.COUNT)


class Aggregates:
    """Reads the aggregates of one operation; `refused` takes note of a field that is closed to the asker."""

    def __init__(
        self, model: Model, operation: Operation, filters: Filters, refused: Callable[[RecordType, Asked], None]
    ) -> None:
        self._model = model
        self._operation = operation
        self._filters = filters
        self._refused = refused

    def read(self, connection: str, asked: Asked, block: Block) -> tuple[Groups, Callable[[int], shapes.Groups]]:
        """The groups of a block, and their layout given their column; InvalidInput or Denied where there are none."""
        given: Sequence[Mapping[str, Any]] = self._operation.arguments(connection, asked).get("groupBy") or ()
        if len(given) > MOST_KEYS:
            raise InvalidInput(
                f"`groupBy` có `{len(given)}` khoá, nhiều nhất là {MOST_KEYS}",
                f"`groupBy` has `{len(given)}` keys, at most {MOST_KEYS} are read",
            )
        keys = tuple(self._key(each, block.type, GroupKey((), None)) for each in given)
        one = _Aggregate(self._model, self._operation, self._filters, self._refused, block, keys)
        laid_out = one.lay_out(asked, self._operation.returned(connection, asked))
        groups = Groups(block, keys, tuple(one.figures), MOST_GROUPS + 1)
        return groups, lambda column: shapes.Groups(column, MOST_GROUPS, block.type.plural, laid_out)

    def _key(self, given: Mapping[str, Any], kind: RecordType, before: GroupKey) -> GroupKey:
        ((name, by),) = given.items()
        if name != "id":
            self._filters.require(kind, name)
        link = kind.links.get(name)
        if link is not None:
            return self._key(by, self._model.types[link.target], GroupKey((*before.path, link), None))
        word = str(by.value if isinstance(by, Enum) else by)
        return GroupKey(before.path, kind.fields.get(name), Period(word) if word in Period.__members__ else None)


class _Aggregate:
    """Lays out one aggregate; `figures` are found on the way."""

    def __init__(
        self,
        model: Model,
        operation: Operation,
        filters: Filters,
        refused: Callable[[RecordType, Asked], None],
        block: Block,
        keys: tuple[GroupKey, ...],
    ) -> None:
        self.figures: list[Figure] = []
        self._types = model.types
        self._operation = operation
        self._filters = filters
        self._refused = refused
        self._block = block
        self._keys = keys

    def lay_out(self, asked: Asked, name: str) -> shapes.Object:
        """The layout of one group."""
        entries: list[tuple[str, shapes.Shape]] = []
        for each in self._operation.fields([asked], name):
            match each.name:
                case "__typename":
                    entries.append((each.key, shapes.Constant(name)))
                case "key":
                    entries.append((each.key, self._listed(each, self._operation.returned(name, each))))
                case "count":
                    entries.append((each.key, shapes.Cell(len(self._keys))))
                case _:
                    entries.append((each.key, self._field(each, self._operation.returned(name, each))))
        return shapes.Object(tuple(entries))

    def _listed(self, asked: Asked, name: str) -> shapes.Listed:
        wanted = self._operation.fields([asked], name)
        objects: list[shapes.Object] = []
        for column, key in enumerate(self._keys):
            of = key.field
            cell = shapes.Cell(column, of.kind, of.decimals) if of else shapes.Cell(column)
            path = ".".join((*(link.name for link in key.path), of.name if of else "id"))
            shown = {"__typename": shapes.Constant(name), "name": shapes.Constant(path), "value": cell}
            objects.append(shapes.Object(tuple((each.key, shown[each.name]) for each in wanted)))
        return shapes.Listed(tuple(objects))

    def _field(self, asked: Asked, name: str) -> shapes.Shape:
        kind = self._block.type
        if not self._filters.opens(kind, asked.name):
            self._refused(kind, asked)
            return shapes.Constant(None)
        of = kind.fields[asked.name]
        entries: list[tuple[str, shapes.Shape]] = []
        for each in self._operation.fields([asked], name):
            match each.name:
                case "__typename":
                    entries.append((each.key, shapes.Constant(name)))
                case "min" | "max":
                    column = self._column(Figure(Function(each.name), of))
                    entries.append((each.key, shapes.Cell(column, of.kind, of.decimals)))
                case _:
                    entries.append((each.key, self._sum(of, average=each.name == "avg")))
        return shapes.Object(tuple(entries))

    def _sum(self, of: Field, *, average: bool) -> shapes.Sum:
        shared = self._shared(of) if of.within else None
        high, low, count = (self._column(Figure(each, of)) for each in _SUMMED)
        decimals = of.decimals if of.kind is Kind.DECIMAL else None
        return shapes.Sum(high, low, count, decimals, f"{self._block.type.name}.{of.name}", average, shared)

    def _column(self, figure: Figure) -> int:
        """Where a figure stands in a group's row: behind the keys and the number of records."""
        if figure not in self.figures:
            self.figures.append(figure)
        return len(self._keys) + 1 + self.figures.index(figure)

    def _shared(self, of: Field) -> int | None:
        """The key that names the record within which the field adds up; None where all records share one anyway."""
        kind, reached = self._block.type, self._block.link
        link = kind.links[of.within]
        if reached is not None and (reached.source, reached.name) == (link.target, link.back):
            return None
        if _holds_to_one(self._block.condition, of.within, self._types[link.target]):
            return None
        for column, key in enumerate(self._keys):
            if key.path == (link,) and key.field is None:
                return column
        where = f"`{kind.name}.{of.name}`"
        raise InvalidInput(
            f"{where} chỉ cộng được trong cùng một `{of.within}`: hãy lọc `where` theo `id` hoặc mã của nó bằng `eq`, "
            f"hoặc nhóm theo `{of.within}: {{id: VALUE}}`",
            f"{where} adds up within one `{of.within}` only: filter by its `id` or its code with `eq`, "
            f"or group by `{of.within}: {{id: VALUE}}`",
        )


def _holds_to_one(condition: Condition, name: str, target: RecordType) -> bool:
    """Whether the condition is true only of records whose link of that name ends at one certain record."""
    match condition:
        case All():
            return any(_holds_to_one(each, name, target) for each in condition.parts)
        case Through():
            return condition.link.name == name and _names_one(condition.condition, target)
        case _:
            return False


def _names_one(condition: Condition, kind: RecordType) -> bool:
    """Whether the condition is true of one record at most: of one id, or of one value of what alone makes the key."""
    match condition:
        case All():
            return any(_names_one(each, kind) for each in condition.parts)
        case Compare():
            of = condition.field
            unique = of is None or (kind.key == f"{{{of.name}}}" and not of.masks)
            return unique and condition.operator is Operator.EQ and not condition.negated
        case _:
            return False
