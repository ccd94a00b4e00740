"""Conditions that also measure, as statement text: how well a record fits a search.

Numbers and texts are parameters; the text of a statement depends on how many words are searched, never on which.
"""

from hub.compiler.guards import View, conjunction, disjunction
from hub.compiler.parts import Form, Search
from schema.model import RecordType


def found(view: View, search: Search, variable: str, kind: RecordType) -> str:
    """That each word occurs in one of the fields."""
    texts = _texts(view, search, variable, kind)
    words = [view.parameter(word) for word in search.words]
    return conjunction(disjunction(f"{text} CONTAINS {word}" for text in texts) for word in words)


def rank(view: View, search: Search, variable: str, kind: RecordType) -> str:
    """How well a record fits that has every word: 0 the best, 3 the least (see `Search`)."""
    texts = _texts(view, search, variable, kind)
    whole = view.parameter(search.text)
    equal = disjunction(f"{text} = {whole}" for text in texts)
    starts = disjunction(f"{text} STARTS WITH {whole}" for text in texts)
    words = [(view.parameter(word), view.parameter(f" {word}")) for word in search.words]
    begun = conjunction(
        disjunction(each for text in texts for each in (f"{text} STARTS WITH {word}", f"{text} CONTAINS {inner}"))
        for word, inner in words
    )
    return f"CASE WHEN {equal} THEN 0 WHEN {starts} THEN 1 WHEN {begun} THEN 2 ELSE 3 END"


def _texts(view: View, search: Search, variable: str, kind: RecordType) -> list[str]:
    return [view.read(variable, kind, of, Form.FOLD) for of in search.fields]
