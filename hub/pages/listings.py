"""The list of datasets: words of a search, filters that live in the address, and how many datasets each would leave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

from catalog.metadata import Dataset
from catalog.releases import Release
from hub.pages.labels import FORMATS, THEMES
from hub.pages.languages import Language
from schema.text import fold, sort_key

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A dataset and its newest release, if it has one."""

    dataset: Dataset
    release: Release | None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; an empty text asks for nothing."""

    q: str = ""
    theme: str = ""
    agency: str = ""
    format: str = ""

    def url(self, path: str) -> str:
        """The address of the list so filtered."""
        pairs = [(name, value) for name in ("q", *FACETS) if (value := getattr(self, name))]
        return f"{path}?{urlencode(pairs)}" if pairs else path


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: its name, how many datasets it leaves, whether it is chosen, and where it leads."""

    label: str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet by name, with its choices."""

    label: str
    choices: tuple[Choice, ...]


def _themes(entry: Entry, language: Language) -> Mapping[str, str]:
    return {THEMES[theme][0]: language.t(*THEMES[theme][1:]) for theme in entry.dataset.themes}


def _agencies(entry: Entry, language: Language) -> Mapping[str, str]:
    creator = entry.dataset.creator
    return {creator.code: language.t(creator.vi, creator.en)}


def _formats(entry: Entry, _language: Language) -> Mapping[str, str]:
    files = entry.release.files if entry.release else ()
    return {each.format: FORMATS[each.format][0] if each.format in FORMATS else each.format.upper() for each in files}


FACETS: Mapping[str, tuple[str, str, Callable[[Entry, Language], Mapping[str, str]]]] = {
    "theme": ("Chủ đề", "Theme", _themes),
    "agency": ("Cơ quan, nguồn", "Agency or source", _agencies),
    "format": ("Định dạng", "Format", _formats),
}
"""Each facet: its name, and the values (with their names) that a dataset has of it."""


def filters(query: Mapping[str, str]) -> Filters:
    """The filters of an address; parameters of other names are left alone."""
    return Filters(**{name: query.get(name, "").strip()[:_LONGEST] for name in ("q", *FACETS)})


def found(entries: Sequence[Entry], asked: Filters, language: Language) -> list[Entry]:
    """The datasets that have every word and every chosen value, by title."""
    kept = [entry for entry in entries if _matches(entry, asked, language)]
    return sorted(kept, key=lambda entry: sort_key(language.t(entry.dataset.title_vi, entry.dataset.title_en)))


def facets(entries: Sequence[Entry], asked: Filters, language: Language, path: str) -> tuple[Facet, ...]:
    """Every facet with what is left under the other filters; a chosen value leads to the list without it."""
    made: list[Facet] = []
    for name, (vi, en, values) in FACETS.items():
        chosen = getattr(asked, name)
        left = [entry for entry in entries if _matches(entry, replace(asked, **{name: ""}), language)]
        names: dict[str, str] = {}
        counts: dict[str, int] = {}
        for entry in left:
            for value, label in values(entry, language).items():
                names[value] = label
                counts[value] = counts.get(value, 0) + 1
        choices = tuple(
            Choice(
                names[value],
                counts[value],
                value == chosen,
                replace(asked, **{name: "" if value == chosen else value}).url(path),
            )
            for value in sorted(names, key=lambda each: sort_key(names[each]))
        )
        made.append(Facet(language.t(vi, en), choices))
    return tuple(made)


def _matches(entry: Entry, asked: Filters, language: Language) -> bool:
    text = _searched(entry.dataset.slug, _texts(entry.dataset))
    if not all(word in text for word in fold(asked.q).split()):
        return False
    return all(
        not getattr(asked, name) or getattr(asked, name) in values(entry, language)
        for name, (_, _, values) in FACETS.items()
    )


def _texts(dataset: Dataset) -> tuple[str, ...]:
    return (
        dataset.title_vi,
        dataset.title_en,
        dataset.description_vi,
        dataset.description_en,
        dataset.creator.vi,
        dataset.creator.en,
        *dataset.keywords_vi,
        *dataset.keywords_en,
        *(text for column in dataset.columns for text in (column.vi, column.en)),
    )


@lru_cache(maxsize=1024)
def _searched(slug: str, texts: tuple[str, ...]) -> str:
    return fold("\n".join((slug, *texts)))
