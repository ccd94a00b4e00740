"""Constraints and indexes, derived from the model: what makes a key unique, and what answers an ordered list.

Every label that is merged needs its unique constraint first. The composite (sort key, id) serves the ordered, paged
list of each type, (latitude, longitude) what is near or in a box. Nothing that permissions look at is indexed: such an
index flips good plans.
"""

from collections.abc import Iterable
from typing import Final

from schema.model import Kind, Model
from schema.scalars import place_of, sort_of

RUN: Final = "Run"
CHECKPOINT: Final = "Checkpoint"
QUARANTINED_ROW: Final = "QuarantinedRow"
DATA_VERSION: Final = "DataVersion"
IDEMPOTENCY_KEY: Final = "IdempotencyKey"
OPERATIONAL: Final = (RUN, CHECKPOINT, QUARANTINED_ROW, DATA_VERSION, IDEMPOTENCY_KEY)
"""Labels of the records that the hub keeps about its own work: no part of the model, never in an answer."""


def uniques(model: Model, labels: Iterable[str] = OPERATIONAL) -> list[str]:
    """One unique constraint on `id` for each type of the model and each further label."""
    return [
        f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
        for label in (*model.types, *labels)
    ]


def indexes(model: Model, dialect: str) -> list[str]:
    """The secondary indexes; on ArcadeDB they are better made after a first load, for it then fills them at once.

    Places have none there: an index that is made before the first record keeps numbers as texts, and a range of numbers
    then finds nothing.
    """
    made: list[tuple[str, str, tuple[str, ...]]] = [
        (f"{name.lower()}_{sort_of('name')}", name, (sort_of("name"), "id"))
        for name, kind in model.types.items()
        if "name" in kind.fields
    ]
    made += [
        (f"{name.lower()}_{field.name}", name, place_of(field.name))
        for name, kind in model.types.items()
        for field in kind.fields.values()
        if field.kind is Kind.PLACE and dialect == "neo4j"
    ]
    made.append(("idempotencykey_at", IDEMPOTENCY_KEY, ("at",)))
    return [
        f"CREATE INDEX {index} IF NOT EXISTS FOR (n:{label}) ON ({', '.join(f'n.{each}' for each in properties)})"
        for index, label, properties in made
    ]


def definitions(model: Model, dialect: str) -> list[str]:
    """All of them, constraints first."""
    return [*uniques(model), *indexes(model, dialect)]
