"""What can go wrong with knowledge.

RetrievalError
├── ShopError          a shop folder, or a file in it, cannot be read as what it should be
├── UnknownShop        no shop of that name is synced or shipped
├── KnowledgeBusy      another process is writing this shop's knowledge
├── EmbedderChanged    vectors of one embedder cannot be compared with those of another
├── EmbedderFailed     an embedding or reranking endpoint does not answer as it should
└── GenerationDamaged  an index does not answer its own probes, or its files changed
"""


class RetrievalError(Exception):
    """Base of this room's errors: one line that names the thing, what was expected, what to do."""


class ShopError(RetrievalError):
    """A shop folder, or a file in it, cannot be read as what it should be."""


class UnknownShop(RetrievalError):
    """No shop of that name is synced or shipped."""


class KnowledgeBusy(RetrievalError):
    """Another process is writing this shop's knowledge."""


class EmbedderChanged(RetrievalError):
    """Vectors of one embedder cannot be compared with those of another."""


class EmbedderFailed(RetrievalError):
    """An embedding or reranking endpoint does not answer as it should."""


class GenerationDamaged(RetrievalError):
    """An index does not answer its own probes, or its files changed since it was published."""
