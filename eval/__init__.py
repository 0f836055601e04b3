"""Was it good: scenarios, metrics, runs, verdicts."""
