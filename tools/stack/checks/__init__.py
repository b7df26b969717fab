"""scripts/test: every check of this repository."""
