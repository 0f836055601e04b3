"""Long trials of retrieval, run by make, not by pytest."""
