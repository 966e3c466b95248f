"""How many words an edit added and removed."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

from archiver.words import words_of

# Aligning 2,000 x 2,000 words takes up to a second. Longer texts are only counted.
_PAIRS = 4_000_000


def words_changed(before: str, after: str) -> tuple[int, int]:
    """(added, removed) words between two texts. A moved passage counts as added and removed, except in texts too long
    to align, where it counts as neither."""
    old, new = words_of(before), words_of(after)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if not old or not new:
        return len(new), len(old)
    if len(old) * len(new) > _PAIRS:
        kept = (Counter(old) & Counter(new)).total()
    else:
        kept = sum(match.size for match in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return len(new) - kept, len(old) - kept
