"""What every compiled statement must be, whatever was asked: checked on each one that any test sends."""

import re
from functools import lru_cache

from schema.model import Model
from schema.scalars import properties

BEFORE = "MATCH (v:PolicyVersion {id: 1}) WHERE v.epoch = $epoch"
AFTER = "MATCH (w:PolicyVersion {id: 1}) WHERE w.epoch = $epoch RETURN "
UNREVOKED = " AND NOT EXISTS { MATCH (u:Revocation) WHERE u.id IN $bearer }"
COMPILED = tuple(f"{BEFORE}{holds} {then}" for holds in ("", UNREVOKED) for then in ("RETURN -1 AS k", "WITH "))
"""How a compiled statement begins, and no other."""
WORDS = """
CALL MATCH WHERE RETURN AS UNION ALL WITH ORDER BY LIMIT DESC AND OR NOT IN IS NULL CASE WHEN THEN ELSE END EXISTS COUNT
COLLECT CONTAINS STARTS ENDS sin cos asin sqrt toInteger head coalesce collect count sum min max left substring true
false null row epoch
"""
_ALLOWED_NUMBERS = re.compile(r"\{id: 1\}|LIMIT 1\b|(?:THEN|ELSE) [0-3]\b|\*1\.\.4|RETURN -?\d+ AS k\b")
_VARIABLE = re.compile(r"[nekrvwxcg]\d*")
_PATTERN = re.compile(r"\((\w*):(\w+)")


def patterns(text: str) -> int:
    """The number of labelled patterns, those of the policy's epoch apart."""
    return sum(label != "PolicyVersion" for _, label in _PATTERN.findall(text))


def flaws(text: str, model: Model) -> list[str]:
    """What a compiled statement must not have, and does."""
    if text.count(UNREVOKED) not in {0, 2}:
        return ["a revocation is not looked for twice"]
    text = text.replace(UNREVOKED, "")
    found = [] if text.startswith(BEFORE) else ["the epoch is not matched first"]
    if "MATCH" in text.rpartition(AFTER)[2] or text.count("PolicyVersion") != 2:
        found.append("the epoch is not matched last")
    rest = _ALLOWED_NUMBERS.sub(" ", text).replace(">= ''", " ")
    if re.search(r"""['"`;]|//|/\*""", rest):
        found.append("a literal text or a comment")
    rest = re.sub(r"\$p\d+|\$epoch", " ", rest)
    if "$" in rest:
        found.append("a parameter of another name")
    if re.search(r"(?<![\w.])\d", rest):
        found.append("a literal number")
    return found + _unknown(rest, model)


def _unknown(text: str, model: Model) -> list[str]:
    """Names that nothing declares, and words that one engine alone may know."""
    labels = {"PolicyVersion", *model.types}
    patterns = _PATTERN.findall(text)
    odd = [name for name, label in patterns if label != "PolicyVersion" and not re.fullmatch(r"n\d+", name)]
    odd += [label for _, label in patterns if label not in labels]
    odd += [name for name in re.findall(r"\.(\w+)", text) if name not in _properties(model)]
    odd += [name for name in re.findall(r":(\w+)", text) if name not in labels | _relations(model)]
    words = re.findall(r"\w+", re.sub(r"[.:]\w+", " ", text))
    odd += [word for word in words if word not in WORDS.split() and not _VARIABLE.fullmatch(word)]
    return [f"an unknown word: {word}" for word in odd]


@lru_cache(maxsize=1)
def _properties(model: Model) -> set[str]:
    fields = [
        of
        for kind in model.types.values()
        for of in (*kind.fields.values(), *(one for link in kind.links.values() for one in link.fields))
    ]
    return {"id", "epoch"} | {name for of in fields for name in properties(of, None)}


@lru_cache(maxsize=1)
def _relations(model: Model) -> set[str]:
    return {link.relation for kind in model.types.values() for link in kind.links.values()}
