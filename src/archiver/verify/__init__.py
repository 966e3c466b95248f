"""Verifies an archive: files against the manifest, records against their digests, rows against both."""

from archiver.verify.repair_archive import repair
from archiver.verify.report import Problem, Report
from archiver.verify.verify import verify

__all__ = ["Problem", "Report", "repair", "verify"]
