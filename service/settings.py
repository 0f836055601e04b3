"""Every setting of the program, validated once, from `WARMLINE_*` variables and the customary OpenAI two."""

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.endpoints import Endpoint, ModelPlan, Use, Uses, http_address, read_plan
from service.errors import SettingsError
from service.ticket import first_problem

DEFAULT_MODEL = "gpt-4o-mini"
"""Asked for when an endpoint and a key are set but no model is named."""


class Settings(BaseSettings):
    """Read with `read_settings()`; each field is `WARMLINE_<NAME>` unless it says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="WARMLINE_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    home: Path = Path(".warmline")
    """Where knowledge and the store live."""
    database_url: str | None = None
    """SQLAlchemy URL of the store; None: SQLite in `home`."""
    shop: str | None = None
    """Shop of tickets that name none; None: the only synced shop, else the shipped one."""
    role: str = "agent"
    """Whose authority limits hold."""
    template: str = "reply"

    api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("WARMLINE_API_KEY", "OPENAI_API_KEY")
    )
    """`OPENAI_API_KEY`. Alone it switches nothing on: customers' words go only where `base_url` says."""
    base_url: Annotated[str, AfterValidator(http_address)] | None = Field(
        default=None, validation_alias=AliasChoices("WARMLINE_BASE_URL", "OPENAI_BASE_URL")
    )
    """`OPENAI_BASE_URL`: the OpenAI-compatible endpoint, up to and including `/v1`."""
    model: str | None = None
    """Model name; `none` switches the model off."""
    models: Path | None = None
    """YAML file of several endpoints, limits per use, prices (`service/endpoints.py`); with it, the endpoint
    and the four limits here count for nothing, and `model` names the one to prefer."""
    temperature: float = Field(default=0.3, ge=0, le=2)
    max_tokens: int = Field(default=800, ge=16)
    first_token_s: float = Field(default=15, gt=0)
    """Seconds until the first token, after which the instant draft stands."""
    total_s: float = Field(default=45, gt=0)
    """Seconds until the model's draft must be whole."""
    answer_cache: bool | None = None
    """Whether whole answers are kept and given again; None: in evaluation only."""
    refine_below: float = Field(default=0, ge=0, le=1)
    """Confidence below which a model looks at the message again, after the instant draft; 0: never."""

    embedding_model: str | None = None
    """Model for `/embeddings` at `base_url`; None: the embedded weight-free embedder."""
    embedding_dimensions: int = Field(default=1024, ge=8)
    """Length of that model's vectors."""
    rerank_model: str | None = None
    """Model for `/rerank` at `base_url`, which orders the first hits anew; None: none."""

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    drafts_at_once: int = Field(default=32, ge=1)
    """Drafts a server has under way at a time."""
    drafts_waiting: int = Field(default=32, ge=0)
    """Drafts that may wait for their turn; what comes beyond is sent away with 429 and Retry-After."""
    drain_s: float = Field(default=8, ge=0)
    """Seconds that drafts under way have when a server is told to stop."""
    log: Literal["auto", "plain", "json"] = "auto"
    """How a server logs; auto: warnings in plain words at a terminal, else every line as JSON."""
    otlp_endpoint: str | None = Field(
        default=None,
        validation_alias=AliasChoices("WARMLINE_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    )
    """OpenTelemetry collector (OTLP over HTTP) that spans are sent to; None: nothing is traced."""

    @model_validator(mode="after")
    def _model_has_endpoint(self) -> "Settings":
        if self.model and self.model != "none" and not (self.models or (self.base_url and self.api_key)):
            lacking = "OPENAI_BASE_URL" if not self.base_url else "OPENAI_API_KEY"
            raise ValueError(
                f"model {self.model!r} needs an endpoint and a key: set {lacking} (any OpenAI-compatible "
                "endpoint will do), or leave the model out and the composer writes"
            )
        return self

    @cached_property
    def plan(self) -> ModelPlan | None:
        """Which models are asked for what; None when the composer writes alone. Raises SettingsError."""
        if self.model == "none":
            return None
        if self.models:
            plan = read_plan(self.models)
            return plan.preferring(self.model) if self.model else plan
        if not (self.base_url and self.api_key):
            return None
        limits = {
            name: getattr(self, name) for name in ("temperature", "max_tokens", "first_token_s", "total_s")
        }
        writing = Use(**limits)
        return ModelPlan(
            endpoints=(Endpoint(base_url=self.base_url, model=self.model or DEFAULT_MODEL),),
            uses=Uses(draft=writing, rewrite=writing, summary=writing),
        )

    @property
    def model_name(self) -> str | None:
        """The model that drafts are asked of first, or None when the composer writes alone."""
        return self.plan.asked_for("draft")[0].model if self.plan else None

    def key_of(self, endpoint: Endpoint) -> str:
        """The key of an endpoint."""
        if self.models:
            return os.environ.get(endpoint.api_key_env, "")
        return self.api_key.get_secret_value() if self.api_key else ""

    @property
    def store_url(self) -> str:
        """URL of the store, with the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'warmline.db'}"


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment, with overrides (None: not given).

    Raises SettingsError with one line.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(f"settings: {first_problem(error).replace('Value error, ', '')}") from error
    _ = settings.plan  # a mistake in its file is said now
    return settings
