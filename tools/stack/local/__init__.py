"""scripts/local and scripts/start-api: the whole stack on this machine."""
