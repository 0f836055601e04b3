"""Which errors are meant for a person."""

import sys


def said_by_a_room(error: BaseException) -> bool:
    """Whether one of our rooms raised it on purpose, with a message for a person.

    Only rooms already imported can have raised it, so none is imported to find out.
    """
    bases = (
        ("service.errors", "ServiceError"),
        ("retrieval.errors", "RetrievalError"),
        ("prompts.errors", "PromptError"),
        ("eval.errors", "EvalError"),
    )
    return any(
        isinstance(error, getattr(sys.modules[module], name))
        for module, name in bases
        if module in sys.modules
    )
