"""The model edge: what stands between a prompt and an endpoint that may be slow, full, broken or wrong.

`ModelEdge` is a Model over several endpoints: one retry layer with a budget, a circuit breaker per
endpoint, a fair bounded queue, deadlines. `require_usable` reads the finished answer.
"""

from service.edge.asking import ModelEdge, asking_agent
from service.edge.breaker import Breaker
from service.edge.pricing import PriceTable
from service.edge.queueing import FairQueue
from service.edge.retrying import RetryBudget, backoff_s, is_worth_retrying
from service.edge.usable import Guard, require_usable

__all__ = [
    "Breaker",
    "FairQueue",
    "Guard",
    "ModelEdge",
    "PriceTable",
    "RetryBudget",
    "asking_agent",
    "backoff_s",
    "is_worth_retrying",
    "require_usable",
]
