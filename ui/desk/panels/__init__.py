"""What the desk shows: each panel a pure function from values to markup."""
