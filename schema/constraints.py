"""Constraints and indexes, derived from the model: what makes a key unique, and what answers an ordered list.

Every label that is merged needs its unique constraint first. The composite (sort key, id) serves the ordered, paged
list of each type. Nothing that permissions look at is indexed: such an index flips good plans.
"""

from collections.abc import Iterable
from typing import Final

from schema.model import Model
from schema.scalars import sort_of

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


def indexes(model: Model) -> list[str]:
    """The secondary indexes; on ArcadeDB they are better made after a first load, for it then fills them at once."""
    return [
        f"CREATE INDEX {name.lower()}_{sort_of(field)} IF NOT EXISTS FOR (n:{name}) ON (n.{sort_of(field)}, n.id)"
        for name, kind in model.types.items()
        for field in ("name",)
        if field in kind.fields
    ] + [f"CREATE INDEX idempotencykey_at IF NOT EXISTS FOR (n:{IDEMPOTENCY_KEY}) ON (n.at)"]


def definitions(model: Model) -> list[str]:
    """All of them, constraints first; the same text for every engine."""
    return [*uniques(model), *indexes(model)]
