"""The table of sources: what the `source` column of every other table of facts stands for."""

from collections.abc import Mapping
from typing import Final

from connectors import tabular
from connectors.base import Cells, Stream
from schema.errors import InvalidInput

FILE: Final = "sources.csv"
LICENCE: Final = "each source's own, in sources.csv"
_COLUMNS: Final = tabular.Columns(
    known=frozenset({"id", "title", "publisher", "published", "url", "licence", "licenceUri", "retrieved", "note"}),
    required=frozenset({"id", "title"}),
)
_STREAM: Final = Stream("sources", "", FILE)


def citations(table: tabular.Source) -> Mapping[str, str]:
    """Each citation's full text by its id; InvalidInput at the first bad row, for every other table rests on these."""
    found: dict[str, str] = {}
    for row in tabular.rows(_STREAM, table, _COLUMNS):
        if row.problem is not None:
            raise row.problem
        cells = {column: text.strip() for column, text in row.cells.items()}
        key = cells["id"]
        if not key or key in found:
            raise InvalidInput(
                f"`{table.name}`: dòng {row.number}: mã `{key}` trống hoặc lặp lại: hãy đặt mã khác",
                f"`{table.name}`: row {row.number}: id `{key}` is empty or there already: choose another",
            )
        found[key] = _text(cells)
    return found


def _text(cells: Cells) -> str:
    """Title, publisher, day of publication, address, licence, day of retrieval, as far as they are known."""
    parts = [cells.get(column, "") for column in ("title", "publisher", "published", "url", "licence")]
    if retrieved := cells.get("retrieved", ""):
        parts.append(f"truy cập {retrieved}")
    return "; ".join(part for part in parts if part)
