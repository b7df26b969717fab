"""scripts/local and scripts/start-api run the whole stack on this machine."""
