"""Twins: a graph that differs from another one only in what a principal may not see."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from auth.principal import Principal
from auth.rules import Rule
from schema.model import Model
from tests.oracle.graphs import Record, Stock, Tie, Value, value
from tests.oracle.views import View

Change = Callable[[Stock], Stock]
DRAWS = 20


def whole(view: View) -> list[object]:
    """All that a view holds."""
    return [
        [
            record.id,
            [view.value(record, name) for name in kind.fields],
            [sorted((end.id, repr(tie.values)) for end, tie in view.linked(record, link)) for link in links],
        ]
        for kind in view.model.types.values()
        for links in [kind.links.values()]
        for record in view.records(kind.name)
    ]


def twin(random: Random, model: Model, stock: Stock, rules: Sequence[Rule], principal: Principal) -> Stock:
    """Another graph of which the principal sees just the same; it differs in as much else as was found."""

    def seen(of: Stock) -> list[object]:
        return whole(View(model, of, rules, principal))

    view = View(model, stock, rules, principal)
    wanted = seen(stock)
    changes = [*_of_records(random, model, stock, view), *_of_ties(random, stock)]
    random.shuffle(changes)

    def kept(base: Stock, some: Sequence[Change]) -> Stock:
        """With all of these changes, or, where these together would be seen, with those of each half that are not."""
        changed = base
        for change in some:
            changed = change(changed)
        if seen(changed) == wanted:
            return changed
        if len(some) == 1:
            return base
        middle = len(some) // 2
        return kept(kept(base, some[:middle]), some[middle:])

    for start in range(0, len(changes), 16):
        stock = kept(stock, changes[start : start + 16])
    return stock


def _of_records(random: Random, model: Model, stock: Stock, view: View) -> list[Change]:
    found: list[Change] = []
    for record in stock.records.values():
        if view.record(record.id) is None:
            found.append(_without(record.id) if random.random() < 0.3 else _with(_drawn(random, record)))
            if random.random() < 0.3:
                found.append(_with(replace(_drawn(random, record), id=f"{record.id}x")))
        else:
            found += [_with_value(record.id, name, given) for name, given in _hidden(random, record, view)]
    for kind in model.types.values():
        some = random.choice(stock.of(kind.name))
        found.append(_with(replace(some, id=f"{some.id}y", values={**some.values, "visibility": "RESTRICTED"})))
    return found


def _drawn(random: Random, record: Record) -> Record:
    """The same hidden record with other values."""
    values = dict(record.values)
    for field in record.type.fields.values():
        if field.name not in {"custodian", "visibility"} and random.random() < 0.7:
            values[field.name] = value(random, field)
    return replace(record, values=values)


def _hidden(random: Random, record: Record, view: View) -> list[tuple[str, Value]]:
    """Other values of the fields that are closed, and of masked ones such as leave the same."""
    found: list[tuple[str, Value]] = []
    for field in record.type.fields.values():
        way = view.way(record, field.name)
        if way == "":
            continue
        draws = [value(random, field) for _ in range(DRAWS)]
        if way is None:
            found.append((field.name, draws[0] if random.random() < 0.8 else None))
            continue
        mask = next(mask for mask in field.masks if mask.name == way)
        shown = view.value(record, field.name)
        alike = [one for one in draws if one is not None and not isinstance(one, list) and mask.hide(one) == shown]
        found += [(field.name, one) for one in alike[:1]]
    return found


def _of_ties(random: Random, stock: Stock) -> list[Change]:
    found: list[Change] = []
    for tie in stock.ties:
        if random.random() < 0.3:
            found.append(_untied(tie))
        elif random.random() < 0.3:
            targets = [one.id for one in stock.of(stock.records[tie.target].type.name)]
            found.append(_tied(replace(tie, target=random.choice(targets))))
    return found


def _with(record: Record) -> Change:
    return lambda stock: replace(stock, records={**stock.records, record.id: record})


def _with_value(name: str, field: str, given: Value) -> Change:
    def change(stock: Stock) -> Stock:
        record = stock.records[name]
        return _with(replace(record, values={**record.values, field: given}))(stock)

    return change


def _without(name: str) -> Change:
    def change(stock: Stock) -> Stock:
        records = {one: record for one, record in stock.records.items() if one != name}
        return Stock(records, [tie for tie in stock.ties if name not in (tie.source, tie.target)])

    return change


def _untied(tie: Tie) -> Change:
    return lambda stock: replace(stock, ties=[one for one in stock.ties if one is not tie])


def _tied(tie: Tie) -> Change:
    def change(stock: Stock) -> Stock:
        there = any(
            (one.relation, one.source, one.target) == (tie.relation, tie.source, tie.target) for one in stock.ties
        )
        gone = tie.source not in stock.records or tie.target not in stock.records
        return stock if there or gone else replace(stock, ties=[*stock.ties, tie])

    return change
