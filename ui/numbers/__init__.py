"""The numbers page: what became of the drafts, how fast they were, and what customers write about."""
