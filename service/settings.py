"""Every setting of the program, validated once, from `WARMLINE_*` variables and the customary OpenAI two."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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
    base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("WARMLINE_BASE_URL", "OPENAI_BASE_URL")
    )
    """`OPENAI_BASE_URL`: the OpenAI-compatible endpoint, up to and including `/v1`."""
    model: str | None = None
    """Model name; `none` switches the model off."""
    temperature: float = Field(default=0.3, ge=0, le=2)
    max_tokens: int = Field(default=800, ge=16)
    first_token_s: float = Field(default=15, gt=0)
    """Seconds until the first token, after which the instant draft stands."""
    total_s: float = Field(default=45, gt=0)
    """Seconds until the model's draft must be whole."""

    embedding_model: str | None = None
    """Model for `/embeddings` at `base_url`; None: the embedded weight-free embedder."""
    embedding_dimensions: int = Field(default=1024, ge=8)
    """Length of that model's vectors."""

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    max_body_bytes: int = Field(default=1_048_576, ge=1024)

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("expected an address that starts with http:// or https://")
        return value.rstrip("/") if value else value

    @model_validator(mode="after")
    def _model_has_endpoint(self) -> "Settings":
        if self.model and self.model != "none" and not (self.base_url and self.api_key):
            lacking = "OPENAI_BASE_URL" if not self.base_url else "OPENAI_API_KEY"
            raise ValueError(
                f"model {self.model!r} needs an endpoint and a key: set {lacking} (any OpenAI-compatible "
                "endpoint will do), or leave the model out and the composer writes"
            )
        return self

    @property
    def model_name(self) -> str | None:
        """The model to ask, or None when the composer writes alone."""
        if self.model == "none" or not (self.base_url and self.api_key):
            return None
        return self.model or DEFAULT_MODEL

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
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(f"settings: {first_problem(error).replace('Value error, ', '')}") from error
