"""The house: budgets of the code, and papers (locks, docs, README) that say what is true."""

import ast
import builtins
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path
from typing import Any

import grimp
import pytest

from hub.settings import table
from schema import errors

ROOT = Path(__file__).parent.parent
SOURCES = ("auth", "catalog", "connectors", "examples", "hub", "schema")
PYTHON = (*SOURCES, "bench", "conftest.py", "docker", "tests")

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
MOST_EXCEPTIONS = 12
MOST_TYPE_CHECKING = 3

VAGUE_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "shared", "stuff", "tools"}

LATE_IMPORTS: dict[tuple[str, str], str] = {
    ("hub/services.py", "hub.spans"): "traces bring half a second of imports, for those alone who have a collector",
}
"""Imports inside functions: (file, module) -> the reason."""

CLIENTS = {
    "arcadedb_embedded": "schema/engine_server.py",
    "ckanapi": "catalog/ckan.py",
    "jwt": "auth/token.py",
    "neo4j": "schema/graph.py",
    "redis": "hub/redis.py",
    "opentelemetry": "hub/spans.py",
    "prometheus_client": "hub/metrics.py",
}
"""Each outside system's client, and the one module that imports it."""

CLIENTS_TO_COME = ("saq",)

GRAPHQL_CODES = ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED")
"""What the GraphQL library finds before the hub is asked."""

CHANGE_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def _skipped(path: Path) -> bool:
    made = {"__pycache__", "build", "dist", "htmlcov", "node_modules"}
    return any(part in made or part.endswith(".egg-info") or part.startswith(".") for part in path.parts[:-1])


@cache
def committed() -> tuple[Path, ...]:
    """Every file that is, or is about to be, committed; without git, every file that nothing has made."""
    if (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()  # noqa: S603 - a fixed command
        names = [Path(name) for name in listed.split("\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not _skipped(path.relative_to(ROOT))]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


@cache
def modules() -> dict[str, ast.Module]:
    """Every Python module of the project, by its path."""
    paths = [path for path in committed() if path.suffix == ".py" and path.parts[0] in PYTHON]
    return {path.as_posix(): ast.parse((ROOT / path).read_text(encoding="utf-8")) for path in paths}


def sources() -> dict[str, ast.Module]:
    """The modules that are the hub, without tests and benchmarks."""
    return {path: tree for path, tree in modules().items() if path.split("/")[0] in SOURCES}


@cache
def texts() -> dict[str, str]:
    """Every committed text, by its path; pictures and the like are left out."""
    found: dict[str, str] = {}
    for path in committed():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data[:8192]:
            found[path.as_posix()] = data.decode("utf-8")
    return found


@cache
def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads(texts()["pyproject.toml"])


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names; none for another statement."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a module, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def normal(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock: str) -> dict[str, str]:
    """Name -> version of a lock."""
    return {normal(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", texts()[lock], re.MULTILINE)}


def declared(group: list[str]) -> set[str]:
    """The distributions that a list of requirements names."""
    return {normal(found.group()) for text in group if (found := re.match(r"[\w.-]+", text))}


def test_modules_are_short() -> None:
    long = {path: len(texts()[path].splitlines()) for path in modules() if not path.startswith("tests/")}
    assert {path: lines for path, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{path}:{function.name}": (function.end_lineno or function.lineno) - function.lineno + 1
        for path, tree in modules().items()
        for function in functions(tree)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_there_is_no_import_cycle() -> None:
    packages = [name for name in SOURCES if any(path.startswith(f"{name}/") for path in sources())]
    graph = grimp.build_graph(*packages, cache_dir=None)
    order = TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules})
    try:
        order.prepare()
    except CycleError as error:
        cycle = list(map(str, error.args[1]))
    else:
        cycle = []
    assert cycle == []


def test_imports_stand_at_the_top() -> None:
    late = {
        (path, name)
        for path, tree in modules().items()
        for function in functions(tree)
        for node in ast.walk(function)
        for name in imported(node)
    }
    assert late == set(LATE_IMPORTS)


def test_imports_for_types_alone_are_few() -> None:
    guards = [
        path
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    assert len(guards) <= MOST_TYPE_CHECKING, guards


def test_modules_are_named_after_what_they_hold() -> None:
    assert [path for path in modules() if VAGUE_NAMES & set(Path(path).with_suffix("").parts)] == []


def test_exceptions_are_one_small_drawn_tree() -> None:
    """`examples` may not import the tree, so its scripts are left out."""
    found: dict[str, str] = {}
    known = {
        name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
    }
    size = -1
    while len(found) != size:
        size = len(found)
        for path, tree in sources().items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and known & {ast.unparse(base).split(".")[-1] for base in node.bases}:
                    found[node.name] = path
                    known.add(node.name)
    found = {name: path for name, path in found.items() if not path.startswith("examples/")}
    assert {name: path for name, path in found.items() if path != "schema/errors.py"} == {}
    assert 1 < len(found) <= MOST_EXCEPTIONS
    assert [name for name in found if not re.search(rf"\b{name}\b", errors.__doc__ or "")] == []


def test_modules_and_public_classes_say_what_they_are() -> None:
    silent = [path for path, tree in modules().items() if not ast.get_docstring(tree)]
    silent += [
        f"{path}:{node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_tests_are_functions() -> None:
    classes = [
        f"{path}:{node.name}"
        for path, tree in modules().items()
        if path.startswith("tests/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test")
    ]
    assert classes == []


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
    left = [
        f"{path}:{token.start[0]}"
        for path in modules()
        for token in tokenize.generate_tokens(io.StringIO(texts()[path]).readline)
        if token.type in {tokenize.COMMENT, tokenize.STRING} and marks.search(token.string)
    ]
    left += [path for path, text in texts().items() if path.endswith((".md", ".toml", ".html")) and marks.search(text)]
    assert left == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:pypi|pythonhosted)\.(?:org|io)",
        r"registry\.npmjs|npmmirror\.",
        r"repo1?\.maven|crates\.io|proxy\.golang",
        r"(?:deb|security|archive)\.(?:debian|ubuntu)\.",
        r"--(?:extra-)?index" + r"-url|--find" + r"-links|--trusted" + r"-host",
        r'"resolved"' + r":\s*\"http",
    ],
)
def test_no_file_names_a_registry(pattern: str) -> None:
    assert [path for path, text in texts().items() if re.search(pattern, text)] == []


def test_no_file_names_a_place_on_one_machine() -> None:
    place = re.compile(r"(?<![\w.:/-])/(?:wo" + r"rk|ro" + r"ot|home/\w+)/")
    assert {path: found.group() for path, text in texts().items() if (found := place.search(text))} == {}


def test_each_outside_client_is_imported_by_one_module() -> None:
    importers: dict[str, set[str]] = {client: set() for client in (*CLIENTS, *CLIENTS_TO_COME)}
    for path, tree in sources().items():
        for node in ast.walk(tree):
            for name in imported(node):
                importers.get(name.split(".")[0], set()).add(path)
    assert {client: importers[client] for client in CLIENTS} == {client: {path} for client, path in CLIENTS.items()}
    assert all(len(importers[client]) <= 1 for client in CLIENTS_TO_COME), importers


def test_each_writer_of_the_graph_is_known() -> None:
    """Answers are kept as long as epoch and data versions are the same: whoever writes records raises a version.

    Rules raise the epoch; runs, which write under a lease, and mutations raise the versions in the same transaction.
    What revokes a token is seen by those who have one, and their answers are not kept.
    """
    writers = {path for path in sources() if re.search(r"graph\.write\(|\.execute_write\(", texts()[path])}
    known = {"auth/grants.py", "auth/revocations.py", "connectors/leases.py", "hub/commands/records.py"}
    assert writers == {*known, "schema/graph.py"}


def test_every_import_is_a_declared_requirement() -> None:
    given = packages_distributions()
    roots = {
        (path, name.split(".")[0])
        for path, tree in sources().items()
        for node in ast.walk(tree)
        for name in imported(node)
        if name.split(".")[0] not in {*sys.stdlib_module_names, *SOURCES, "__future__"}
    }
    wanted = declared(project()["project"]["dependencies"])
    assert [(path, root) for path, root in roots if not wanted & {normal(name) for name in given.get(root, [])}] == []


def test_every_requirement_and_every_opt_out_has_its_reason() -> None:
    text = texts()["pyproject.toml"]
    lists = re.findall(r"^(?:dependencies|dev|ignore) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert len(lists) == len(("dependencies", "dev", "ignore"))
    assert [line for body in lists for line in body.splitlines() if not re.search(r'",\s+# \S', line)] == []


def test_locks_hold_what_is_declared_with_hashes() -> None:
    groups = project()["dependency-groups"]
    runtime, develop = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert declared(project()["project"]["dependencies"] + groups["build"]) <= runtime.keys()
    assert declared(groups["dev"]) <= develop.keys()
    assert runtime.items() <= develop.items()
    for lock in ("requirements.txt", "requirements-dev.txt"):
        entries = re.split(r"^(?=[\w.-]+==)", texts()[lock], flags=re.MULTILINE)
        assert [entry.splitlines()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
        assert not re.search(r"https?:|git\+|file:", texts()[lock])


def test_the_commands_of_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", texts()["Makefile"], re.MULTILINE))
    helped = subprocess.run(
        [sys.executable, "-m", "hub", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    commands = set(re.findall(r"^ {2}([a-z]+)\b", helped.stdout.partition("Commands:")[2], re.MULTILINE))
    pages = {path: text for path, text in texts().items() if path.endswith(".md") and not path.startswith("examples/")}
    code = {path: re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL) for path, text in pages.items()}
    said = [
        (path, *words)
        for path, snippets in code.items()
        for snippet in snippets
        for words in re.findall(r"(?:^|[`\n$]\s*|/bin/)(make|hub) ([a-z]+)\b", snippet)
    ]
    assert {("README.md", "make", "demo"), ("README.md", "make", "test")} <= set(said)
    assert [one for one in said if one[2] not in (targets if one[1] == "make" else commands)] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = [
        (path, target)
        for path, text in texts().items()
        if path.endswith(".md")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if ":" not in target and not (ROOT / path).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_every_setting_that_is_named_exists() -> None:
    known = {setting.variable for setting in table()}
    by_file = {setting.file_variable for setting in table()}
    named = {
        (path, name)
        for path, text in texts().items()
        if path.split("/")[0] in {*SOURCES, "docs", "README.md", "Makefile", ".ci", "docker"}
        for name in re.findall(r"\bHUB_(?!TEST_)[A-Z][A-Z_]*[A-Z]\b", text)  # of tests only
    }
    assert set(re.findall(r"^\| `(HUB_[A-Z_]+)` \|", texts()["docs/settings.md"], re.MULTILINE)) == known
    assert {(path, name) for path, name in named if name not in known | by_file} == set()


def test_every_error_code_is_explained() -> None:
    explained = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d+|–) \|", texts()["docs/errors.md"], re.MULTILINE))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HubError)]
    codes = {kind.code: "–" if kind is errors.ConfigError else str(kind.status) for kind in kinds}
    assert {code: explained[code] for code in explained if code not in GRAPHQL_CODES} == codes
    assert set(GRAPHQL_CODES) <= explained.keys()


def test_the_changelog_tells_of_this_version() -> None:
    text = texts()["CHANGELOG.md"]
    titles = re.findall(r"^## \[?([^\]\n]+?)\]?(?: - \d{4}-\d\d-\d\d)?$", text, re.MULTILINE)
    assert titles
    assert titles[0] == "Unreleased"
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= CHANGE_KINDS
    dates = re.findall(r"^## .* - (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert all(later >= earlier for later, earlier in pairwise(dates))


def test_readme_opens_with_the_sentence_and_the_law() -> None:
    opening = texts()["README.md"][:4000]
    assert "one statement comes out" in opening
    assert all(f"`{name}`" in opening for name in SOURCES if name != "examples")


def test_the_licence_is_apache_2() -> None:
    text = texts()["LICENSE"]
    assert project()["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
