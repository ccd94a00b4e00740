"""The catalogue's description: whole, the same each time, and right by the official shapes where they are at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyshacl import validate  # pyright: ignore[reportUnknownVariableType] - half typed
from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from catalog.datasets import DATASETS
from catalog.dcat import catalog_graph, jsonld, turtle
from catalog.formats import FORMATS
from catalog.releases import Changes, File, Release

BASE = "https://hub.example.vn"
ENDPOINT = f"{BASE}/graphql"
SHAPES = Path(__file__).parents[2] / "shared" / "suites" / "dcat-ap-3.0.1"
SH = Namespace("http://www.w3.org/ns/shacl#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
FIRST, NEWEST = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 11, 22, 3, 4, 5, 678000, tzinfo=UTC)


def release(slug: str, number: int, issued: datetime) -> Release:
    """A release of every format."""
    files = tuple(
        File(f"{slug}.{each.name}", each.name, each.media_type, 1234, f"{number}a" * 32) for each in FORMATS.values()
    )
    covered = ("2010-01-01", "2015-12-31")
    return Release(slug, number, issued, 5, "c" * 64, files, Changes(), 7, {}, {}, covered)


RELEASES: Mapping[str, Sequence[Release]] = {
    slug: (release(slug, 1, FIRST), release(slug, 2, NEWEST)) for slug in DATASETS
}
ALL = tuple(DATASETS.values())
GRAPH = catalog_graph(ALL, RELEASES, BASE, ENDPOINT)


def test_every_dataset_is_in_the_catalogue_with_its_newest_files() -> None:
    for slug in DATASETS:
        at = URIRef(f"{BASE}/data/{slug}#dataset")
        assert (URIRef(f"{BASE}/catalog"), DCAT.dataset, at) in GRAPH
        urls = {str(GRAPH.value(each, DCAT.downloadURL)) for each in GRAPH.objects(at, DCAT.distribution)}
        assert urls == {f"{BASE}/data/{slug}/2/{slug}.{form}" for form in FORMATS}
        assert GRAPH.value(at, DCTERMS.issued) == Literal(FIRST)
        assert GRAPH.value(at, DCTERMS.modified) == Literal(NEWEST)


DATASET_ASKED = (
    DCAT.keyword,
    DCAT.theme,
    DCTERMS.spatial,
    DCTERMS.temporal,
    DCTERMS.accessRights,
    DCAT.contactPoint,
    DCTERMS.publisher,
    DCTERMS.creator,
    DCTERMS.issued,
    DCTERMS.modified,
    DCTERMS.accrualPeriodicity,
    DCTERMS.language,
    DCTERMS.provenance,
    DCAT.landingPage,
    DCAT.distribution,
)
DISTRIBUTION_ASKED = (
    DCAT.accessURL,
    DCAT.downloadURL,
    DCAT.accessService,
    DCTERMS["format"],
    DCAT.mediaType,
    DCAT.byteSize,
    DCTERMS.issued,
    DCTERMS.modified,
    DCTERMS.license,
    DCTERMS.rights,
    SPDX.checksum,
)


def test_what_quality_is_scored_by_is_there() -> None:
    for kind, asked in ((DCAT.Dataset, DATASET_ASKED), (DCAT.Distribution, DISTRIBUTION_ASKED)):
        resources = list(GRAPH.subjects(RDF.type, kind))
        assert len(resources) == len(DATASETS) * (1 if kind == DCAT.Dataset else len(FORMATS))
        for resource in resources:
            assert [name for name in asked if GRAPH.value(resource, name, any=True) is None] == []


def test_texts_are_in_both_languages() -> None:
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.Distribution):
        for resource in GRAPH.subjects(RDF.type, kind):
            for name in (DCTERMS.title, DCTERMS.description):
                found = {each.language for each in GRAPH.objects(resource, name) if isinstance(each, Literal)}
                assert found == {"vi", "en"}


def test_each_dataset_has_its_own_licence() -> None:
    for slug, dataset in DATASETS.items():
        (licence,) = {
            GRAPH.value(each, DCTERMS.license)
            for each in GRAPH.objects(URIRef(f"{BASE}/data/{slug}#dataset"), DCAT.distribution)
        }
        assert str(licence) == (dataset.licence.authority or dataset.licence.uri)
        assert (licence, RDF.type, DCTERMS.LicenseDocument) in GRAPH


def test_concepts_are_typed_labelled_and_in_a_scheme() -> None:
    concepts = set(GRAPH.subjects(RDF.type, SKOS.Concept))
    used = {
        each
        for name in (DCAT.theme, DCTERMS.accrualPeriodicity, DCTERMS.language)
        for each in GRAPH.objects(None, name)
    }
    assert used <= concepts
    for concept in concepts:
        assert GRAPH.value(concept, SKOS.prefLabel, any=True) is not None
        scheme = GRAPH.value(concept, SKOS.inScheme)
        assert (scheme, RDF.type, SKOS.ConceptScheme) in GRAPH


def test_the_service_serves_every_dataset() -> None:
    (service,) = GRAPH.subjects(RDF.type, DCAT.DataService)
    assert GRAPH.value(service, DCAT.endpointURL) == URIRef(ENDPOINT)
    assert len(set(GRAPH.objects(service, DCAT.servesDataset))) == len(DATASETS)


def test_bodies_have_a_name_and_a_kind() -> None:
    for body in GRAPH.subjects(RDF.type, FOAF.Agent):
        assert {each.language for each in GRAPH.objects(body, FOAF.name) if isinstance(each, Literal)} == {"vi", "en"}
        assert GRAPH.value(body, DCTERMS.type) is not None


def test_a_dataset_without_a_release_is_left_out() -> None:
    some = {slug: RELEASES[slug] for slug in list(DATASETS)[:2]} | {list(DATASETS)[2]: ()}
    graph = catalog_graph(ALL, some, BASE, ENDPOINT)
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 2
    assert len(set(catalog_graph(ALL, {}, BASE, ENDPOINT).subjects(RDF.type, DCAT.Catalog))) == 1


def test_a_file_without_a_european_type_is_no_distribution() -> None:
    slug = ALL[0].slug
    odd = replace(RELEASES[slug][0], files=(File("a.zip", "zip", "application/zip", 1, "0" * 64),))
    graph = catalog_graph(ALL[:1], {slug: [odd]}, BASE, ENDPOINT)
    assert set(graph.subjects(RDF.type, DCAT.Distribution)) == set()


def test_the_bytes_are_the_same_whatever_the_order() -> None:
    again = catalog_graph(ALL[::-1], dict(reversed(list(RELEASES.items()))), f"{BASE}/", ENDPOINT)
    assert turtle(again) == turtle(GRAPH)
    assert jsonld(again) == jsonld(GRAPH)
    assert not any(isinstance(each, BNode) for triple in GRAPH for each in triple)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # the library's own reader
def test_both_notations_say_the_same() -> None:
    from_turtle, from_json = (
        Graph().parse(data=turtle(GRAPH), format="turtle"),
        Graph().parse(data=jsonld(GRAPH), format="json-ld"),
    )
    assert isomorphic(from_turtle, GRAPH)
    assert isomorphic(from_json, GRAPH)
    assert "Điểm đến du lịch" in jsonld(GRAPH)


def shapes(name: str) -> Graph:
    """The official shapes of that file, or a skip that says what is missing."""
    path = SHAPES / f"{name}.ttl"
    if not path.is_file():
        pytest.skip(f"the official DCAT-AP 3.0.1 shapes are not at ../shared/suites/dcat-ap-3.0.1: {name}.ttl")
    graph = Graph().parse(path)
    for named in set(graph.objects(None, SH.property)):
        if (named, SH.path, None) not in graph:  # two that the official file names and never declares
            graph.remove((None, None, named))
    return graph


def violations(graph: Graph, shape: Graph) -> list[str]:
    """What the shapes hold against a graph, warnings left out."""
    report: object = validate(graph, shacl_graph=shape)[1]
    assert isinstance(report, Graph)
    held = set(report.objects(None, SH.result))
    return [
        f"{report.value(each, SH.focusNode)} {report.value(each, SH.resultPath)} {report.value(each, SH.resultMessage)}"
        for each in held
        if report.value(each, SH.resultSeverity) == SH.Violation
    ]


@pytest.mark.parametrize("name", ["shapes", "range", "shapes_recommended", "mdr-vocabularies.shape", "dcat-ap-SHACL"])
def test_the_official_shapes_find_no_violation(name: str) -> None:
    assert violations(GRAPH, shapes(name)) == []


def test_the_official_shapes_would_find_one() -> None:
    broken = Graph() + GRAPH
    at = URIRef(f"{BASE}/data/{ALL[0].slug}#dataset")
    broken.remove((at, DCTERMS.title, None))
    assert violations(broken, shapes("shapes")) != []
