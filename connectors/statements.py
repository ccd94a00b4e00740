"""Every statement that a run sends. Labels and relationship types come from declared types and links, values never do.

A run writes under a lease with a fencing token. `FENCE` comes first in each of its transactions: it writes to the
checkpoint before it looks at the token, so that of two runners one waits for, or collides with, the other. All other
statements look at the token again and do nothing under another one, so nothing of a superseded runner is ever written.

The version of a type's data is raised in the transaction that changes them. `HOLD_VERSIONS` takes the lock first, as a
statement of its own, so that `RAISE` counts on from what was committed last. It leaves the run's name there, so that no
version comes twice, not even after a backup was put back.
"""

from collections.abc import Iterable
from typing import Final

from schema.constraints import CHECKPOINT, DATA_VERSION, QUARANTINED_ROW, RUN
from schema.errors import ConfigError
from schema.model import Field, Link, RecordType
from schema.scalars import properties

_HELD: Final = f"MATCH (c:{CHECKPOINT} {{id: $stream}}) WHERE c.token = $token WITH c "
"""What a runner's statements begin with. `UNLEASED`, nothing, is for whoever writes under the policy's lock instead."""
UNLEASED: Final = ""

CHECKPOINT_OF: Final = (
    f"MATCH (c:{CHECKPOINT} {{id: $stream}}) "
    "RETURN c.token, c.holder, c.heldUntil, c.run, c.fingerprint, c.rows, c.complete"
)
TAKE: Final = (
    f"MERGE (c:{CHECKPOINT} {{id: $stream}}) SET c.touchedBy = $run "
    "WITH c WHERE c.heldUntil IS NULL OR c.heldUntil < $now OR c.token = $dead "
    "SET c.token = coalesce(c.token, 0) + 1, c.holder = $holder, c.heldUntil = $until, c.run = $run "
    "RETURN c.token"
)
BEGIN: Final = (
    f"MATCH (c:{CHECKPOINT} {{id: $stream}}) WHERE c.run = $run WITH c MERGE (r:{RUN} {{id: $run}}) SET r += $props"
)
INTERRUPT: Final = (
    f"MATCH (c:{CHECKPOINT} {{id: $stream}}) WHERE c.run = $run WITH c "
    f"MATCH (r:{RUN} {{id: $previous}}) WHERE r.state = $running SET r.state = $interrupted"
)
FENCE: Final = (
    f"MATCH (c:{CHECKPOINT} {{id: $stream}}) SET c.touchedBy = $run WITH c WHERE c.token = $token RETURN c.token"
)
ADVANCE: Final = _HELD + "SET c += $checkpoint"
RECORD: Final = _HELD + f"MATCH (r:{RUN} {{id: $run}}) SET r += $props"
HOLD_UNLEASED: Final = f"UNWIND $types AS type MERGE (v:{DATA_VERSION} {{id: type}}) SET v.run = $run"
RAISE_UNLEASED: Final = (
    f"UNWIND $types AS type MATCH (v:{DATA_VERSION} {{id: type}}) SET v.version = coalesce(v.version, 0) + 1"
)
HOLD_VERSIONS: Final = _HELD + HOLD_UNLEASED
RAISE: Final = _HELD + RAISE_UNLEASED
CLEAR_QUARANTINE: Final = (
    _HELD + f"MATCH (q:{QUARANTINED_ROW}) WHERE q.stream = $stream AND q.sha256 = $sha256 DELETE q"
)
QUARANTINE: Final = _HELD + f"UNWIND $rows AS row MERGE (q:{QUARANTINED_ROW} {{id: row.id}}) SET q += row.props"
RUNS_BY_STATE: Final = f"MATCH (r:{RUN}) RETURN r.state, count(r)"
VERSIONS: Final = f"UNWIND $types AS type MATCH (v:{DATA_VERSION} {{id: type}}) RETURN v.id, v.version"


def upsert(kind: RecordType, under: str = _HELD) -> str:
    """Make or change records: `$rows` of `{id, props}`."""
    return f"{under}UNWIND $rows AS row MERGE (n:{kind.name} {{id: row.id}}) SET n += row.props"


def complete(kind: RecordType, empty: str) -> str:
    """Fill in records just made, which that property tells: `$rows` of `{id, props}`."""
    return f"UNWIND $rows AS row MATCH (n:{kind.name} {{id: row.id}}) WHERE n.{empty} IS NULL SET n += row.props"


def unlink(link: Link, under: str = _HELD, *, named: bool = False) -> str:
    """Take away links to the targets given, or to all others unless they are `named`: `$rows` of `{start, ends}`."""
    return (
        f"{under}UNWIND $rows AS row MATCH (a:{link.source} {{id: row.start}})-[r:{link.relation}]->(b:{link.target}) "
        f"WHERE {'' if named else 'NOT '}b.id IN row.ends DELETE r"
    )


def remove(kind: RecordType) -> str:
    """Take out records with every link to and from them: `$ids`."""
    return f"UNWIND $ids AS id MATCH (n:{kind.name} {{id: id}}) DETACH DELETE n"


def relate(link: Link, under: str = _HELD) -> str:
    """Make or change links: `$rows` of `{start, end, props}`."""
    change = " SET r += row.props" if link.fields else ""
    return (
        f"{under}UNWIND $rows AS row MATCH (a:{link.source} {{id: row.start}}) MATCH (b:{link.target} {{id: row.end}}) "
        f"MERGE (a)-[r:{link.relation}]->(b){change}"
    )


def present(kind: RecordType) -> str:
    """Which of `$ids` there are."""
    return f"UNWIND $ids AS id MATCH (n:{kind.name} {{id: id}}) RETURN n.id"


def stored(kind: RecordType, names: Iterable[str]) -> str:
    """The id and these stored properties of the records `$ids`."""
    return f"UNWIND $ids AS id MATCH (n:{kind.name} {{id: id}}) RETURN n.id{_columns('n', names, kind.fields.values())}"


def targets(link: Link) -> str:
    """Where the records `$ids` lead by this link, as pairs of ids."""
    return (
        f"UNWIND $ids AS id MATCH (a:{link.source} {{id: id}})-[:{link.relation}]->(b:{link.target}) RETURN a.id, b.id"
    )


def edges(link: Link, names: Iterable[str]) -> str:
    """The ends and these stored properties of the links that start at `$ids`."""
    return (
        f"UNWIND $ids AS id MATCH (a:{link.source} {{id: id}})-[r:{link.relation}]->(b:{link.target}) "
        f"RETURN a.id, b.id{_columns('r', names, link.fields)}"
    )


def every(kind: RecordType, names: Iterable[str]) -> str:
    """The id and these stored properties of all records of a type."""
    return f"MATCH (n:{kind.name}) RETURN n.id{_columns('n', names, kind.fields.values())} ORDER BY n.id"


def _columns(variable: str, names: Iterable[str], fields: Iterable[Field]) -> str:
    declared = {name for field in fields for name in properties(field, None)}
    found = list(names)
    for name in found:
        if name not in declared:
            raise ConfigError(f"thuộc tính `{name}` không được khai báo", f"property `{name}` is not declared")
    return "".join(f", {variable}.{name}" for name in found)
