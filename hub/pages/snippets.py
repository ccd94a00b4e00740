"""Code to copy: the same data by curl, Python, R, JavaScript and GraphQL."""

import json
from dataclasses import dataclass

from catalog.metadata import Dataset
from catalog.releases import Release

_SCRIPT = """const answer = await fetch("URL");
const rows = await answer.json();
console.log(rows.length, rows[0]);
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of code, and the language that it is in."""

    name: str
    text: str


def snippets(dataset: Dataset, release: Release, base_url: str) -> tuple[Snippet, ...]:
    """How to get this release's files, and how to ask for the same rows now."""
    urls = {each.format: f"{base_url}/data/{dataset.slug}/{release.number}/{each.name}" for each in release.files}
    csv, name = urls["csv"], next(each.name for each in release.files if each.format == "csv")
    digest = next(each.sha256 for each in release.files if each.format == "csv")
    body = json.dumps({"query": dataset.operation, "variables": {"first": 20}}, ensure_ascii=False)
    quoted = body.replace("'", "'\\''")
    python = f'import pandas as pd\n\ntable = pd.read_parquet("{urls["parquet"]}")\nprint(table.head())\n'
    return (
        Snippet("curl", f"curl -fsSO '{csv}'\necho '{digest}  {name}' | sha256sum -c\n"),
        Snippet("Python", python),
        Snippet("R", f'table <- read.csv("{csv}", colClasses = "character", encoding = "UTF-8")\nhead(table)\n'),
        Snippet("JavaScript", _SCRIPT.replace("URL", urls["json"])),
        Snippet(
            "GraphQL",
            f"curl -fsS '{base_url}/graphql' -H 'Content-Type: application/json' -d '{quoted}'\n",
        ),
    )
