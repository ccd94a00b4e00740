"""The domain as a page to read, derived from the model: every type, field and link, in Vietnamese and English."""

from collections.abc import Iterator

from schema.model import Field, Kind, Model, RecordType

_OPENING = """# Mô hình dữ liệu · The model

Trang này được sinh từ `schema/types`. Mức phân loại của một trường chỉ đặt các quy tắc ban đầu; sau đó quy tắc quyết
định. Sau ◐ là những cách mà một quyền có thể che bớt giá trị.

This page is made from `schema/types`. A field's classification sets only the rules that a new installation starts with;
after that the rules decide. After ◐ stand the masks through which a permission may show less of the value.
"""


def page(model: Model) -> str:
    """The text of `docs/model.md`."""
    return "\n".join((_OPENING, *(line for kind in model.types.values() for line in _type(kind, model)))) + "\n"


def _type(kind: RecordType, model: Model) -> Iterator[str]:
    inherited = {name for name in kind.fields if all(name in each.fields for each in model.types.values())}
    yield f"## {kind.name} · {kind.vi}\n"
    yield f"{kind.en}. `{kind.plural}` at the root; key `{kind.key}`.\n"
    yield "| trường · field | kiểu · kind | phân loại · classification | nghĩa | meaning |"
    yield "|---|---|---|---|---|"
    for field in kind.fields.values():
        if field.name not in inherited:
            vi, en = (_masks([mask.vi for mask in field.masks]), _masks([mask.en for mask in field.masks]))
            yield f"| `{field.name}` | {_kind(field)} | {field.classification} | {field.vi}{vi} | {field.en}{en} |"
    for link in kind.links.values():
        many = f"[{link.target}]" if link.many else link.target
        own = f" ({', '.join(f'`{each.name}`' for each in link.fields)})" if link.fields else ""
        yield f"| `{link.name}` | → {many}{own} | {link.classification} | {link.vi} | {link.en} |"
    shared = ", ".join(f"`{name}`" for name in kind.fields if name in inherited)
    yield f"\nNhư mọi kiểu · as every type: `id`, {shared}.\n"


def _masks(said: list[str]) -> str:
    return f" ◐ {'; '.join(said)}" if said else ""


def _kind(field: Field) -> str:
    if field.codes is not None:
        codes = ", ".join(field.codes.__members__)
        return f"list of {codes}" if field.kind is Kind.LIST else codes
    return f"decimal({field.decimals})" if field.kind is Kind.DECIMAL else field.kind.value
