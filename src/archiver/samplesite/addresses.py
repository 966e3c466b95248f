"""The URLs of the sample site: its sections, topics, tags and authors, and the paths of their lists.

Topics and tags have a number after their name, as on older Drupal sites: /topics/politics/2, /tags/ferry/4711.
"""

from __future__ import annotations

import re
import unicodedata
import zlib

from archiver.samplesite.stories import Language, Story, stories

SECTIONS: dict[Language, dict[str, str]] = {
    "en": {
        "Politics": "politics",
        "Immigration": "immigration",
        "Culture": "culture",
        "Sports": "sports",
        "Business": "business",
        "Opinion": "opinion",
    },
    "es": {
        "Política": "politica",
        "Inmigración": "inmigracion",
        "Cultura": "cultura",
        "Deportes": "deportes",
        "Negocios": "negocios",
        "Opinión": "opinion",
    },
}
AUTHORS: dict[Language, str] = {"en": "authors", "es": "autores"}
DEEP_TOPICS = ("Politics", "Política")  # the sections with lists by topic


def slug(name: str) -> str:
    """A name as it appears in a URL."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")


def section_path(language: Language, section: str) -> str:
    return f"/{language}/{SECTIONS[language][section]}"


def topic_path(language: Language, section: str, subject: str | None = None) -> str:
    """The list of a section, or of one topic in it, with stories of all years."""
    folders = SECTIONS[language][section] + (f"/{subject}" if subject else "")
    number = list(SECTIONS[language]).index(section) + 2 if subject is None else _number(folders)
    return f"{_prefix(language)}/topics/{folders}/{number}"


def tag_path(language: Language, tag: str) -> str:
    return f"{_prefix(language)}/tags/{slug(tag)}/{_number(tag)}"


def author_path(language: Language, author: str) -> str:
    return f"/{language}/{AUTHORS[language]}/{slug(author)}"


def subject_of(story: Story) -> str | None:
    """The folder between section and slug in the URL of a story whose section has lists by topic."""
    folders = story.path.split("/")
    deep = story.section in DEEP_TOPICS and len(folders) == 5 and folders[1] in SECTIONS and folders[2] != "articles"
    return folders[3] if deep else None


def listed_tags(language: Language, day: int) -> dict[str, list[Story]]:
    """Tags with a list, and their stories: tags of two stories, and tags that are the only link to a story."""
    tagged = [s for s in stories(day) if s.language == language and s.channel in ("all", "tag")]
    by_tag = {
        tag: [story for story in tagged if tag in story.tags]
        for tag in sorted({tag for story in tagged for tag in story.tags})
    }
    return {
        tag: members for tag, members in by_tag.items() if len(members) > 1 or any(s.channel == "tag" for s in members)
    }


def _prefix(language: Language) -> str:
    return "/es" if language == "es" else ""


def _number(name: str) -> int:
    return 1000 + zlib.crc32(name.encode()) % 16_000
