"""Areas by name or code with a date: spellings, prefixes, periods, and no guessing between two."""

from datetime import date

import pytest

from connectors.areas import AreaRow, Areas, Unresolved, repaired

THEN, NOW = date(2015, 1, 1), date(2026, 1, 1)


def row(code: str, start: str, end: str | None, name: str, english: str = "", level: str = "PROVINCE") -> AreaRow:
    return AreaRow(f"{code}@{start}", code, name, english, level, start, end)


AREAS = Areas(
    [
        row("VN", "1976-07-02", None, "Việt Nam", "Viet Nam", "COUNTRY"),
        row("01", "2008-08-01", "2025-06-30", "Hà Nội", "Ha Noi"),
        row("01", "2025-07-01", None, "Hà Nội", "Ha Noi"),
        row("17", "1992-01-01", "2025-06-30", "Hòa Bình", "Hoa Binh"),
        row("35", "1997-01-01", "2025-06-30", "Hà Nam", "Ha Nam"),
        row("46", "1990-01-01", "2024-12-31", "Thừa Thiên Huế", "Thua Thien Hue"),
        row("46", "2025-07-01", None, "Huế", "Hue"),
        row("77", "1992-01-01", "2025-06-30", "Bà Rịa - Vũng Tàu", "Ba Ria - Vung Tau"),
        row("79", "1976-07-02", None, "Thành phố Hồ Chí Minh", "Ho Chi Minh City"),
        row("11", "2004-01-01", None, "Điện Biên", "Dien Bien"),
        row("06", "1997-01-01", "2025-06-30", "Bắc Kạn", "Bac Kan"),
        row("99001", "2020-01-01", None, "Xã Tân Lập", "", "COMMUNE"),
        row("99002", "2020-01-01", None, "Phường Tân Lập", "", "COMMUNE"),
        row("99003", "2020-01-01", None, "Xã Hòa Phú", "", "COMMUNE"),
        row("99004", "2020-01-01", None, "Xã Hoa Phú", "", "COMMUNE"),
    ]
)


@pytest.mark.parametrize(
    ("text", "on", "key"),
    [
        ("01", THEN, "01@2008-08-01"),
        ("01", NOW, "01@2025-07-01"),
        ("VN", NOW, "VN@1976-07-02"),
        ("01@2008-08-01", NOW, "01@2008-08-01"),
        ("Hà Nội", THEN, "01@2008-08-01"),
        ("  hà   nội ", THEN, "01@2008-08-01"),
        ("TP. Hà Nội", NOW, "01@2025-07-01"),
        ("TP.Hà Nội", NOW, "01@2025-07-01"),
        ("Ha Noi City", NOW, "01@2025-07-01"),
        ("Hoà Bình", THEN, "17@1992-01-01"),
        ("Tỉnh Hòa Bình", THEN, "17@1992-01-01"),
        ("HOA BINH", THEN, "17@1992-01-01"),
        ("Hoa Binh Province", THEN, "17@1992-01-01"),
        ("Ba Ria - Vung Tau", THEN, "77@1992-01-01"),
        ("Bà Rịa-Vũng Tàu", THEN, "77@1992-01-01"),
        ("Ba Ria Vung Tau", THEN, "77@1992-01-01"),
        ("Thua Thien-Hue", THEN, "46@1990-01-01"),
        ("Thua Thien - Hue", THEN, "46@1990-01-01"),
        ("Thành phố Huế", NOW, "46@2025-07-01"),
        ("TP Ho Chi Minh", THEN, "79@1976-07-02"),
        ("Hồ Chí Minh", NOW, "79@1976-07-02"),
        ("Ho Chi Minh city", NOW, "79@1976-07-02"),
        ("Tp. Hồ Chí Minh", NOW, "79@1976-07-02"),
        ("BÄƒc Cáº¡n", THEN, None),
        ("BÄƒc Káº¡n", THEN, "06@1997-01-01"),
        ("Äiá»\u0087n BiÃªn", NOW, None),
        ("Xã Tân Lập", NOW, "99001@2020-01-01"),
        ("Hoà Phú", NOW, "99003@2020-01-01"),
        ("Hoa Phú", NOW, "99004@2020-01-01"),
    ],
)
def test_names_and_codes(text: str, on: date, key: str | None) -> None:
    found = AREAS.resolve(text, on)
    assert (None if isinstance(found, Unresolved) else found) == key


def test_twice_encoded() -> None:
    for text in ("Điện Biên", "Hà Nội", "Bắc Kạn", "Thừa Thiên Huế"):
        twice = text.encode().decode("latin-1")
        assert twice != text
        assert repaired(twice) == text
        assert repaired(text) == text
    assert AREAS.resolve("Điện Biên".encode().decode("latin-1"), NOW) == "11@2004-01-01"


@pytest.mark.parametrize(
    ("text", "on", "candidates"),
    [
        ("Tân Lập", NOW, ("99001@2020-01-01", "99002@2020-01-01")),
        ("Hoa Phu", NOW, ("99003@2020-01-01", "99004@2020-01-01")),
        ("Hà Nam", NOW, ("35@1997-01-01",)),
        ("46", date(2025, 3, 1), ("46@1990-01-01", "46@2025-07-01")),
        ("Ha Noy", NOW, ("01@2025-07-01",)),
        ("1", NOW, ()),
        ("Atlantis", NOW, ()),
        ("", NOW, ()),
        ("01@1999-01-01", NOW, ()),
    ],
)
def test_no_guess(text: str, on: date, candidates: tuple[str, ...]) -> None:
    found = AREAS.resolve(text, on)
    assert isinstance(found, Unresolved)
    assert found.candidates == candidates
    assert f"`{text}`" in found.vi
    assert f"`{text}`" in found.en
    for key in candidates:
        assert f"`{key}`" in found.en


def test_level() -> None:
    assert AREAS.resolve("VN", NOW, "COUNTRY") == "VN@1976-07-02"
    assert isinstance(AREAS.resolve("VN", NOW, "PROVINCE"), Unresolved)
    assert isinstance(AREAS.resolve("VN@1976-07-02", NOW, "PROVINCE"), Unresolved)
    both = Areas([row("1", "2000-01-01", None, "Huế"), row("2", "2000-01-01", None, "Huế", "", "DISTRICT")])
    assert both.resolve("Huế", NOW, "DISTRICT") == "2@2000-01-01"
    assert isinstance(both.resolve("Huế", NOW), Unresolved)


def test_first_and_last_day() -> None:
    one = row("01", "2008-08-01", "2025-06-30", "Hà Nội")
    assert not one.in_force(date(2008, 7, 31))
    assert one.in_force(date(2008, 8, 1))
    assert one.in_force(date(2025, 6, 30))
    assert not one.in_force(date(2025, 7, 1))
