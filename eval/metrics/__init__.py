"""Deterministic metrics, a layer per file: each a pure function of scenario and sample."""
