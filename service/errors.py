"""What can go wrong with a ticket.

ServiceError
├── BadTicket          the ticket, or a field of it, is not what it should be
├── UnknownOrder       no order of that id in the shop
├── RewriteRefused     no such way to rewrite, or no text that could be
├── SettingsError      a setting is missing or contradicts another
└── ModelError         the model endpoint did not give a usable answer
    ├── ModelUnavailable   could not be reached, refused, or timed out
    └── ModelAnswerUnusable  cut, empty, refused, or in the wrong shape
"""


class ServiceError(Exception):
    """Base of this room's errors: one line that names the thing, what was expected, what to do."""


class BadTicket(ServiceError):
    """The ticket, or a field of it, is not what it should be."""


class UnknownOrder(ServiceError):
    """No order of that id in the shop."""


class RewriteRefused(ServiceError):
    """No such way to rewrite, or no text that could be."""


class SettingsError(ServiceError):
    """A setting is missing or contradicts another."""


class ModelError(ServiceError):
    """The model endpoint did not give a usable answer."""

    def __init__(self, message: str, *, kind: str = "unusable", partial: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        """What happened, as one word for counters: `timeout`, `rate_limited`, `cut`…"""
        self.partial = partial
        """Whether some text had already been handed out when it happened."""


class ModelUnavailable(ModelError):
    """The endpoint could not be reached, refused the call, or took too long.

    `kind`: unreachable | timeout | rate_limited | server_error | rejected | overloaded | circuit_open
    | stopping | late | no_model
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "unreachable",
        partial: bool = False,
        retry_after_s: float | None = None,
        retryable: bool = True,
    ) -> None:
        super().__init__(message, kind=kind, partial=partial)
        self.retry_after_s = retry_after_s
        """What the endpoint asked us to wait, if it did."""
        self.retryable = retryable
        """Whether the same call may succeed later: false for a bad key or an unknown model."""


class ModelAnswerUnusable(ModelError):
    """The answer was cut, empty, refused, or in the wrong shape.

    `kind`: cut | length | filtered | empty | malformed | too_big | refused | echo | wrong_language | leak
    | active | changed
    """
