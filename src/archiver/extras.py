"""What to install for a missing optional feature, by the names of the required packages.

The distribution is named hemeroteca. Another project owns the name `archiver` on PyPI, so hints must not name that.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

DISTRIBUTION = "hemeroteca"
_REQUIREMENT = re.compile(r"^\s*([^;]+?)\s*;\s*extra\s*==\s*['\"]([\w-]+)['\"]\s*$")


def install_hint(extra: str) -> str:
    """The command that installs an extra: `pip install 'datasette>=0.65.2' …`, from this distribution's metadata."""
    try:
        stated = requires(DISTRIBUTION) or []
    except PackageNotFoundError:  # run from its source alone
        stated = []
    found = [match for match in map(_REQUIREMENT.match, stated) if match]
    wanted = [match[1] for match in found if match[2] == extra and not match[1].startswith(DISTRIBUTION)]
    if not wanted:
        return f"install the extra {extra!r} from the folder of the program: pip install -e '.[{extra}]'"
    return "pip install " + " ".join(f"'{requirement}'" for requirement in wanted)
