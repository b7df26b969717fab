"""The programs behind scripts/. Each subpackage has one subject; root.py says where the repository is."""
