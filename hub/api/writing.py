"""Writing in GraphQL: for each type whose records are their custodian's, `upsertFarms` and `deleteFarms`.

Both take up to 100 records, all of them or none, and answer with what was written as the asker sees it afterwards. In
an input, a field that is absent stays as it is, null clears it; a to-one link is an id or null; a link to many has the
ends to `put` and those to `drop`.
"""

from strawberry.types.field import StrawberryField

from hub.api.types import Types
from hub.commands.drafts import CUSTODIAN, FILLED
from schema.model import Kind, Link, Model, RecordType


class Writing:
    """The fields of a mutation that write records; `wanted` tells what each does, and to which type."""

    def __init__(self, types: Types, model: Model) -> None:
        self._types = types
        types.input("PlaceInput", {"lat": "float!", "lon": "float!"}, "Degrees (WGS84). Độ (WGS84).")
        types.input("LinksInput", _ends("ID"), "Ends of a link. Các đầu của liên kết.")
        self.fields = [
            field
            for kind in model.types.values()
            if kind.custodial
            for field in (self._upsert(kind), self._delete(kind))
        ]

    def _upsert(self, kind: RecordType) -> StrawberryField:
        values = {
            of.name: self._value(of.kind, self._types.value(of)) for of in kind.fields.values() if of.name not in FILLED
        }
        links = {link.name: self._link(kind, link) for link in kind.links.values() if link.outgoing}
        self._types.input(
            f"{kind.name}Input",
            {"localId": "str!", CUSTODIAN: "str", **values, **links},
            "Absent fields stay, null clears. Vắng mặt: giữ nguyên; null: xóa.",
        )
        named = _capital(kind.plural)
        written = [
            self._types.field("ids", "list[ID]", "Ids, in the order given. Định danh, theo thứ tự đã gửi."),
            self._types.field(
                kind.plural,
                f"{kind.name}Connection",
                "The records as you see them now. Các bản ghi như bạn thấy lúc này.",
                self._types.arguments(kind),
            ),
        ]
        self._types.make(f"{named}Written", written, "What was written. Những gì đã ghi.")
        return self._root(
            f"upsert{named}",
            f"list[{kind.name}Input]",
            f"{named}Written",
            f"Make or change records: {kind.en}. Tạo hoặc sửa bản ghi: {kind.vi}.",
        )

    def _delete(self, kind: RecordType) -> StrawberryField:
        named = _capital(kind.plural)
        gone = [self._types.field("ids", "list[ID]", "Ids that were taken out. Định danh đã xóa.")]
        self._types.make(f"{named}Deleted", gone, "What was taken out. Những gì đã xóa.")
        return self._root(
            f"delete{named}",
            "list[ID]",
            f"{named}Deleted",
            f"Take out records: {kind.en}. Xóa bản ghi: {kind.vi}.",
        )

    def _root(self, name: str, given: str, payload: str, description: str) -> StrawberryField:
        arguments = [
            self._types.argument("input", given, "At most 100, all or none. Nhiều nhất 100, tất cả hoặc không."),
            self._types.argument(
                "idempotencyKey", "str | None", "Sent again with it, it is written once. Gửi lại vẫn chỉ ghi một lần."
            ),
        ]
        return self._types.field(name, payload, description, arguments)

    def _value(self, kind: Kind, annotation: str) -> str:
        return "PlaceInput" if kind is Kind.PLACE else annotation

    def _link(self, kind: RecordType, link: Link) -> str:
        if not link.many:
            return "ID"
        if not link.fields:
            return "LinksInput"
        name = f"{kind.name}{_capital(link.name)}"
        edge = {"to": "ID!", **{of.name: self._value(of.kind, self._types.value(of)) for of in link.fields}}
        self._types.input(f"{name}Input", edge, "One link with its data. Một liên kết kèm dữ liệu.")
        self._types.input(f"{name}LinksInput", _ends(f"{name}Input"), "Ends of a link. Các đầu của liên kết.")
        return f"{name}LinksInput"


def _ends(put: str) -> dict[str, str]:
    return {"put": f"list[{put}]", "drop": "list[ID]"}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
