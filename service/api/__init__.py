"""The HTTP API: drafts, checks, outcomes and search under `/v1`."""

from service.api.application import make_api

__all__ = ["make_api"]
