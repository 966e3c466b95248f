"""WARC files (ISO 28500:2017, WARC 1.1): write them, read them, mend their ends. The only owner of warcio."""

from archiver.warc.payload import Payload, capture_of, crawl_record_of
from archiver.warc.reader import Damage, Record, RecordStream, read_payload, read_records
from archiver.warc.records import Answer, read_answer
from archiver.warc.repair import repair_open_files
from archiver.warc.writer import WarcWriter

__all__ = [
    "Answer",
    "Damage",
    "Payload",
    "Record",
    "RecordStream",
    "WarcWriter",
    "capture_of",
    "crawl_record_of",
    "read_answer",
    "read_payload",
    "read_records",
    "repair_open_files",
]
