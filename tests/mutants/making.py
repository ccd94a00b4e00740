"""Mutants of a module: where its mistakes can be made, each with a name that outlives edits elsewhere, and its code."""

import ast
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from itertools import zip_longest
from pathlib import Path
from types import CodeType
from typing import Final

from tests.mutants.operators import OPERATORS, Change

ROOT: Final = Path(__file__).parents[2]
_LONGEST: Final = 70
"""Characters of code in a name; of more, what is alike at both ends is left out."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The mistake of that number in a module; its name tells where it is and what it changes."""

    module: str
    number: int
    operator: str
    name: str


def source(module: str) -> Path:
    """The file of a module of the project."""
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def mutants(module: str) -> list[Mutant]:
    """All that can be made of a module, in the order of its text."""
    seen: Counter[str] = Counter()
    found: list[Mutant] = []
    for number, (operator, place, change) in enumerate(_changes(ast.parse(source(module).read_text("utf-8")))):
        name = f"{module.replace('.', '/')}.py {place}: {_told(change)}"
        seen[name] += 1
        found.append(Mutant(module, number, operator, name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return found


def in_turn(modules: tuple[str, ...], seed: int) -> list[Mutant]:
    """All mutants of the modules, so that every operator in every module comes early; one order for a seed."""
    groups: defaultdict[tuple[str, str], list[Mutant]] = defaultdict(list)
    for module in modules:
        for one in mutants(module):
            groups[module, one.operator].append(one)
    chance = random.Random(seed)
    for one in groups.values():
        chance.shuffle(one)
    rounds = [[one for one in each if one is not None] for each in zip_longest(*groups.values())]
    for each in rounds:
        chance.shuffle(each)
    return [one for each in rounds for one in each]


class MutantLoader(SourceFileLoader):
    """Loads a module with one mistake in it; `loaded` once it was. The file and its compiled form stay as they are."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(source(mutant.module)))
        self._mutant = mutant
        self.loaded = False

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the signature is importlib's
        """The module's code with the mistake in it."""
        tree = ast.parse(Path(self.path).read_text("utf-8"))
        _, _, (old, new) = list(_changes(tree))[self._mutant.number]
        changed = ast.fix_missing_locations(_Replaced(old, new).visit(tree))
        assert isinstance(changed, ast.Module)
        self.loaded = True
        return compile(changed, self.path, "exec")


class _Replaced(ast.NodeTransformer):
    """A tree with one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else super().visit(node)


def _changes(tree: ast.Module) -> Iterator[tuple[str, str, Change]]:
    """Every change, with the name of its operator and that of the function or class it is in."""
    done: set[tuple[int, str]] = set()
    for place, node in _walk(tree, ""):
        for operator in OPERATORS:
            for old, new in operator(node):
                told = id(old), ast.dump(new)
                if told not in done:  # a nested call shows its arguments twice
                    done.add(told)
                    yield operator.__name__, place, (old, new)


def _walk(node: ast.AST, place: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node that can matter: no annotation, decorator, docstring, message of an error or of the log."""
    named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    place = f"{place}.{node.name}".lstrip(".") if named else place
    yield place or "module", node
    if named:
        within: list[ast.AST] = list(node.body)
    elif isinstance(node, ast.AnnAssign):
        within = [] if node.value is None or ast.unparse(node.annotation) == "TypeAlias" else [node.value]
    else:
        within = list(ast.iter_child_nodes(node))
    for one in within:
        if not _tells(one):
            yield from _walk(one, place)


def _tells(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return True
    if not isinstance(node, ast.Expr):
        return False
    if isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func).startswith("log.")
    return isinstance(node.value, ast.Constant)


def _told(change: Change) -> str:
    old, new = (" ".join(ast.unparse(one).split()) for one in change)
    start = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    if max(len(old), len(new)) > _LONGEST:
        end = next((at for at, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b), 0)
        start, end = max(0, start - 20), max(0, min(end, len(old) - start, len(new) - start) - 20)
        old, new = (_cut(one, start, len(one) - end) for one in (old, new))
    return f"`{old}` → `{new}`"


def _cut(text: str, start: int, end: int) -> str:
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
