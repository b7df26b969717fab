"""What every program stands on: children, progress, failures, folders of state, the tools in `.venv`. Knows no AWS."""
