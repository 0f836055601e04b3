"""The knowledge page: what is true, until when, and what needs somebody's care."""
