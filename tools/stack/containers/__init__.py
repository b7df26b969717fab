"""The container engine that sam runs functions in: found, started for one command, given an image."""
