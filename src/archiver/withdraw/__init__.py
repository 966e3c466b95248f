"""Stories taken out of an archive at somebody's request: hidden, under embargo until a day, or erased; and back in."""

from archiver.withdraw.withdraw import Withdrawn, listed, reinstate, withdraw

__all__ = ["Withdrawn", "listed", "reinstate", "withdraw"]
