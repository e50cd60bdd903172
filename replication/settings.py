"""Fields of a study: each with its default, its meaning and where its value comes from."""

from typing import Any, Literal

import pydantic

Origin = Literal["paper", "code", "inferred", "chosen"]
"""printed in the paper / public re-implementations agree on it / own calculation / declared here"""


def setting(default: Any, origin: Origin, description: str, **limits: Any) -> Any:
    """A field with its default, provenance label and meaning."""
    return pydantic.Field(
        default, description=description, json_schema_extra={"origin": origin}, **limits
    )


class Settings(pydantic.BaseModel):
    """Settings that cannot be changed, with no key but those declared and no infinite number."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
