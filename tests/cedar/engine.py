"""Cedar's engine, with types: it is asked, and says whether it allows and by which policies."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import cedarpy

_CEDAR: Final = cast("Any", cedarpy)  # what it declares names dictionaries of no type
Request: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it is allowed; the ids of the policies that made it so, none where it is denied because none permits."""

    allowed: bool
    policies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entities:
    """Entities that were read once, and may be added to."""

    read: Any

    @classmethod
    def of(cls, entities: Sequence[dict[str, Any]]) -> "Entities":
        """Read entities; an error of the engine where they are none."""
        return cls(_CEDAR.Entities.from_json_str(json.dumps(entities)))

    def with_added(self, *entities: dict[str, Any]) -> "Entities":
        """These and others."""
        return Entities(self.read.with_added_json_str(json.dumps(entities)))


@dataclass(frozen=True, slots=True)
class Policies:
    """Policies that were read once."""

    read: Any

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Policies":
        """Read policies; an error of the engine where they are none."""
        return cls(_CEDAR.PolicySet.from_str("\n".join(texts)))

    def answers(self, requests: Sequence[Request], entities: Entities) -> list[Answer]:
        """The answer to each request; a policy that cannot be evaluated is an error."""
        found: list[Answer] = []
        for result in _CEDAR.is_authorized_batch(list(requests), self.read, entities.read):
            assert result.diagnostics.errors == [], result.diagnostics.errors
            names: dict[str, str] = result.diagnostics.id_annotations_by_reason
            found.append(Answer(result.allowed, frozenset(names.values())))
        return found
