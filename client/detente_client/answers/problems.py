"""Problems, as the service sends them."""

from pydantic import BaseModel, ConfigDict, Field


class ProblemError(BaseModel):
    """One thing that is wrong: which `pointer` into the body or which `parameter`, and what was meant."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    candidates: list[str] = Field(default_factory=list)


class ProblemDetails(BaseModel):
    """A problem as the service sends it (RFC 9457)."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    type: str
    title: str = ""
    status: int
    detail: str = ""
    request_id: str | None = None
    errors: list[ProblemError] | None = None
