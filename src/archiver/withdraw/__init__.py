"""Withdrawing stories on request (hidden, under embargo until a date, or erased) and reinstating them."""

from archiver.withdraw.withdraw import (
    Withdrawn,
    confirm_erased,
    copies_of,
    listed,
    never_captured,
    reinstate,
    withdraw,
)

__all__ = ["Withdrawn", "confirm_erased", "copies_of", "listed", "never_captured", "reinstate", "withdraw"]
