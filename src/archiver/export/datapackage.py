"""A Frictionless data package for a table, from which repositories and readers in pandas, R or DuckDB take types.

Source: Data Package and Table Schema, version 1 (specs.frictionlessdata.io).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from archiver.export.codebook import Codebook
from archiver.index.read.export_rows import Kind, RowColumn

_MEDIA_TYPES = {
    "csv": "text/csv", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet",
}  # fmt: skip
_TYPES: dict[Kind, str] = {
    "text": "string", "integer": "integer", "real": "number", "list": "array", "flag": "boolean", "day": "date",
    "moment": "datetime",
}  # fmt: skip


def data_package(codebook: Codebook, file: Path, format_name: str, key: tuple[str, ...]) -> dict[str, Any]:
    """The descriptor of a table written to `file`; `key` are its key columns."""
    name = re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-.") or "stories"
    return {
        "profile": "tabular-data-package",
        "name": name,
        "title": f"{codebook.count} {codebook.what} of a news archive",
        "description": codebook.citation,
        "created": codebook.json()["made_at"],
        "licenses": [{"name": "notspecified", "title": "Not stated here: texts and images belong to their publishers"}],
        "sources": [{"title": site} | ({"path": root} if root else {}) for site, root in codebook.roots],
        "resources": [
            {
                "name": name,
                "path": file.name,
                "profile": "tabular-data-resource",
                "format": format_name,
                "mediatype": _MEDIA_TYPES[format_name],
                "encoding": "utf-8",
                "bytes": file.stat().st_size,
                "hash": f"sha256:{codebook.sha256}",
                "schema": {
                    "fields": [_field(column, format_name, codebook) for column in codebook.columns],
                    "primaryKey": list(key),
                    "missingValues": [""],
                },
            }
        ],
    }


def _field(column: RowColumn, format_name: str, codebook: Codebook) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind], "description": column.doc}
    if column.kind == "moment":
        field["format"] = "any"  # ISO 8601 with or without a fraction of a second
    if format_name == "csv" and column.kind == "list":
        field |= {"type": "string", "description": f"{column.doc} Entries are separated by `; `."}
    if codebook.numbers_as_text and column.is_key:
        field |= {"type": "string", "description": f"{column.doc} An apostrophe in front makes it text."}
    if format_name == "csv" and column.kind == "flag":
        field |= {"trueValues": ["1"], "falseValues": ["0"]}
    return field
