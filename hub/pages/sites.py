"""What the pages are made of: the catalogue, its files, the worked queries and a few settings, as plain data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.metadata import Dataset
from catalog.shelves import Shelf
from schema.errors import ConfigError

_TITLE = re.compile(r"#\s*(vi|en):\s*(.+)")
_NOTE = re.compile(r"#\s*(vi|en)\+:\s*(.+)")


@dataclass(frozen=True, slots=True)
class WorkedQuery:
    """A query to run on a click: what it answers, in both languages, and its text."""

    slug: str
    title_vi: str
    title_en: str
    note_vi: str
    note_en: str
    text: str


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that a page may show; `base_url` is the public address without a slash at its end."""

    datasets: Mapping[str, Dataset]
    shelf: Shelf
    base_url: str
    demo: bool = False
    queries: Sequence[WorkedQuery] = ()


def read_queries(folder: Path) -> tuple[WorkedQuery, ...]:
    """The worked queries of a folder, one `.graphql` file each, in the order of their names.

    A file opens with comments that say its title and what to notice, in both languages:

        # vi: Trang trại của một tỉnh
        # en: Farms of a province
        # vi+: Chủ trang trại chỉ hiện với cơ quan quản lý.
        # en+: The owner shows only to the agency in charge.
    """
    return tuple(_read_query(path) for path in sorted(folder.glob("*.graphql")))


def _read_query(path: Path) -> WorkedQuery:
    lines = path.read_text(encoding="utf-8").splitlines()
    opening = [line for line in lines if line.startswith("#")]
    titles = {found[1]: found[2] for line in opening if (found := _TITLE.fullmatch(line))}
    notes = {found[1]: found[2] for line in opening if (found := _NOTE.fullmatch(line))}
    if set(titles) != {"vi", "en"}:
        raise ConfigError(
            f"truy vấn mẫu `{path.name}` thiếu tên: thêm hai dòng `# vi:` và `# en:`",
            f"worked query `{path.name}` has no title: add the lines `# vi:` and `# en:`",
        )
    text = "\n".join(line for line in lines if not line.startswith("#")).strip() + "\n"
    slug = path.stem.split("-", 1)[-1]
    return WorkedQuery(slug, titles["vi"], titles["en"], notes.get("vi", ""), notes.get("en", ""), text)
