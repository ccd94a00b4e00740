"""The mistakes: each operator reads one node of a syntax tree and says what stands in the mutant instead.

They are those that would let somebody see too much or too little: a comparison turned round, a condition that no longer
matters, a guard or an epoch that is not looked at, a mask that hides nothing, a prohibition that does not count.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Final, TypeAlias

Change: TypeAlias = tuple[ast.AST, ast.AST]
"""A node of the tree, and what stands in its place in the mutant."""
Operator: TypeAlias = Callable[[ast.AST], Iterator[Change]]

_NEGATED: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    one: other
    for pair in (
        (ast.Eq, ast.NotEq),
        (ast.Lt, ast.GtE),
        (ast.LtE, ast.Gt),
        (ast.In, ast.NotIn),
        (ast.Is, ast.IsNot),
    )
    for one, other in (pair, pair[::-1])
}
_BOUNDS: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_SWAPPED: Final = {
    one: other
    for pair in (("all", "any"), ("min", "max"), ("conjunction", "disjunction"), ("PERMISSION", "PROHIBITION"))
    for one, other in (pair, pair[::-1])
}
_TEXT: Final = (
    (re.compile(r"[\w.]+ (?:=|<=|>=|<|>|IN) [\w.$]+"), "true"),  # a comparison that is not made
    (re.compile(r"\bNOT "), ""),
    (re.compile(r"\bIS NULL"), "IS NOT NULL"),
    (re.compile(r" AND "), " OR "),
    (re.compile(r" OR "), " AND "),
    (re.compile(r"\btrue\b"), "false"),
    (re.compile(r"\bfalse\b"), "true"),
)
"""Of the text of a statement: what is replaced, and by what; one place at a time."""


def comparisons(node: ast.AST) -> Iterator[Change]:
    """Turned round, and with the bound on the other side."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for table in (_NEGATED, _BOUNDS):
            other = table.get(type(node.ops[0]))
            if other:
                yield node, ast.Compare(node.left, [other()], node.comparators)


def parts(node: ast.AST) -> Iterator[Change]:
    """One part of `and` or `or` dropped."""
    if isinstance(node, ast.BoolOp):
        for place in range(len(node.values)):
            left = [*node.values[:place], *node.values[place + 1 :]]
            yield node, left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def conditions(node: ast.AST) -> Iterator[Change]:
    """A condition that always holds, or never; that of a loop never alone, for it must end."""
    if isinstance(node, ast.If | ast.IfExp):
        yield node.test, ast.Constant(value=True)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield node.test, ast.Constant(value=False)
    if isinstance(node, ast.comprehension):
        yield from ((test, ast.Constant(value=True)) for test in node.ifs)


def negations(node: ast.AST) -> Iterator[Change]:
    """`not` dropped."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, node.operand


def opposites(node: ast.AST) -> Iterator[Change]:
    """All for any, and for or, least for greatest, permission for prohibition; true for false."""
    if isinstance(node, ast.Name) and node.id in _SWAPPED:
        yield node, ast.Name(_SWAPPED[node.id], ast.Load())
    if isinstance(node, ast.Attribute) and node.attr in _SWAPPED:
        yield node, ast.Attribute(node.value, _SWAPPED[node.attr], ast.Load())
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, ast.Constant(value=not node.value)


def sets(node: ast.AST) -> Iterator[Change]:
    """Union for intersection, the other way, and a difference that takes nothing out."""
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.BitOr | ast.BitAnd):
            other = ast.BitAnd() if isinstance(node.op, ast.BitOr) else ast.BitOr()
            yield node, ast.BinOp(node.left, other, node.right)
        if isinstance(node.op, ast.Sub):
            yield node, node.left


def statements(node: ast.AST) -> Iterator[Change]:
    """A call whose result is not used left out: a check, a prohibition noted, something forgotten; an end passed by."""
    called = node.value if isinstance(node, ast.Expr) else None
    called = called.value if isinstance(called, ast.Await) else called
    noted = isinstance(node, ast.AugAssign) and isinstance(node.op, ast.BitOr)
    if isinstance(called, ast.Call) or isinstance(node, ast.Continue) or _bare(node) or noted:
        yield node, ast.Pass()


def _bare(node: ast.AST) -> bool:
    return isinstance(node, ast.Return) and node.value is None


def arguments(node: ast.AST) -> Iterator[Change]:
    """One field of a stricter reading left as it was; nothing of the token to look for; another action."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id == "replace":
            for given in node.keywords:
                yield node, ast.Call(node.func, node.args, [one for one in node.keywords if one is not given])
        yield from ((one, ast.Tuple([], ast.Load())) for one in node.args if _last(one) == "bearer")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Action":
        yield node, ast.Attribute(node.value, "GRANT" if node.attr == "READ" else "READ", ast.Load())


def guards(node: ast.AST) -> Iterator[Change]:
    """A guard replaced by what it guards: a predicate by `true`, what is read of the view by what is stored."""
    if isinstance(node, ast.Call):
        name, given = _last(node.func), node.args
        if name in {"conjunction", "disjunction"} and isinstance(given[0], ast.Tuple):
            for place in range(len(given[0].elts)):
                left = [*given[0].elts[:place], *given[0].elts[place + 1 :]]
                yield given[0], ast.Tuple(left, ast.Load())
        elif name == "_predicate":
            yield node, ast.Constant(value="true")
        elif name == "read" and len(given) == len(("variable", "kind", "field", "form")):
            variable, _, field, form = map(ast.unparse, given)
            text = f"stored({variable}, {field}, {form}) if {field} else f'{{{variable}}}.id'"
            yield node, ast.parse(text, mode="eval").body
        # The method `guard` makes the pattern; the attribute of that name is the predicate.
        for one in ast.walk(node):
            if isinstance(one, ast.Attribute) and one.attr == "guard" and one in _given(node):
                yield one, ast.Constant(value="true")
    if isinstance(node, ast.FormattedValue) and _last(node.value) == "guard":
        yield node.value, ast.Constant(value="true")
    if isinstance(node, ast.FormattedValue) and _last(node.value) == "holds":
        yield node.value, ast.Constant(value="")


def _given(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call, those in a tuple one by one."""
    return [part for one in call.args for part in (one.elts if isinstance(one, ast.Tuple) else [one])]


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def masks(node: ast.AST) -> Iterator[Change]:
    """A mask that gives the value itself."""
    if isinstance(node, ast.FunctionDef) and [one.arg for one in node.args.args] == ["value"]:
        for one in ast.walk(node):
            if isinstance(one, ast.Return) and one.value is not None:
                yield one.value, ast.Name("value", ast.Load())


def text(node: ast.AST) -> Iterator[Change]:
    """One comparison of a statement's text not made, one `NOT` gone, `AND` for `OR`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        for pattern, instead in _TEXT:
            for found in pattern.finditer(node.value):
                changed = copy(node)
                changed.value = node.value[: found.start()] + instead + node.value[found.end() :]
                yield node, changed


OPERATORS: Final[tuple[Operator, ...]] = (
    comparisons,
    parts,
    conditions,
    negations,
    opposites,
    sets,
    statements,
    arguments,
    guards,
    masks,
    text,
)
