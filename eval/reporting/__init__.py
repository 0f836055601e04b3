"""Reports of a run: HTML for people, Markdown for pull requests, JUnit for CI, JSON for machines."""
