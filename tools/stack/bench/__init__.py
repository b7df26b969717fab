"""scripts/bench: what the gate costs, beside its peers."""
