"""Stories taken out of an archive at somebody's request: hidden, under embargo until a day, or erased; and back in."""

from archiver.withdraw.withdraw import Withdrawn, confirm_erased, listed, reinstate, withdraw

__all__ = ["Withdrawn", "confirm_erased", "listed", "reinstate", "withdraw"]
