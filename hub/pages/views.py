"""The pages themselves: each reads what it shows from the site, and hands it to its template."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from auth.principal import MEANINGS, Role
from catalog.metadata import Dataset
from catalog.releases import Release
from hub.pages.downloads import newest
from hub.pages.forms import forms
from hub.pages.labels import FORMATS, KINDS, LEVELS, THEMES, UPDATES
from hub.pages.languages import LANGUAGES, Language
from hub.pages.listings import Entry, Filters, facets, filters, found
from hub.pages.previews import ROWS, Preview, preview
from hub.pages.renderers import Renderer, page_of
from hub.pages.sites import Site
from hub.pages.snippets import snippets
from schema.errors import NotFound
from schema.types import MODEL

_KEPT = 256
_HOME = 3


class Views:
    """Every page of one site."""

    def __init__(self, site: Site, renderer: Renderer) -> None:
        self._site = site
        self._renderer = renderer
        self._forms = forms(MODEL)

        @lru_cache(maxsize=_KEPT)
        def previewed(slug: str, number: int, language: str) -> Preview:
            return preview(site.datasets[slug], site.shelf.table(slug, number), LANGUAGES[language])

        self._previewed = previewed

    def home(self, request: Request) -> Response:
        """What the hub is, three answers from its data, and the three ways in."""
        language = page_of(request).language
        entries = [entry for entry in self._entries() if entry.release is not None]
        answers = [
            (entry.dataset, self._previewed(entry.dataset.slug, entry.release.number, language.code))
            for entry in entries
            if entry.release is not None
        ]
        shown = [(dataset, made) for dataset, made in answers if made.sentence]  # what has a target comes first
        values = {
            "answers": sorted(shown, key=lambda each: not each[1].goals)[:_HOME],
            "datasets": len(self._site.datasets),
            "rows": sum(entry.release.rows for entry in entries if entry.release is not None),
            "types": len(MODEL.types),
        }
        return self._renderer.page(request, "home.html", values)

    def datasets(self, request: Request) -> Response:
        """The list of datasets under the filters of the address."""
        page = page_of(request)
        asked = filters(request.query_params)
        entries = self._entries()
        left = found(entries, asked, page.language)
        path = page.link("/data")
        values = {
            "asked": asked,
            "filtered": asked != Filters(),
            "entries": left,
            "facets": facets(entries, asked, page.language, path),
            "without_words": Filters(theme=asked.theme, agency=asked.agency, format=asked.format).url(path),
            "without_filters": Filters(q=asked.q).url(path),
            "others": found(entries, Filters(), page.language) if not left else [],
            "formats": FORMATS,
        }
        return self._renderer.page(request, "datasets.html", values)

    def dataset(self, request: Request) -> Response:
        """One dataset: the answer in a sentence first, the evidence below."""
        slug = str(request.path_params["slug"])
        dataset = self._site.datasets.get(slug)
        if dataset is None:
            raise NotFound(
                f"không có tập dữ liệu `{slug}`: tìm trong danh mục", f"there is no dataset `{slug}`: search the list"
            )
        language = page_of(request).language
        release = newest(self._site, slug)
        values: dict[str, Any] = {
            "dataset": dataset,
            "release": release,
            "themes": [language.t(*THEMES[theme][1:]) for theme in dataset.themes],
            "update": language.t(*UPDATES[dataset.frequency]),
            "kinds": KINDS,
            "formats": FORMATS,
        }
        if release is not None:
            releases = sorted(self._site.shelf.releases(slug), key=lambda each: -each.number)
            values |= {
                "preview": self._previewed(slug, release.number, language.code),
                "shown": min(ROWS, release.rows),
                "releases": releases,
                "snippets": snippets(dataset, release, self._site.base_url),
                "citation": citation(dataset, release, self._site.base_url, language),
                "described": described(dataset, release, self._site.base_url, language),
                "covered": covered(release, language),
            }
        return self._renderer.page(request, "dataset.html", values)

    def developers(self, request: Request) -> Response:
        """The quick start, and every type and field with who may see it at first."""
        return self._renderer.page(request, "developers.html", {"model": MODEL, "kinds": KINDS, "levels": LEVELS})

    def explorer(self, request: Request) -> Response:
        """The worked queries and the editor."""
        return self._renderer.page(request, "explorer.html", {"queries": self._site.queries})

    def console(self, request: Request) -> Response:
        """Who has access to what, a form to give and one to close; empty until its reader brings a steward's token."""
        values = {"forms": self._forms, "levels": LEVELS, "roles": tuple(Role), "meanings": MEANINGS}
        return self._renderer.page(request, "console.html", values)

    def _entries(self) -> Sequence[Entry]:
        return [Entry(dataset, newest(self._site, slug)) for slug, dataset in self._site.datasets.items()]


def citation(dataset: Dataset, release: Release, base_url: str, language: Language) -> str:
    """How to cite a release: who answers for the figures, what, which release, where."""
    creator = language.t(dataset.creator.vi, dataset.creator.en)
    publisher = language.t(dataset.publisher.vi, dataset.publisher.en)
    title = language.t(dataset.title_vi, dataset.title_en)
    number = language.t(f"bản phát hành {release.number}", f"release {release.number}")
    return (
        f"{creator}. {title}, {number}, {language.day(release.issued)}. {publisher}. "
        f"{base_url}/data/{dataset.slug}. SHA-256 {release.content_sha256[:16]}. {dataset.licence.code}."
    )


def covered(release: Release, language: Language) -> str:
    """The first and the last day that the data cover; empty where the data do not say."""
    if release.temporal is None:
        return ""
    first, last = release.temporal
    days = [f"{day[8:10]}/{day[5:7]}/{day[:4]}" if len(day) >= len("2024-01-01") else day for day in (first, last)]
    return days[0] if first == last else language.t(f"{days[0]} đến {days[1]}", f"{days[0]} to {days[1]}")


def described(dataset: Dataset, release: Release, base_url: str, language: Language) -> dict[str, object]:
    """The dataset in the words of schema.org, for search engines."""
    url = f"{base_url}/data/{dataset.slug}"
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": language.t(dataset.title_vi, dataset.title_en),
        "description": language.t(dataset.description_vi, dataset.description_en),
        "url": url,
        "identifier": url,
        "inLanguage": language.code,
        "isAccessibleForFree": True,
        "keywords": list(language.t("|".join(dataset.keywords_vi), "|".join(dataset.keywords_en)).split("|")),
        "license": dataset.licence.uri,
        "version": str(release.number),
        "dateModified": release.issued.date().isoformat(),
        **({"temporalCoverage": "/".join(release.temporal)} if release.temporal else {}),
        "spatialCoverage": "Viet Nam",
        "creator": {"@type": "Organization", "name": language.t(dataset.creator.vi, dataset.creator.en)},
        "publisher": {"@type": "Organization", "name": language.t(dataset.publisher.vi, dataset.publisher.en)},
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": each.media_type,
                "contentUrl": f"{url}/{release.number}/{each.name}",
                "contentSize": str(each.size),
                "sha256": each.sha256,
            }
            for each in release.files
        ],
    }
