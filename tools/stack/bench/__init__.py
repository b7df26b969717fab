"""scripts/bench measures the gate's performance and compares it with peers in other languages."""
