"""Streams without a graph: tables read strictly, columns derived from the model, wrong cells named."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import figures, rows, sources, tabular
from connectors.areas import AreaRow, Areas
from connectors.base import Contract, Edge, Entity, Named, Reference, Stream
from connectors.records import columns, records
from connectors.streams import STREAMS
from schema.errors import ConfigError, InvalidInput
from schema.types import MODEL

FACTS = Path(__file__).resolve().parent.parent / "examples" / "facts"
DEFAULTS = {"custodian": "NSO", "visibility": "OPEN", "origin": "FACT"}
SECTORS = Stream("sectors", "Sector", "sectors.csv", defaults=DEFAULTS, cited=False)
FARMS = Stream("farms", "Farm", "farms.csv", cited=False, attribution="made up")
BY_NAME = {stream.name: stream for stream in STREAMS}
REFERENCE = Reference(
    Areas(
        [
            AreaRow("VN@1976-07-02", "VN", "Việt Nam", "Viet Nam", "COUNTRY", "1976-07-02", None),
            AreaRow("01@2008-08-01", "01", "Hà Nội", "Ha Noi", "PROVINCE", "2008-08-01", "2025-06-30"),
            AreaRow("01@2025-07-01", "01", "Hà Nội", "Ha Noi", "PROVINCE", "2025-07-01", None),
        ]
    ),
    {
        "Area:VN@1976-07-02": Named("Việt Nam", "Viet Nam", "NSO"),
        "Area:01@2008-08-01": Named("Hà Nội", "Ha Noi", "NSO"),
        "Indicator:CROP.RICE.AREA": Named("Diện tích lúa", "Area of rice", "NSO"),
        "Indicator:CROP.RICE.PRODUCTION": Named("Sản lượng lúa", "", "NSO"),
        "Indicator:TOURISM.TRAVEL_TURNOVER": Named("Doanh thu lữ hành", "Travel turnover", "NSO"),
        "Indicator:0517": Named("Tỷ trọng", "Share", "NSO"),
    },
    {"s1": "Niên giám; Tổng cục Thống kê; 2024"},
)


def table(text: str | bytes, name: str = "sectors.csv") -> tabular.Source:
    return tabular.Source(name, text.encode() if isinstance(text, str) else text, "")


def read(stream: Stream, text: str | bytes) -> tuple[list[rows.Good], list[rows.Bad]]:
    return rows.read(MODEL, stream, table(text, stream.file), REFERENCE)


def one(stream: Stream, text: str) -> Entity:
    good, bad = read(stream, text)
    assert [wrong.problem.en for wrong in bad] == []
    record = good[0].records[0]
    assert isinstance(record, Entity)
    return record


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("code,name\n", "has no row"),
        ("code,name,colour\nA,B,red\n", "unknown column `colour`"),
        ("name\nB\n", "column `code` is missing"),
        ("code,name,code\nA,B,A\n", "column `code` is there twice"),
        (b"code,name\nA,B\nC,\xff\n", "row 3: is not UTF-8"),
        ('code,name\nA,"B\n', "row 2: is not valid CSV"),
        ("code;name\nA;B\n", "unknown column `code;name`"),
    ],
)
def test_a_wrong_table(content: str | bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(SECTORS, content)
    assert said in caught.value.en
    assert caught.value.en.startswith("`sectors.csv`: ")
    assert caught.value.vi.startswith("`sectors.csv`: ")
    assert "\n" not in caught.value.en


def test_absent_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"`none\.csv`: cannot be read"):
        tabular.source(tmp_path / "none.csv")
    with pytest.raises(InvalidInput, match="cannot be read"):
        tabular.source(tmp_path)


def test_lines_and_raw_text_are_kept() -> None:
    content = '\ufeffcode,name\r\nA,"two\nlines, quoted"\r\n\r\nB,b\u2028c\r\nC,c,too many\r\n,no key\r\n'
    good, bad = read(SECTORS, content)
    assert [(line.row.number, line.row.raw) for line in good] == [(2, 'A,"two\nlines, quoted"'), (5, "B,b\u2028c")]
    assert [(line.row.number, line.row.raw) for line in bad] == [(6, "C,c,too many"), (7, ",no key")]
    assert "row 6: has 3 cells, the header 2" in bad[0].problem.en
    assert "row 7: `code` is empty" in bad[1].problem.en


def test_declared_encoding_and_delimiter() -> None:
    stream = replace(SECTORS, encoding="utf-16", delimiter=";")
    assert one(stream, "code;name\nA;Thuỷ sản, lâm sản\n".encode("utf-16")).properties["name"] == "Thuỷ sản, lâm sản"  # type: ignore[arg-type]


def test_contracts_on_unknown_columns() -> None:
    content = "code,name,colour\nA,a,\nB,b,red\n"
    good, bad = read(replace(SECTORS, contract=Contract.DISCARD_VALUE), content)
    assert (len(good), len(bad)) == (2, 0)
    good, bad = read(replace(SECTORS, contract=Contract.DISCARD_ROW), content)
    assert [line.row.number for line in good] == [2]
    assert "unknown column `colour` has a value" in bad[0].problem.en


def test_a_record_from_the_models_columns() -> None:
    farm = one(
        FARMS,
        "custodian,localId,name,kind,areaHa,certifications,foundedOn,location,locatedIn,visibility,origin\n"
        "DEMO.NN,7, Trại Đỗ ,CROP,12.50,VIETGAP;ORGANIC,2001-02-03,21.0285 105.8542,01@2025-07-01,SHARED,FICTIONAL\n",
    )
    assert farm.id == "Farm:DEMO.NN-7"
    assert farm.links == {"locatedIn": ("Area:01@2025-07-01",)}
    expected: Mapping[str, object] = {
        "name": "Trại Đỗ",
        "name_fold": "trai do",
        "areaHa": 1250,
        "certifications": ["VIETGAP", "ORGANIC"],
        "foundedOn": "2001-02-03",
        "location_lat": 21.0285,
        "location_lon": 105.8542,
        "source": "made up",
        "custodian": "DEMO.NN",
        "origin": "FICTIONAL",
    }
    assert {name: farm.properties[name] for name in expected} == expected
    assert "name_sort" in farm.properties
    assert "location" not in farm.properties
    assert "localId" not in farm.properties
    assert "herdSize" not in farm.properties, "a column that the table has not is not touched"


def test_links_from_cells() -> None:
    business = Stream("b", "Business", "b.csv", defaults=DEFAULTS, cited=False)
    found = one(business, "localId,name,inSector,offers\n1,a,TRADE,RICE;; MAIZE ;RICE\n")
    assert found.links == {"inSector": ("Sector:TRADE",), "offers": ("Product:RICE", "Product:MAIZE")}
    assert one(business, "localId,name,inSector,offers\n1,a,,\n").links == {"inSector": (), "offers": ()}


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("kind", "CASTLE", "`kind`: `CASTLE` is not in the code list"),
        ("areaHa", "1,5", "`areaHa`: `1,5` is no number like 1234.5"),
        ("areaHa", "1e9999999", "`areaHa`: `1e9999999` is no number"),
        ("areaHa", "9" * 30, "is too large"),
        ("herdSize", "1_000", "`herdSize`: `1_000` is no number like 1234"),
        ("herdSize", "١٢", "is no number"),
        ("location", "21.0,105.8", "`location`: `21.0,105.8` is no number like 21.0285 105.8542"),
        ("name", "a\x00b", "`name`: has the control character U+0000"),
        ("areaHa", "1.555", "`areaHa`: `1.555` has over 2 decimals"),
        ("herdSize", "many", "`herdSize`: `many` is no number"),
        ("foundedOn", "31/12/2001", "`foundedOn`: `31/12/2001` is no date like 2026-11-22"),
        ("location", "200 10", "`location`: `200.0 10.0` is not on the globe"),
        ("visibility", "", "`visibility` is empty"),
        ("custodian", "", "`custodian` is empty"),
        ("localId", "", "`localId` is empty and part of the key"),
        ("localId", "a\tb", "has strange characters"),
        ("localId", "x" * 400, "too long"),
        ("locatedIn", "\x07", "has strange characters"),
    ],
)
def test_a_wrong_cell(column: str, cell: str, said: str) -> None:
    cells = {
        "custodian": "DEMO",
        "localId": "1",
        "name": "n",
        "kind": "CROP",
        "areaHa": "1",
        "herdSize": "1",
        "foundedOn": "",
        "location": "",
        "locatedIn": "",
        "visibility": "OPEN",
        "origin": "FACT",
        column: cell,
    }
    quoted = ",".join(f'"{text}"' for text in cells.values())
    good, bad = read(FARMS, f"{','.join(cells)}\n{quoted}\n")
    assert good == []
    assert said in bad[0].problem.en
    assert bad[0].problem.en.startswith("`farms.csv`: row 2: ")
    assert bad[0].problem.vi != bad[0].problem.en


def test_edges() -> None:
    grows = BY_NAME["fictional_grows"]
    good, bad = read(grows, "farm,product,areaHa,season,yearlyTonnes\nDEMO.NN-1,RICE,1.5,SPRING,\n,RICE,1,SPRING,1\n")
    assert good[0].records == (
        Edge(
            "Farm",
            "grows",
            "Farm:DEMO.NN-1",
            "Product:RICE",
            {"areaHa": 150, "season": "SPRING", "yearlyTonnes": None},
        ),
    )
    assert "`farm`: key `` is empty" in bad[0].problem.en


def test_a_second_row_of_the_same_key() -> None:
    good, bad = read(SECTORS, "code,name\nA,a\nB,b\nA,other\n")
    assert [line.row.number for line in good] == [2, 3]
    assert "row 4: `Sector:A` is there already in row 2" in bad[0].problem.en


def test_order_within_a_table() -> None:
    found = read(SECTORS, "code,name,partOf\nC,c,B\nB,b,A\nA,a,\nX,x,Y\nY,y,X\nS,s,S\nN,n,GONE\nM,m,OLD\nD,d,N\n")
    good, bad = rows.settle(MODEL, SECTORS, found, {"Sector:OLD", "Sector:B"})
    names = [record.id for line in good for record in line.records if isinstance(record, Entity)]
    assert names == ["Sector:A", "Sector:M", "Sector:B", "Sector:C"]
    assert [line.row.number for line in bad] == [5, 6, 7, 8, 10]
    assert "row 5: `Sector:Y` is in a bad row or leads back to itself" in bad[0].problem.en
    assert "row 8: there is no `Sector:GONE`" in bad[3].problem.en


def test_sources_are_cited_in_full() -> None:
    stream = replace(SECTORS, cited=True)
    assert one(stream, "code,name,source\nA,a,s1\n").properties["source"] == "Niên giám; Tổng cục Thống kê; 2024"
    _, bad = read(stream, "code,name,source\nA,a,s9\n")
    assert "source `s9` is not in `sources.csv`" in bad[0].problem.en
    content = "id,title,publisher,published,url,licence,retrieved\ns,T,P,2024,U,CC0,2026-01-02\n"
    assert sources.citations(table(content)) == {"s": "T; P; 2024; U; CC0; truy cập 2026-01-02"}
    with pytest.raises(InvalidInput, match="row 3: id `s` is empty or there already"):
        sources.citations(table("id,title\ns,T\ns,T\n"))


def test_crops_become_two_observations() -> None:
    content = "province,year,crop,season,areaThousandHa,productionThousandTonnes,source\n01,2015,RICE,SPRING,1.5,,s1\n"
    good, bad = read(figures.CROPS, content + "VN,2015,RICE,ANNUAL,7834.9,45091.0,s1\n")
    assert bad == []
    found = [record for line in good for record in line.records if isinstance(record, Entity)]
    assert [record.id for record in found] == [
        "Observation:CROP.RICE.AREA/01@2008-08-01/2015/SPRING/",
        "Observation:CROP.RICE.AREA/VN@1976-07-02/2015/ANNUAL/",
        "Observation:CROP.RICE.PRODUCTION/VN@1976-07-02/2015/ANNUAL/",
    ]
    assert found[0].properties["name"] == "Diện tích lúa, Hà Nội, 2015"
    assert found[0].properties["nameEn"] == "Area of rice, Ha Noi, 2015"
    assert found[2].properties["nameEn"] is None
    assert found[2].properties["value"] == 45_091_000_000
    assert found[0].links == {"indicator": ("Indicator:CROP.RICE.AREA",), "area": ("Area:01@2008-08-01",)}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("55,2015,RICE,SPRING,1,1,s1", "there is no area `55`"),
        ("01,2015,BAMBOO,SPRING,1,1,s1", "there is no indicator `CROP.BAMBOO.AREA`"),
        ("01,2015,RICE,MONSOON,1,,s1", ""),
        ("01,2015,RICE,SPRING,much,1,s1", "`value`: `much` is no number"),
        ("01,2015,RICE,SPRING,1,1,", "source `` is not in"),
    ],
)
def test_wrong_crops(row: str, said: str) -> None:
    header = "province,year,crop,season,areaThousandHa,productionThousandTonnes,source\n"
    good, bad = read(figures.CROPS, f"{header}{row}\n")
    assert (not bad) if not said else (not good and said in bad[0].problem.en)


def test_figures_of_digital_economy_and_tourism() -> None:
    found = one(
        figures.DIGITAL_ECONOMY,
        "indicator,area,period,breakdown,value,status,releasedOn,note,source\n"
        "0517,VN,2022,TOTAL,12.67,PROVISIONAL,2023-12-04,first release,s1\n",
    )
    assert found.id == "Observation:0517/VN@1976-07-02/2022/TOTAL/2023-12-04"
    assert found.properties["value"] == 12_670_000
    assert found.properties["custodian"] == "NSO"
    found = one(figures.TOURISM, "province,year,value,status,source\n01,2015,9.5,FINAL,s1\n")
    assert found.id == "Observation:TOURISM.TRAVEL_TURNOVER/01@2008-08-01/2015/TOTAL/"


def test_sights_by_province_and_companies_by_symbol() -> None:
    sight = one(
        BY_NAME["sights"],
        "localId,name,category,location,province,source\nN1,Hồ Gươm,NATURAL,21.03 105.85,01,s1\n",
    )
    assert sight.links == {"locatedIn": ("Area:01@2025-07-01",)}
    _, bad = read(BY_NAME["sights"], "localId,name,province,source\nN1,x,VN,s1\n")
    assert "there is no area `VN`" in bad[0].problem.en
    company = one(BY_NAME["companies"], "symbol,name,exchange,listedOn,inSector,source\nAAA,a,HOSE,2016-11-25,ICT,s1\n")
    assert company.id == "Business:MOF-AAA"
    assert company.properties["kind"] == "ENTERPRISE"
    assert company.properties["symbol"] == "AAA"


def test_every_stream_fits_the_model() -> None:
    names = [stream.name for stream in STREAMS]
    assert len(set(names)) == len(names)
    for stream in STREAMS:
        found = columns(MODEL, stream)
        assert found.required <= found.known
        assert stream.licence or stream.attribution
        kind = MODEL.type(stream.entity)
        assert all(column in kind.fields or column in kind.links for column in stream.renamed.values())
    with pytest.raises(InvalidInput, match="declares no link `parts`"):
        columns(MODEL, Stream("x", "Area", "x.csv", link="parts"))
    with pytest.raises(ConfigError, match=r"`Area\.partOf` leads to one record at most"):
        columns(MODEL, Stream("x", "Area", "x.csv", link="partOf"))


@pytest.mark.parametrize("stream", [stream for stream in STREAMS if not stream.fictional], ids=lambda one: one.name)
def test_headers_of_the_facts(stream: Stream) -> None:
    """Each table of facts has the columns that its stream expects, and each of its rows a known source."""
    reader = tabular.rows(stream, tabular.source(FACTS / stream.file), columns(MODEL, stream))
    citations = sources.citations(tabular.source(FACTS / sources.FILE))
    found = list(reader)
    assert found
    for row in found:
        assert row.problem is None
        assert row.cells["source"] in citations


def test_a_problem_of_reading_is_the_rows_problem() -> None:
    row = next(iter(tabular.rows(SECTORS, table("code,name\nA\n"), columns(MODEL, SECTORS))))
    with pytest.raises(InvalidInput, match="has 1 cells, the header 2"):
        records(MODEL, SECTORS, row, REFERENCE)
