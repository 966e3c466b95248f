"""The codebook of an export: every column, the query, the count, a citation, and what is missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archiver import __version__
from archiver.index.read.export_rows import Gap, Loss, RowColumn
from archiver.timestamps import stamp


@dataclass(frozen=True, slots=True)
class Codebook:
    """Everything that a reader of the export needs to know."""

    name: str  # of the file or folder
    what: str  # the meaning of one row, line, file or record
    query: dict[str, Any]  # empty: everything
    count: int
    made_at: datetime
    columns: Sequence[RowColumn]
    span: Sequence[tuple[str, str, str, int, int]]
    gaps: Sequence[Gap]
    losses: Sequence[Loss] = ()  # of the exported sites
    missing: Sequence[str] = ()  # WARC files that could not be read
    sha256: str | None = None  # of the file; None for a folder
    roots: Sequence[tuple[str, str | None]] = ()  # (site, root URL, if known) of what was exported
    without_match: Sequence[str] = ()  # sites that were searched, too
    index: str = ""  # the content of the index
    annotations: Sequence[tuple[str, int, int, int]] = ()  # (name, annotations, stories, distinct values)
    numbers_as_text: bool = False  # CSV for spreadsheets

    @property
    def citation(self) -> str:
        sites = ", ".join(site for site, *_ in self.span) or "no site"
        day = self.made_at.astimezone(UTC).date().isoformat()
        first = min((entry[1] for entry in self.span), default="?")
        last = max((entry[2] for entry in self.span), default="?")
        return (
            f"[Your name]. News archive of {sites}, captured {first} to {last}. Data set {self.name} "
            f"({self.count} {self.what}; query: {self._query}; index: {self.index}), "
            f"made with archiver {__version__} on {day}."
        )

    @property
    def _query(self) -> str:
        return json.dumps(self.query, ensure_ascii=False, sort_keys=True) if self.query else "everything"

    def json(self) -> dict[str, Any]:
        """The codebook for programs."""
        return {
            "file": self.name,
            "sha256": self.sha256,
            "made_at": stamp(self.made_at),
            "program": f"archiver/{__version__}",
            "what": self.what,
            "count": self.count,
            "query": self.query,
            "index": self.index,
            "citation": self.citation,
            "columns": [{"name": column.name, "type": column.kind, "meaning": column.doc} for column in self.columns],
            "coverage": [
                dict(zip(("site", "first_day", "last_day", "days", "captures"), entry, strict=True))
                for entry in self.span
            ],
            "annotations": [
                dict(zip(("name", "annotations", "stories", "values"), entry, strict=True))
                for entry in self.annotations
            ],
            "gaps": [asdict(gap) for gap in self.gaps],
            "losses": [asdict(loss) for loss in self.losses],
            "sites_without_match": list(self.without_match),
            "missing_warc_files": list(self.missing),
        }

    def markdown(self) -> str:
        """The codebook for people."""
        data = self.json()
        lines = [
            f"# Codebook of {self.name}", "",
            f"{self.count} {self.what}, made by {data['program']} at {data['made_at']}.", "",
            f"- Query: `{self._query.replace('`', '')}`",
            f"- Index: {self.index}",
            *([f"- SHA-256: `{self.sha256}`"] if self.sha256 else []),
            f"- Suggested citation: {self.citation}",
            "- To repeat the count later: question 41 in docs/questions.md counts what was known at the moment of the "
            "index.", "",
        ]  # fmt: skip
        if self.columns:
            lines += ["## Columns", "", "| column | type | meaning |", "|---|---|---|"]
            lines += [f"| {c.name} | {c.kind} | {_cell(c.doc)} |" for c in self.columns]
            lines += [
                "",
                "Times are in UTC, days in the page's own time zone. In CSV, a JSON array is a list separated by `; `, "
                "and a cell that a spreadsheet would run as a formula has an apostrophe in front; with "
                "--raw-csv neither is changed.",
                "",
            ]
            if self.numbers_as_text:
                lines += [
                    "The IDs of stories and captures have an apostrophe in front, because a spreadsheet would round "
                    "them.",
                    "",
                ]
        if self.annotations:
            lines += ["## Annotations", "", "Annotations of these stories (`--table annotations` exports the rows).",
                      "", "| name | annotations | stories | distinct values |", "|---|---|---|---|"]  # fmt: skip
            lines += [
                f"| {_cell(name)} | {n} | {stories} | {values} |" for name, n, stories, values in self.annotations
            ]
            lines += [""]
        lines += [
            "## Coverage",
            "",
            "| site | first day | last day | days with captures | captures |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {_cell(site)} | {first} | {last} | {days} | {number} |" for site, first, last, days, number in self.span
        ]
        if self.without_match:
            lines += ["", f"Searched without a match: {', '.join(map(_cell, self.without_match))}."]
        lines += ["", "## Gaps", "", *self._gaps(), "", "## Failures and losses", "", *self._losses(), ""]
        if self.missing:
            lines += ["## Missing WARC files", "", *(f"- {name}" for name in self.missing), ""]
        return "\n".join(lines)

    def _gaps(self) -> list[str]:
        if not self.gaps:
            return [
                "None known: every day between a site's first and last capture has captures"
                + ("; failures are counted below." if self.losses else ", and none failed.")
            ]
        rows = [f"| {_cell(gap.site)} | {gap.first_day} | {gap.last_day} | {gap.why} |" for gap in self.gaps]
        return ["| site | from | to | what |", "|---|---|---|---|", *rows]

    def _losses(self) -> list[str]:
        if not self.losses:
            return ["None known."]
        rows = [f"| {_cell(loss.site)} | {loss.what} | {_cell(loss.reason)} | {loss.number} |" for loss in self.losses]
        return [
            "Of these sites, in all crawls that the index had at the time of the export, whatever the query. The view "
            "`failures` has each URL.",
            "",
            "| site | what | reason | number |",
            "|---|---|---|---|",
            *rows,
        ]

    def write(self, target: Path) -> None:
        """Write FILE.codebook.json and FILE.codebook.md next to the export."""
        for ending, text in (("json", json.dumps(self.json(), ensure_ascii=False, indent=2)), ("md", self.markdown())):
            path = target.with_name(f"{target.name}.codebook.{ending}")
            path.write_text(text + "\n", encoding="utf-8", errors="replace")


def sha256_of(path: Path) -> str:
    """Of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
