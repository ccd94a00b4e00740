"""What a write of records sends, and whether it may stand: pure, decided from what the statements themselves answer.

1. A record's key is its custodian and the custodian's own id. Only types that are keyed so can be written here.
2. Whoever may write every record of a custodian, whatever else is in it, may make one. Others may only change what
   they may write already; what they may not write is not there for them, as if there were no such record.
3. Of an existing record, the stored one and the result must both be writable, in each field and link that is given.
   Of a new one, the result.
4. A link may lead to a record that the asker sees, and to no other; which of the others exist cannot be told.
5. Whoever takes a record out must be allowed to write all of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from auth.policy import Access
from auth.predicates import NEVER, Term
from connectors import statements
from connectors.records import check_own_id
from hub.compiler.guards import View
from schema.errors import Denied, InvalidInput, NotFound
from schema.graph import Row, Statement
from schema.model import Link, Model, RecordType
from schema.scalars import Stored, given
from schema.types.codes import Visibility

CUSTODIAN: Final = "custodian"
FILLED: Final = frozenset({CUSTODIAN, "sourceFile", "sourceRow", "run", "updatedAt"})
"""The fields that the hub fills."""
_LONGEST_KEY: Final = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it is given: the names of fields and links in it, and of required fields that are not."""

    id: str
    custodian: str
    names: frozenset[str]
    missing: tuple[str, ...]
    properties: Mapping[str, Stored]
    links: Mapping[str, "Ends"]


@dataclass(frozen=True, slots=True)
class Ends:
    """What is given of one link: targets with the link's own properties, and which others go."""

    put: Mapping[str, Mapping[str, Stored]]
    drop: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """Statements that check, write and check again, in one transaction; `judge` reads their answers before it ends."""

    kind: RecordType
    ids: tuple[str, ...]
    types: tuple[str, ...]
    statements: list[Statement] = field(default_factory=list[Statement])
    before: int = 0
    after: int | None = None
    names: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    makes: frozenset[str] = frozenset()
    ends: list[tuple[int, frozenset[str]]] = field(default_factory=list[tuple[int, frozenset[str]]])

    def judge(self, answers: Sequence[list[Row]]) -> None:
        """Raise what is wrong with the write, if anything; then nothing of it may be committed."""
        before = _flags(answers[self.before])
        self._judge_stored(before)
        for place, ends in self.ends:
            there = {row[0] for row in answers[place]}
            for name in sorted(ends - there):
                raise InvalidInput(
                    f"không có bản ghi `{name}` để liên kết tới", f"there is no record `{name}` to link to"
                )
        if self.after is not None:
            self._judge_result(_flags(answers[self.after]))

    def _judge_stored(self, before: Mapping[str, Sequence[bool]]) -> None:
        wanted = {entry.id: entry.names for entry in self.entries}
        for name in self.ids:
            if name in before:
                self._check(before[name], wanted.get(name, frozenset(self.names)))
            elif name not in self.makes:
                raise NotFound(
                    f"không có bản ghi `{name}` mà bạn được ghi", f"there is no record `{name}` that you may write"
                )
        for entry in self.entries:
            if entry.missing and entry.id not in before:
                listed = ", ".join(entry.missing)
                raise InvalidInput(
                    f"`{entry.id}` là bản ghi mới: hãy điền `{listed}`", f"`{entry.id}` is new: fill in `{listed}`"
                )

    def _judge_result(self, after: Mapping[str, Sequence[bool]]) -> None:
        for entry in self.entries:
            if entry.id not in after:
                raise Denied(
                    f"bạn không được ghi `{entry.id}` thành như vậy",
                    f"you may not write `{entry.id}` as it would become: leave what you may write",
                )
            self._check(after[entry.id], entry.names)

    def _check(self, flags: Sequence[bool], wanted: frozenset[str]) -> None:
        for name, allowed in zip(self.names, flags, strict=True):
            if name in wanted and not allowed:
                raise closed(self.kind, name)


def _flags(rows: list[Row]) -> dict[str, Sequence[bool]]:
    return {str(name): flags for name, flags in rows if isinstance(flags, list)}


def closed(kind: RecordType, name: str) -> Denied:
    """The error for a field or link that the asker may not write."""
    return Denied(
        f"bạn không được ghi `{kind.name}.{name}`: hãy bỏ nó ra, hoặc hỏi người quản lý dữ liệu",
        f"you may not write `{kind.name}.{name}`: leave it out, or ask the custodian's steward",
    )


class Drafting:
    """Makes drafts for one asker: what they may write, and what they see."""

    def __init__(self, model: Model, kind: RecordType, write: Access, read: Access) -> None:
        self._model = model
        self._kind = kind
        self._rules = write.types[kind.name]
        self._write = View(write, model.types)
        self._read = read
        if self._rules.rows == NEVER:
            raise Denied(
                f"bạn không được ghi bản ghi `{kind.name}` nào",
                f"you may not write any record of `{kind.name}`: ask the custodian's steward for access",
            )

    def upserts(
        self, inputs: Sequence[Mapping[str, Any]], agency: str | None, provenance: Mapping[str, Stored]
    ) -> Draft:
        """Make or change records; InvalidInput or Denied where that can be seen from the input alone."""
        entries = tuple(entry_of(self._kind, one, agency) for one in inputs)
        ids = tuple(entry.id for entry in entries)
        if len(set(ids)) < len(ids):
            twice = next(name for name in ids if ids.count(name) > 1)
            raise InvalidInput(f"`{twice}` được nêu hai lần", f"`{twice}` is given twice: give each record once")
        names = self._writable({name for entry in entries for name in entry.names})
        whole = Term(CUSTODIAN)
        makes = frozenset(entry.id for entry in entries if self._rules.rows.holds_whatever_else(whole, entry.custodian))
        draft = Draft(self._kind, ids, (self._kind.name,), names=names, entries=entries, makes=makes)
        check = self._check(names, ids)
        draft.statements.append(check)
        for target, ends in _ends(self._kind, entries).items():
            draft.ends.append((len(draft.statements), ends))
            draft.statements.append(self._visible(self._model.types[target], ends))
        draft.statements += _writes(self._kind, entries, provenance)
        draft.after = len(draft.statements)
        draft.statements.append(check)
        return draft

    def removals(self, ids: Sequence[str]) -> Draft:
        """Take out records, with every link to and from them."""
        for name in ids:
            if not name.startswith(f"{self._kind.name}:"):
                raise InvalidInput(
                    f"`{name}` không phải định danh của `{self._kind.name}`",
                    f"`{name}` is no id of a `{self._kind.name}`",
                )
        own = {link.name for link in self._kind.links.values() if link.outgoing}
        names = self._writable((self._kind.fields.keys() | own) - FILLED)
        linked = {link.target for link in self._kind.links.values() if not link.outgoing}
        unique = tuple(dict.fromkeys(ids))
        draft = Draft(self._kind, unique, (self._kind.name, *sorted(linked - {self._kind.name})), names=names)
        draft.statements += [
            self._check(names, unique),
            (statements.remove(self._kind), {"ids": list(unique)}),
        ]
        return draft

    def _writable(self, names: set[str]) -> tuple[str, ...]:
        for name in sorted(names):
            if self._rules.fields[name] == NEVER:
                raise closed(self._kind, name)
        return tuple(sorted(names))

    def _check(self, names: Sequence[str], ids: Sequence[str]) -> Statement:
        """Of these records, those that may be written, and which of these names in them."""
        variable = self._write.variable("n")
        pattern = self._write.guard(variable, self._kind, "id")
        flags = ", ".join(self._write.allowed(variable, self._kind, name) for name in names)
        text = f"UNWIND $ids AS id MATCH {pattern.text} WHERE {pattern.guard} RETURN {variable}.id, [{flags}]"
        return text, {**self._write.parameters, "ids": list(ids)}

    def _visible(self, target: RecordType, ends: frozenset[str]) -> Statement:
        view = View(self._read, self._model.types)
        variable = view.variable("n")
        pattern = view.guard(variable, target, "id")
        text = f"UNWIND $ids AS id MATCH {pattern.text} WHERE {pattern.guard} RETURN {variable}.id"
        return text, {**view.parameters, "ids": sorted(ends)}


def entry_of(kind: RecordType, one: Mapping[str, Any], agency: str | None) -> Entry:
    """A record as a coerced GraphQL input gives it: what is absent stays, null clears."""
    own, custodian = str(one["localId"]).strip(), one.get(CUSTODIAN) or agency or ""
    check_own_id(own)
    key = f"{custodian}-{own}"
    if not own or not custodian or len(key) > _LONGEST_KEY or not key.isprintable():
        raise InvalidInput(
            f"`localId` `{own[:80]}` hoặc `custodian` trống, quá dài hay có ký tự lạ",
            f"`localId` `{own[:80]}` or `custodian` is empty, too long or has strange characters",
        )
    properties: dict[str, Stored] = {}
    names: set[str] = set()
    for name, of in kind.fields.items():
        if name in one and name not in FILLED:
            stored = given(of, one[name])
            if of.required and stored[name] is None:
                raise InvalidInput(f"`{name}` không được trống", f"`{name}` must not be empty")
            properties |= stored
            names.add(name)
    links = {
        link.name: _given_ends(link, one[link.name])
        for link in kind.links.values()
        if link.outgoing and link.name in one
    }
    # Who may see it is closed until somebody opens it.
    missing = sorted(
        of.name for of in kind.fields.values() if of.required and of.name not in {*names, *FILLED, "visibility"}
    )
    return Entry(f"{kind.name}:{key}", custodian, frozenset(names | links.keys()), tuple(missing), properties, links)


def _given_ends(link: Link, value: Any) -> Ends:  # noqa: ANN401 - a coerced input
    if not link.many:
        return Ends({} if value is None else {str(value): {}})
    if value is None:
        raise InvalidInput(
            f"`{link.name}` không nhận null: hãy nêu `put` hoặc `drop`",
            f"`{link.name}` takes no null: give `put` or `drop`",
        )
    put: dict[str, Mapping[str, Stored]] = {}
    for each in value.get("put") or ():
        if isinstance(each, str):
            put[each] = {}
        else:
            stored: dict[str, Stored] = {}
            for of in link.fields:
                if of.name in each:
                    stored |= given(of, each[of.name])
            put[str(each["to"])] = stored
    return Ends(put, tuple(str(each) for each in value.get("drop") or ()))


def _ends(kind: RecordType, entries: Sequence[Entry]) -> Mapping[str, frozenset[str]]:
    """The records to which links are made, by type."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for name, ends in entry.links.items():
            found[kind.links[name].target].update(ends.put)
    return {target: frozenset(ends) for target, ends in found.items() if ends}


def _writes(kind: RecordType, entries: Sequence[Entry], provenance: Mapping[str, Stored]) -> list[Statement]:
    rows = [{"id": entry.id, "props": {**entry.properties, **provenance}} for entry in entries]
    fresh = [
        {"id": entry.id, "props": {CUSTODIAN: entry.custodian, "visibility": _first_visibility(entry)}}
        for entry in entries
    ]
    made: list[Statement] = [
        (statements.upsert(kind, statements.UNLEASED), {"rows": rows}),
        (statements.complete(kind, CUSTODIAN), {"rows": fresh}),
    ]
    for link in kind.links.values():
        given_ends = [(entry.id, entry.links[link.name]) for entry in entries if link.name in entry.links]
        gone = [
            {"start": start, "ends": list(ends.drop if link.many else ends.put)}
            for start, ends in given_ends
            if ends.drop or not link.many
        ]
        put = [
            {"start": start, "end": end, "props": props}
            for start, ends in given_ends
            for end, props in ends.put.items()
        ]
        if gone:
            made.append((statements.unlink(link, statements.UNLEASED, named=link.many), {"rows": gone}))
        if put:
            made.append((statements.relate(link, statements.UNLEASED), {"rows": put}))
    return made


def _first_visibility(entry: Entry) -> Stored:
    return entry.properties.get("visibility", Visibility.RESTRICTED.value)
