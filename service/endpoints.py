"""Which models are asked for what: endpoints in order of preference, limits per use, prices."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.edge.pricing import Price
from service.errors import SettingsError
from service.ticket import first_problem

Purpose = Literal["draft", "rewrite", "summary", "analysis", "judge"]
"""What a model is asked for."""


def http_address(value: str) -> str:
    """The address without a slash at its end. Raises ValueError if it is none."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("expected an address that starts with http:// or https://")
    return value.rstrip("/")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(_Record):
    """One model at one OpenAI-compatible address."""

    name: str = ""
    """What uses call it; empty: the model's name."""
    base_url: Annotated[str, AfterValidator(http_address)]
    """Up to and including `/v1`."""
    api_key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key: keys stand in no file."""
    model: str = Field(min_length=1)

    @property
    def called(self) -> str:
        """How uses name it."""
        return self.name or self.model


class Use(_Record):
    """How a model is asked for one purpose, and what that may cost."""

    endpoints: tuple[str, ...] = ()
    """Names of endpoints, the preferred one first; empty: all, in the order of the file."""
    temperature: float = Field(default=0.3, ge=0, le=2)
    seed: int | None = None
    max_tokens: int = Field(default=800, ge=16)
    max_prompt_tokens: int = Field(default=6_000, ge=1_000)
    """Snippets and old turns give way to it, never the policy that decides."""
    first_token_s: float = Field(default=15, gt=0)
    total_s: float = Field(default=45, gt=0)
    at_once: int = Field(default=16, ge=1)
    """Calls under way at a time."""
    waiting: int = Field(default=64, ge=0)
    """Calls that may wait for their turn."""

    @property
    def parameters(self) -> dict[str, float | int]:
        """Sampling parameters as endpoints name them."""
        given: dict[str, float | int] = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return given if self.seed is None else given | {"seed": self.seed}


class AnalysisUse(Use):
    """A second look at a message: short, soon, or not at all."""

    temperature: float = Field(default=0, ge=0, le=2)
    max_tokens: int = Field(default=400, ge=16)
    first_token_s: float = Field(default=3, gt=0)
    total_s: float = Field(default=6, gt=0)


class JudgeUse(Use):
    """Judging waits for nobody."""

    temperature: float = Field(default=0, ge=0, le=2)
    first_token_s: float = Field(default=60, gt=0)
    total_s: float = Field(default=120, gt=0)
    waiting: int = Field(default=1_024, ge=0)


class Uses(_Record):
    """Every purpose a model is asked for."""

    draft: Use = Use()
    rewrite: Use = Use()
    summary: Use = Use()
    analysis: AnalysisUse = AnalysisUse()
    judge: JudgeUse = JudgeUse()


class ModelPlan(_Record):
    """The whole file."""

    endpoints: tuple[Endpoint, ...] = Field(min_length=1)
    uses: Uses = Uses()
    prices: dict[str, Price] = {}
    """Per million tokens, by model name."""

    @model_validator(mode="after")
    def _names_fit(self) -> "ModelPlan":
        known = [each.called for each in self.endpoints]
        twice = {name for name in known if known.count(name) > 1}
        if twice:
            raise ValueError(f"endpoints: {min(twice)!r} stands there twice; give each its own name")
        for purpose, use in self.uses:
            for name in use.endpoints:
                if name not in known:
                    raise ValueError(
                        f"uses.{purpose}.endpoints: no endpoint {name!r}; known: {', '.join(known)}"
                    )
        return self

    def use(self, purpose: Purpose) -> Use:
        """How a model is asked for this."""
        use: Use = getattr(self.uses, purpose)
        return use

    def asked_for(self, purpose: Purpose) -> tuple[Endpoint, ...]:
        """The endpoints for this, the preferred one first."""
        named = {each.called: each for each in self.endpoints}
        return tuple(named[name] for name in self.use(purpose).endpoints or named)

    def preferring(self, model: str) -> "ModelPlan":
        """The plan with this model asked first for everything: an endpoint's, or another at the first one."""
        ranked = sorted(self.endpoints, key=lambda each: model not in (each.called, each.model))
        if model not in (ranked[0].called, ranked[0].model):
            ranked[0] = ranked[0].model_copy(update={"model": model, "name": ""})
        uses = {purpose: use.model_copy(update={"endpoints": ()}) for purpose, use in self.uses}
        return self.model_copy(update={"endpoints": tuple(ranked), "uses": Uses.model_construct(**uses)})


def read_plan(path: Path) -> ModelPlan:
    """The plan of a file. Raises SettingsError with one line that names file and field."""
    try:
        return ModelPlan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        raise SettingsError(f"{path}: {first_problem(error).replace('Value error, ', '')}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
