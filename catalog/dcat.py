"""The catalogue as DCAT-AP 3: what is published, in which files, under which terms.

Every resource has an address of its own (no blank nodes), so the same catalogue is the same bytes. Concepts of the
European lists are typed where they are used, as the official shapes look only at what the document itself says.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from catalog.metadata import Body, BodyKind, Dataset, Licence, Theme
from catalog.releases import File, Release

_EU: Final = "http://publications.europa.eu/resource/authority"
_ADMS = Namespace("http://www.w3.org/ns/adms#")
_DCATAP = Namespace("http://data.europa.eu/r5r/")
_SPDX = Namespace("http://spdx.org/rdf/terms#")
_VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
_SHA256 = URIRef("https://spdx.org/rdf/terms#checksumAlgorithm_sha256")
_VERSION = URIRef(f"{DCAT}version")  # not in the library's list of DCAT's terms
_PROFILE = URIRef(_DCATAP)
_GRAPHQL = URIRef("https://spec.graphql.org/")
_PUBLIC = f"{_EU}/access-right/PUBLIC"
_FILE_TYPES: Final = {"csv": "CSV", "json": "JSON", "parquet": "PARQUET", "svg": "SVG", "png": "PNG"}
_Published: TypeAlias = tuple[Dataset, datetime, Release]
"""A dataset, when its first release was issued, and the newest."""
_SCHEMES: Final = {
    "access-right": ("Quyền truy cập", "Access right"),
    "country": ("Quốc gia", "Country"),
    "data-theme": ("Chủ đề dữ liệu", "Data theme"),
    "distribution-status": ("Tình trạng phân phối", "Distribution status"),
    "file-type": ("Loại tệp", "File type"),
    "frequency": ("Tần suất", "Frequency"),
    "language": ("Ngôn ngữ", "Language"),
    "licencetype": ("Loại giấy phép", "Type of licence"),
    "planned-availability": ("Mức sẵn có", "Planned availability"),
    "publishertype": ("Loại cơ quan phát hành", "Type of publisher"),
}


def catalog_graph(
    datasets: Sequence[Dataset], releases: Mapping[str, Sequence[Release]], base_url: str, endpoint: str
) -> Graph:
    """The catalogue's statements; `releases` holds each dataset's by slug, oldest first; a dataset without is left out.

    `base_url` is the hub's public address without a closing slash, `endpoint` that of the GraphQL service.
    """
    published = [(each, found[0].issued, found[-1]) for each in datasets if (found := releases.get(each.slug))]
    writer = _Writer(base_url.rstrip("/"), endpoint)
    writer.catalogue(published)
    writer.service(published)
    for each in published:
        writer.dataset(*each)
    return writer.graph


def turtle(graph: Graph) -> str:
    """The catalogue as Turtle."""
    return graph.serialize(format="turtle")


def jsonld(graph: Graph) -> str:
    """The catalogue as JSON-LD, its resources in the order of their addresses."""
    held = cast("list[dict[str, Any]]", json.loads(graph.serialize(format="json-ld")))
    for resource in held:
        for name, values in resource.items():
            if isinstance(values, list):
                resource[name] = sorted(
                    cast("list[object]", values), key=lambda value: json.dumps(value, sort_keys=True)
                )
    held.sort(key=lambda resource: str(resource["@id"]))
    return json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class _Writer:
    """Adds resources to one graph; `base` begins every address of the hub."""

    def __init__(self, base: str, endpoint: str) -> None:
        self.graph = Graph()
        self._base = base
        self._endpoint = URIRef(endpoint)
        self._catalog = URIRef(f"{base}/catalog")
        self._service = URIRef(f"{base}/catalog#graphql")
        for prefix, namespace in (
            ("adms", _ADMS),
            ("dcatap", _DCATAP),
            ("dct", DCTERMS),
            ("spdx", _SPDX),
            ("vcard", _VCARD),
        ):
            self.graph.bind(prefix, namespace)

    def catalogue(self, published: Sequence[_Published]) -> None:
        """The catalogue itself."""
        at = self._catalog
        self._add(at, RDF.type, DCAT.Catalog)
        self._texts(
            at, DCTERMS.title, "Danh mục dữ liệu mở về kinh tế số", "Open data catalogue of the digital economy"
        )
        self._texts(
            at,
            DCTERMS.description,
            "Mỗi tập dữ liệu là một phép truy vấn chạy với quyền của công chúng, kèm các bản phát hành bất biến.",
            "Each dataset is a query run as the public, with immutable releases.",
        )
        self._add(at, FOAF.homepage, self._typed(URIRef(f"{self._base}/data"), FOAF.Document))
        self._add(at, DCAT.themeTaxonomy, self._scheme("data-theme"))
        self._add(at, DCAT.service, self._service)
        for dataset, issued, release in published:
            self._add(at, DCAT.dataset, self._at(dataset))
            self._add(at, DCAT.record, self._record(dataset, issued, release))
            self._add(at, DCTERMS.publisher, self._body(dataset.publisher))
            self._add(at, DCTERMS.spatial, self._place(dataset.spatial))
            for language in dataset.language:
                self._add(at, DCTERMS.language, self._language(language))
        if published:
            self._add(at, DCTERMS.issued, _moment(min(issued for _, issued, _ in published)))
            self._add(at, DCTERMS.modified, _moment(max(release.issued for _, _, release in published)))

    def service(self, published: Sequence[_Published]) -> None:
        """The GraphQL service, through which every dataset can be queried."""
        at = self._service
        self._add(at, RDF.type, DCAT.DataService)
        self._texts(at, DCTERMS.title, "Dịch vụ GraphQL", "GraphQL service")
        self._texts(
            at,
            DCTERMS.description,
            "Truy vấn dữ liệu mở, không cần khoá.",
            "Query the open data; no key is needed.",
        )
        self._add(at, DCAT.endpointURL, self._endpoint)
        self._add(at, DCAT.endpointDescription, URIRef(f"{self._base}/schema.graphql"))
        self._add(at, DCTERMS.conformsTo, self._typed(_GRAPHQL, DCTERMS.Standard))
        self._add(at, DCTERMS.accessRights, self._rights())
        self._texts(at, DCAT.keyword, "giao diện lập trình", "application programming interface")
        for dataset, _, _ in published:
            self._add(at, DCAT.servesDataset, self._at(dataset))
            self._add(at, DCTERMS.publisher, self._body(dataset.publisher))
            self._add(at, DCAT.contactPoint, self._contact(dataset))
            for theme in dataset.themes:
                self._add(at, DCAT.theme, self._theme(theme))

    def dataset(self, dataset: Dataset, issued: datetime, release: Release) -> None:
        """One dataset, first issued then, with the files of its newest release."""
        at = self._at(dataset)
        self._add(at, RDF.type, DCAT.Dataset)
        self._add(at, RDF.type, DCAT.Resource)  # some shapes ask for it by name, beside what follows from Dataset
        self._add(at, DCTERMS.identifier, Literal(str(at)))
        self._texts(at, DCTERMS.title, dataset.title_vi, dataset.title_en)
        self._texts(at, DCTERMS.description, dataset.description_vi, dataset.description_en)
        for language, keywords in (("vi", dataset.keywords_vi), ("en", dataset.keywords_en)):
            for keyword in keywords:
                self._add(at, DCAT.keyword, Literal(keyword, language))
        for theme in dataset.themes:
            self._add(at, DCAT.theme, self._theme(theme))
        self._add(at, DCTERMS.publisher, self._body(dataset.publisher))
        self._add(at, DCTERMS.creator, self._body(dataset.creator))
        self._add(at, DCAT.contactPoint, self._contact(dataset))
        self._add(at, DCTERMS.spatial, self._place(dataset.spatial))
        self._add(at, DCTERMS.accrualPeriodicity, self._frequency(dataset))
        self._add(at, DCTERMS.accessRights, self._rights())
        self._add(at, DCAT.landingPage, self._typed(URIRef(f"{self._base}/data/{dataset.slug}"), FOAF.Document))
        self._add(at, _VERSION, Literal(str(release.number)))
        self._add(at, DCTERMS.issued, _moment(issued))
        self._add(at, DCTERMS.modified, _moment(release.issued))
        for language in dataset.language:
            self._add(at, DCTERMS.language, self._language(language))
        self._provenance(at, dataset)
        if release.temporal:
            self._add(at, DCTERMS.temporal, self._period(dataset, release.temporal))
        for file in release.files:
            if file.format in _FILE_TYPES:
                self._add(at, DCAT.distribution, self._distribution(dataset, release, file))

    def _distribution(self, dataset: Dataset, release: Release, file: File) -> URIRef:
        url = f"{self._base}/data/{dataset.slug}/{release.number}/{file.name}"
        at = URIRef(f"{url}#distribution")
        self._add(at, RDF.type, DCAT.Distribution)
        form = file.format.upper()
        self._texts(at, DCTERMS.title, f"{dataset.title_vi}, {form}", f"{dataset.title_en}, {form}")
        self._texts(
            at,
            DCTERMS.description,
            f"Bản phát hành {release.number}, {release.rows} dòng, tệp {form}",
            f"Release {release.number}, {release.rows} rows, as {form}",
        )
        self._add(at, DCAT.accessURL, URIRef(f"{self._base}/data/{dataset.slug}"))
        self._add(at, DCAT.downloadURL, URIRef(url))
        self._add(at, DCAT.accessService, self._service)
        self._add(
            at,
            DCAT.mediaType,
            self._typed(URIRef(f"http://www.iana.org/assignments/media-types/{file.media_type}"), DCTERMS.MediaType),
        )
        file_type = self._concept(f"{_EU}/file-type/{_FILE_TYPES[file.format]}", form, form)
        self._add(at, DCTERMS["format"], self._typed(file_type, DCTERMS.MediaTypeOrExtent))
        self._add(at, DCAT.byteSize, Literal(file.size, datatype=XSD.nonNegativeInteger))
        self._add(at, _SPDX.checksum, self._checksum(url, file))
        self._add(at, DCTERMS.issued, _moment(release.issued))
        self._add(at, DCTERMS.modified, _moment(release.issued))
        self._add(at, DCTERMS.license, self._licence(dataset.licence))
        self._add(at, DCTERMS.rights, self._terms(dataset))
        self._add(at, _ADMS.status, self._concept(f"{_EU}/distribution-status/COMPLETED", "Hoàn tất", "Completed"))
        stable = self._concept(f"{_EU}/planned-availability/STABLE", "Ổn định", "Stable")
        self._add(at, _DCATAP.availability, stable)
        for language in dataset.language:
            self._add(at, DCTERMS.language, self._language(language))
        return at

    def _record(self, dataset: Dataset, issued: datetime, release: Release) -> URIRef:
        at = URIRef(f"{self._catalog}#{dataset.slug}")
        self._add(at, RDF.type, DCAT.CatalogRecord)
        self._add(at, FOAF.primaryTopic, self._at(dataset))
        self._add(at, DCTERMS.conformsTo, self._typed(_PROFILE, DCTERMS.Standard))
        self._add(at, DCTERMS.issued, _moment(issued))
        self._add(at, DCTERMS.modified, _moment(release.issued))
        return at

    def _checksum(self, url: str, file: File) -> URIRef:
        at = URIRef(f"{url}#checksum")
        self._add(at, RDF.type, _SPDX.Checksum)
        self._add(at, _SPDX.algorithm, self._typed(_SHA256, _SPDX.ChecksumAlgorithm))
        self._add(at, _SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))
        return at

    def _period(self, dataset: Dataset, temporal: tuple[str, str]) -> URIRef:
        at = self._typed(URIRef(f"{self._at(dataset)}-temporal"), DCTERMS.PeriodOfTime)
        self._add(at, DCAT.startDate, Literal(temporal[0], datatype=XSD.date))
        self._add(at, DCAT.endDate, Literal(temporal[1], datatype=XSD.date))
        return at

    def _provenance(self, dataset_at: URIRef, dataset: Dataset) -> None:
        at = self._typed(URIRef(f"{dataset_at}-provenance"), DCTERMS.ProvenanceStatement)
        for source in dataset.sources:
            self._add(at, RDFS.label, Literal(source, "vi"))
        self._add(dataset_at, DCTERMS.provenance, at)

    def _terms(self, dataset: Dataset) -> URIRef:
        at = self._typed(URIRef(f"{self._at(dataset)}-rights"), DCTERMS.RightsStatement)
        sources = "; ".join(dataset.sources)
        name = dataset.licence.name
        self._texts(at, RDFS.label, f"{name}; ghi nguồn: {sources}", f"{name}; attribute to: {sources}")
        return at

    def _licence(self, licence: Licence) -> URIRef:
        at = self._typed(URIRef(licence.authority or licence.uri), DCTERMS.LicenseDocument)
        self._add(at, DCTERMS.title, Literal(licence.name, "en"))
        self._add(at, DCTERMS.type, self._adms("licencetype", *_LICENCE_KINDS[licence.share_alike]))
        if licence.authority:
            self._add(at, FOAF.page, self._typed(URIRef(licence.uri), FOAF.Document))
        return at

    def _body(self, body: Body) -> URIRef:
        at = self._typed(URIRef(f"{self._base}/catalog#agency-{body.code}"), FOAF.Agent)
        self._texts(at, FOAF.name, body.vi, body.en)
        self._add(at, DCTERMS.type, self._adms("publishertype", body.kind.value, *_BODY_KINDS[body.kind]))
        return at

    def _contact(self, dataset: Dataset) -> URIRef:
        at = self._typed(URIRef(f"{self._base}/catalog#contact-{dataset.contact.code}"), _VCARD.Kind)
        self._texts(at, _VCARD.fn, dataset.contact.vi, dataset.contact.en)
        self._add(at, _VCARD.hasURL, URIRef(f"{self._base}/"))
        return at

    def _theme(self, theme: Theme) -> URIRef:
        return self._concept(theme.value, *_THEMES[theme])

    def _frequency(self, dataset: Dataset) -> URIRef:
        name = dataset.frequency.name.capitalize()
        return self._typed(self._concept(dataset.frequency.value, name, name), DCTERMS.Frequency)

    def _language(self, uri: str) -> URIRef:
        names = {"VIE": ("Tiếng Việt", "Vietnamese"), "ENG": ("Tiếng Anh", "English")}
        return self._typed(self._concept(uri, *names[uri.rpartition("/")[2]]), DCTERMS.LinguisticSystem)

    def _place(self, uri: str) -> URIRef:
        return self._typed(self._concept(uri, "Việt Nam", "Viet Nam"), DCTERMS.Location)

    def _rights(self) -> URIRef:
        return self._typed(self._concept(_PUBLIC, "Công khai", "Public"), DCTERMS.RightsStatement)

    def _concept(self, uri: str, vi: str, en: str) -> URIRef:
        """A concept of a European list, named by its address, in its scheme."""
        at = URIRef(uri)
        self._labelled(at, self._scheme(uri.rpartition("/")[0].rpartition("/")[2]), vi, en)
        return at

    def _adms(self, name: str, code: str, vi: str, en: str) -> URIRef:
        """A concept of ADMS: a type of licence or of publisher."""
        at, scheme = URIRef(f"http://purl.org/adms/{name}/{code}"), URIRef(f"http://purl.org/adms/{name}/1.0")
        self._texts(self._typed(scheme, SKOS.ConceptScheme), DCTERMS.title, *_SCHEMES[name])
        self._labelled(at, scheme, vi, en)
        return at

    def _labelled(self, at: URIRef, scheme: URIRef, vi: str, en: str) -> None:
        self._typed(at, SKOS.Concept)
        self._texts(at, SKOS.prefLabel, vi, en)
        self._add(at, SKOS.inScheme, scheme)

    def _scheme(self, name: str) -> URIRef:
        at = self._typed(URIRef(f"{_EU}/{name}"), SKOS.ConceptScheme)
        self._texts(at, DCTERMS.title, *_SCHEMES[name])
        return at

    def _at(self, dataset: Dataset) -> URIRef:
        return URIRef(f"{self._base}/data/{dataset.slug}#dataset")

    def _typed(self, at: URIRef, kind: URIRef) -> URIRef:
        self._add(at, RDF.type, kind)
        return at

    def _texts(self, at: URIRef, predicate: URIRef, vi: str, en: str) -> None:
        self._add(at, predicate, Literal(vi, "vi"))
        self._add(at, predicate, Literal(en, "en"))

    def _add(self, subject: URIRef, predicate: URIRef, value: URIRef | Literal) -> None:
        self.graph.add((subject, predicate, value))


def _moment(value: datetime) -> Literal:
    return Literal(value.isoformat(), datatype=XSD.dateTime)


_LICENCE_KINDS: Final = {
    False: ("Attribution", "Ghi nguồn", "Attribution"),
    True: ("ViralEffect-ShareAlike", "Chia sẻ tương tự", "Share alike"),
}
_BODY_KINDS: Final = {
    BodyKind.AUTHORITY: ("Cơ quan cấp quốc gia", "National authority"),
    BodyKind.COMPANY: ("Công ty", "Company"),
    BodyKind.COMMUNITY: ("Tổ chức phi lợi nhuận", "Non-profit organisation"),
}
_THEMES: Final = {
    Theme.AGRICULTURE: ("Nông nghiệp, thủy sản, lâm nghiệp và lương thực", "Agriculture, fisheries, forestry and food"),
    Theme.ECONOMY: ("Kinh tế và tài chính", "Economy and finance"),
    Theme.CULTURE: ("Giáo dục, văn hóa và thể thao", "Education, culture and sport"),
    Theme.GOVERNMENT: ("Chính phủ và khu vực công", "Government and public sector"),
    Theme.REGIONS: ("Vùng và đô thị", "Regions and cities"),
    Theme.TECHNOLOGY: ("Khoa học và công nghệ", "Science and technology"),
}
