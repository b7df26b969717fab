"""scripts/deploy, smoke and destroy, and what a month costs."""
