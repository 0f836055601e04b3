"""What can go wrong with a ticket.

ServiceError
├── BadTicket          the ticket, or a field of it, is not what it should be
├── UnknownOrder       no order of that id in the shop
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


class SettingsError(ServiceError):
    """A setting is missing or contradicts another."""


class ModelError(ServiceError):
    """The model endpoint did not give a usable answer."""


class ModelUnavailable(ModelError):
    """The endpoint could not be reached, refused the call, or took too long."""


class ModelAnswerUnusable(ModelError):
    """The answer was cut, empty, refused, or in the wrong shape."""
