"""What a page shows of itself: story, wall, trap, copy, mirror."""
