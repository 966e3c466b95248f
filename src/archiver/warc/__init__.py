"""WARC files (ISO 28500:2017, WARC 1.1): writes them, reads them, repairs torn ends. The only owner of warcio."""

from archiver.warc.description_record import description
from archiver.warc.payload import Payload, capture_of, crawl_record_of, passed_over, read_payload, read_record
from archiver.warc.places import find_warc, is_there, open_warc, own_place, path_of, size_of, stored_text
from archiver.warc.reader import Damage, Record, RecordStream, read_records
from archiver.warc.records import Answer, read_answer
from archiver.warc.repair import end_of_last_record, repair_open_files
from archiver.warc.segments import SegmentJoiner, joined
from archiver.warc.standalone import is_standard, standalone
from archiver.warc.writer import WarcWriter, file_prefix

__all__ = [
    "Answer",
    "Damage",
    "Payload",
    "Record",
    "RecordStream",
    "SegmentJoiner",
    "WarcWriter",
    "capture_of",
    "crawl_record_of",
    "description",
    "end_of_last_record",
    "file_prefix",
    "find_warc",
    "is_standard",
    "is_there",
    "joined",
    "open_warc",
    "own_place",
    "passed_over",
    "path_of",
    "read_answer",
    "read_payload",
    "read_record",
    "read_records",
    "repair_open_files",
    "size_of",
    "standalone",
    "stored_text",
]
