"""Tables that may be published: disclosure control, reliability, rounding, and their files."""
