"""What we do with a ticket: understand, compose, draft, check, store, serve."""
