"""Files read back: what they hold, and which rules they keep."""
