"""From the tree to statement text and parameters: conditions, orders, pages, rows.

Every record is matched and every field read through the asker's view (see `guards`), in every clause alike.
"""

from collections.abc import Mapping, Sequence

from hub.compiler import groups as grouping
from hub.compiler import measures
from hub.compiler.guards import BEARER, FALSE, TRUE, View, conjunction, disjunction, stored
from hub.compiler.parts import (
    All,
    Block,
    Column,
    Compare,
    Condition,
    Count,
    EdgeValue,
    Form,
    GroupKey,
    Groups,
    Id,
    IsNull,
    Key,
    Linked,
    Near,
    One,
    OnEdge,
    Operator,
    OrderKey,
    Records,
    Row,
    Search,
    Some,
    Through,
    Value,
)
from schema.model import Kind, Link, RecordType
from schema.scalars import Stored


class Printer:
    """Prints the blocks of one operation, whatever it reads through the view of the asker."""

    def __init__(self, view: View, types: Mapping[str, RecordType], *, lifts: bool = False) -> None:
        """`lifts`: what holds groups is made by a clause of its own before the row that holds it, see `Dialect`."""
        self.bearer = BEARER in view.parameters
        self._view = view
        self._types = types
        self._lifts = lifts

    # Conditions: text that is true exactly where the condition is.

    def condition(  # noqa: PLR0911 - one return for each kind of condition
        self, condition: Condition, variable: str, kind: RecordType
    ) -> str:
        """A predicate on the record that the variable holds."""
        match condition:
            case All():
                return conjunction(self.condition(each, variable, kind) for each in condition.parts)
            case Some():
                return disjunction(self.condition(each, variable, kind) for each in condition.parts)
            case IsNull():
                place = condition.field is not None and condition.field.kind is Kind.PLACE
                form = Form.LAT if place else Form.VALUE
                read = self._view.read(variable, kind, condition.field, form)
                return f"{read} IS {'' if condition.null else 'NOT '}NULL"
            case Compare():
                return self._compare(condition, variable, kind)
            case Linked():
                return self._linked(condition, variable)
            case Through():
                return self._through(condition, variable)
            case Search() | Near():
                return measures.met(self._view, condition, variable, kind)

    def _on_edge(self, conditions: Sequence[OnEdge], edge: str) -> str:
        """A predicate on the link that the variable holds, over which a guarded record is reached."""
        parts: list[str] = []
        for one in conditions:
            if isinstance(one, Some) or one.field is None:
                return FALSE
            read = stored(edge, one.field, Form.VALUE)
            if isinstance(one, IsNull):
                parts.append(f"{read} IS {'' if one.null else 'NOT '}NULL")
            else:
                parts.append(self._compared(one, read))
        return conjunction(parts)

    def _compare(self, condition: Compare, variable: str, kind: RecordType) -> str:
        return self._compared(condition, self._view.read(variable, kind, condition.field, condition.form))

    def _compared(self, condition: Compare, read: str) -> str:
        given = self._view.parameter(condition.value)
        if condition.operator is Operator.HAS:
            text = f"{given} IN {read}"
        else:
            text = f"{read} {condition.operator.value} {given}"
        return f"NOT ({text})" if condition.negated else text

    def _far(
        self,
        link: Link,
        near: str,
        condition: Condition,
        *,
        untrue: bool = False,
        on_edge: Sequence[OnEdge] = (),
    ) -> str:
        """An EXISTS over the linked records of the view that meet the condition (or for which it is not true)."""
        far = self._view.variable("n")
        edge = self._view.variable("e") if on_edge else ""
        pattern = self._view.over(link, near, far, edge)
        meets = self.condition(condition, far, self._types[link.target])
        if untrue:
            meets = FALSE if meets == TRUE else TRUE if meets == FALSE else f"NOT coalesce({meets}, false)"
        linked = self._on_edge(on_edge, edge)
        return f"EXISTS {{ MATCH {pattern.text} WHERE {conjunction((pattern.guard, linked, meets))} }}"

    def _linked(self, condition: Linked, variable: str) -> str:
        far = condition.condition
        exists = self._far(condition.link, variable, far, untrue=condition.every, on_edge=condition.edge)
        return exists if condition.every is condition.negated else f"NOT {exists}"

    def _through(self, condition: Through, variable: str) -> str:
        exists = self._far(condition.link, variable, condition.condition)
        if not condition.holds_on_null:
            return exists
        return f"({exists} OR NOT {self._far(condition.link, variable, All())})"

    # Order and pages.

    def key(self, key: OrderKey, variable: str, kind: RecordType, form: Form | None = None) -> str:
        """The value of an order key, as what it is ordered by or in that form."""
        if key.measure:
            return measures.measured(self._view, key.measure, variable, kind)
        form = form or (Form.SORT if key.field and key.field.kind is Kind.TEXT else Form.VALUE)
        if not key.path:
            return self._view.read(variable, kind, key.field, form)
        steps: list[str] = []
        near = variable
        for link in key.path:
            far = self._view.variable("n")
            pattern = self._view.over(link, near, far, "")
            # a MATCH of its own for each link: within one, a record linked to itself could not be passed twice
            steps.append(f"MATCH {pattern.text} WHERE {pattern.guard}")
            near = far
        end = self._types[key.path[-1].target]
        read = self._view.read(near, end, key.field, form)
        return f"head(COLLECT {{ {' '.join(steps)} RETURN {read} LIMIT 1 }})"

    def certain(self, key: OrderKey, kind: RecordType) -> bool:
        """Whether the key is a measure, or a property of its own that is never null in the view."""
        if key.path:
            return False
        rules = self._view.access.types[kind.name]
        return key.field is None or (key.field.required and rules.fields[key.field.name] == rules.rows)

    def between(self, block: Block, keys: list[str]) -> str:
        """The predicate that a record stands between the ones whose values the cursors gave."""
        turned = tuple(key.turned() for key in block.order)
        return conjunction(
            self._beyond(block.type, order, keys, values)
            for order, values in ((block.order, block.after), (turned, block.until))
            if values is not None
        )

    def _beyond(self, kind: RecordType, order: Sequence[OrderKey], keys: list[str], values: tuple[Stored, ...]) -> str:
        text = FALSE
        for key, read, value in reversed(list(zip(order, keys, values, strict=True))):
            text = self._behind(key, read, value, text, certain=self.certain(key, kind))
        return text

    def _behind(self, key: OrderKey, read: str, value: Stored, rest: str, *, certain: bool) -> str:
        """Behind at this key, or level with it and behind at the rest."""
        if value is None:
            level = conjunction((f"{read} IS NULL", rest))
            return disjunction((f"{read} IS NOT NULL" if key.nulls_first else FALSE, level))
        given = self._view.parameter(value)
        strict = f"{read} {'<' if key.descending else '>'} {given}"
        if certain:  # a range on the key lets an index give the order
            loose = f"{read} {'<=' if key.descending else '>='} {given}"
            return strict if rest == FALSE else conjunction((loose, disjunction((strict, rest))))
        nulls = FALSE if key.nulls_first else f"{read} IS NULL"
        return disjunction((strict, nulls, f"({conjunction((f'{read} = {given}', rest))})" if rest != FALSE else FALSE))

    def order(self, block: Block, keys: list[str]) -> str:
        """ORDER BY items: where nulls go is said only where the store's habit is another."""
        items: list[str] = []
        for key, read in zip(block.order, keys, strict=True):
            if not self.certain(key, block.type) and key.nulls_first is not key.descending:
                first, second = (0, 1) if key.nulls_first else (1, 0)
                items.append(f"CASE WHEN {read} IS NULL THEN {first} ELSE {second} END")
            items.append(f"{read} DESC" if key.descending else read)
        return ", ".join(items)

    # Blocks and rows.

    def start(self, block: Block, near: str | None) -> tuple[str, str, str, str]:
        """A block's variable, the variable of its link, its MATCH pattern and its predicate without the cursor's."""
        variable = self._view.variable("n")
        edge = self._view.variable("e") if block.link and block.link.fields else ""
        if block.link is None or near is None:
            pattern = self._view.guard(variable, block.type)
        else:
            pattern = self._view.over(block.link, near, variable, edge)
        linked = self._on_edge(block.edge, edge)
        predicate = conjunction((pattern.guard, linked, self.condition(block.condition, variable, block.type)))
        return variable, edge, pattern.text, predicate

    def records(self, block: Block, near: str | None) -> tuple[str, str]:
        """Clauses that leave the block's page, ordered and cut before anything of it is read; and what to return."""
        variable, edge, pattern, predicate = self.start(block, near)
        keys = [self.key(key, variable, block.type) for key in block.order]
        made = [bool(key.path or key.measure) for key in block.order]
        aliases = [self._view.variable("k") if each else read for each, read in zip(made, keys, strict=True)]
        carried = [variable, *([edge] if edge else [])]
        named = [f"{read} AS {alias}" for read, alias in zip(keys, aliases, strict=True) if read != alias]
        text = f"MATCH {pattern}"
        behind = self.between(block, aliases)
        if near is None and self.walks(block):
            behind = self._ranged(block, keys, behind, f"{variable}.id")
        if named:
            text += f" WHERE {predicate} WITH {', '.join([*carried, *named])}"
            text += f" WHERE {behind}" if behind != TRUE else ""
        else:
            text += f" WHERE {conjunction((predicate, behind))}"
        carried += [alias for read, alias in zip(keys, aliases, strict=True) if read != alias]
        limit = self._view.parameter(block.limit)
        text += f" WITH {', '.join(carried)} ORDER BY {self.order(block, aliases)} LIMIT {limit}"
        lifted, row = self.row(block.row, variable, edge, aliases)
        return text + lifted, row

    def _ranged(self, block: Block, keys: list[str], behind: str, identity: str) -> str:
        """Between the cursors, said so that Neo4j takes the order from the index of the first key and the id.

        It needs a range on the first property of an index, and something to be said of each other one.
        """
        ranged = f"{keys[0]} >= ''" if behind == TRUE else behind
        return ranged if block.order[0].field is None else f"{ranged} AND {identity} IS NOT NULL"

    def collect(self, block: Block, near: str | None) -> str:
        """The block's rows as a list."""
        page, row = self.records(block, near)
        return f"COLLECT {{ {page} RETURN {row} AS row }}"

    def walks(self, block: Block) -> bool:
        """Whether an index gives the block's order: its first key is the id, or a name that every record has.

        An index is walked from either end, but all of its keys in one direction. What lies in a narrow box is found
        sooner by where it lies.
        """
        key, last = block.order[0], block.order[-1]
        indexed = not key.measure and self.certain(key, block.type) and (key.field is None or key.field.search)
        return indexed and key.descending is last.descending and not measures.narrow(block.condition)

    def walk(self, block: Block, first: str, name: str) -> str:
        """The block's rows as a whole statement (or UNION branch) that walks its index in order: see `walks`."""
        variable = self._view.variable("n")
        pattern = self._view.guard(variable, block.type)
        keys = [self.key(key, variable, block.type) for key in block.order]
        behind = self.between(block, keys)
        behind = f"{keys[0]} >= ''" if behind == TRUE else behind
        asked = self._hidden(block.condition, variable, block.type)
        text = f"MATCH {pattern.text} WHERE {conjunction((behind, pattern.guard, asked))}"
        _, row = self.row(block.row, variable, "", keys)
        text += f" RETURN {first}{row} AS {name} ORDER BY {self.order(block, keys)}"
        return f"{text} LIMIT {self._view.parameter(block.limit)}"

    def _hidden(self, condition: Condition, variable: str, kind: RecordType) -> str:
        """The condition, hidden in a CASE from an optimizer that would leave the order's index for an equality.

        Only what is asked of the id stays in sight: its index is better still.
        """
        parts = condition.parts if isinstance(condition, All) else (condition,)
        seen = [each for each in parts if isinstance(each, Compare) and each.field is None]
        rest = conjunction(self.condition(each, variable, kind) for each in parts if each not in seen)
        if rest not in {TRUE, FALSE}:
            rest = f"CASE WHEN {rest} THEN true ELSE false END"
        return conjunction((*(self.condition(each, variable, kind) for each in seen), rest))

    def count(self, block: Block, near: str | None) -> str:
        """A subquery that matches the block's records, whatever the page."""
        _, _, pattern, predicate = self.start(block, near)
        return f"MATCH {pattern} WHERE {predicate}"

    def groups(self, column: Groups, near: str | None) -> tuple[str, str]:
        """Clauses that leave one row for each group, in the order of the keys; and what to return of it.

        What is grouped and added up is read first, each by a name of its own, so that it is asked once of each record
        whether the asker may see it.
        """
        variable, _, pattern, predicate = self.start(column.block, near)
        kind = column.block.type
        read: dict[str, str] = {}

        def named(text: str) -> str:
            return read.setdefault(text, self._view.variable("g"))

        keys = [[named(each) for each in self._group_key(key, variable, kind)] for key in column.keys]
        figures = [
            grouping.figure(
                each.function, named(self._view.read(variable, kind, each.field, Form.VALUE)), self._view.parameter
            )
            for each in column.figures
        ]
        told: dict[str, str] = {}  # of each group: its keys' parts, then what is counted and added up
        for key, names in zip(column.keys, keys, strict=True):
            if key.period is not None:
                names[0] = told.setdefault(
                    grouping.period(key.period, names[0], self._view.parameter), self._view.variable("g")
                )
            else:
                told |= {name: name for name in names}
        order = list(dict.fromkeys(name for names in keys for name in names))
        counted = {each: self._view.variable("g") for each in dict.fromkeys(("count(*)", *figures))}
        text = f"MATCH {pattern} WHERE {predicate}"
        text += f" WITH {_named(read)}" if read else ""
        text += f" WITH {_named({**told, **counted})}"
        if keys:
            text += f" ORDER BY {', '.join(order)} LIMIT {self._view.parameter(column.limit)}"
        row = [*(names[-1] for names in keys), *(counted[each] for each in ("count(*)", *figures))]
        return text, f"[{', '.join(row)}]"

    def _group_key(self, key: GroupKey, variable: str, kind: RecordType) -> list[str]:
        """What gives a key its place among others, last of all its value."""
        end = OrderKey(key.path, key.field)
        value = self.key(end, variable, kind, Form.VALUE)
        return [self.key(end, variable, kind), value] if key.field and key.field.kind is Kind.TEXT else [value]

    def collect_groups(self, column: Groups, near: str | None) -> str:
        """The groups' rows as a list."""
        groups, row = self.groups(column, near)
        return f"COLLECT {{ {groups} RETURN {row} AS row }}"

    def row(self, row: Row, variable: str, edge: str, keys: list[str]) -> tuple[str, str]:
        """Clauses that must stand before, if any; and a record's columns as a positional list."""
        lifted, columns = "", list[str]()
        for column in row.columns:
            if self._lifts and isinstance(column, One | Records | Groups) and column.grouped:
                name = self._view.variable("g")
                lifted += f" CALL ({variable}) {{ {self._rows(column, variable)} AS {name} }}"
                columns.append(name)
            else:
                columns.append(self._column(column, row.type, variable, edge, keys))
        return lifted, f"[{', '.join(columns)}]"

    def _rows(self, column: One | Records | Groups, near: str) -> str:
        """What a column holds of the record, as a subquery's clauses."""
        if isinstance(column, One):
            text, inner = self._end(column, near)
            name = self._view.variable("g")
            return f"{text} WITH {inner} AS {name} LIMIT 1 RETURN head(collect({name}))"
        text, row = self.groups(column, near) if isinstance(column, Groups) else self.records(column.block, near)
        return f"{text} RETURN collect({row})"

    def _column(  # noqa: PLR0911 - one return for each kind of column
        self, column: Column, kind: RecordType, variable: str, edge: str, keys: list[str]
    ) -> str:
        match column:
            case Id():
                return f"{variable}.id"
            case Value():
                return self._view.read(variable, kind, column.field, column.form)
            case EdgeValue():
                return stored(edge, column.field, Form.VALUE)
            case Key():
                return keys[column.number]
            case One():
                return self._one(column, variable)
            case Records():
                return self.collect(column.block, variable)
            case Count():
                return f"COUNT {{ {self.count(column.block, variable)} }}"
            case Groups():
                return self.collect_groups(column, variable)

    def _one(self, column: One, near: str) -> str:
        text, inner = self._end(column, near)
        return f"head(COLLECT {{ {text} RETURN {inner} AS row LIMIT 1 }})"

    def _end(self, column: One, near: str) -> tuple[str, str]:
        """Clauses that find the record at the end of a to-one link; and its row."""
        far = self._view.variable("n")
        pattern = self._view.over(column.link, near, far, "")
        lifted, inner = self.row(column.row, far, "", [])
        return f"MATCH {pattern.text} WHERE {pattern.guard}{lifted}", inner


def _named(texts: Mapping[str, str]) -> str:
    """Items of a WITH, each by its name; what is its own name already is carried on."""
    return ", ".join(text if text == name else f"{text} AS {name}" for text, name in texts.items())
