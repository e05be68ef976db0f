"""Settings: one class, read from environment variables `DETENTE_*`, checked at start."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.access.keys import id_of
from api.running.logging import LogFormat, LogLevel
from domain.log.database_url import log_environment, sqlite_file

#: As a browser writes it (RFC 6454): no path, no port that is the scheme's own, and no `*`.
_ORIGIN: Final = re.compile(
    r"(?:https://(?![^/]*:443$)|http://(?![^/]*:80$))(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?"
)
_ON_OR_OFF: Final = {"true": "process", "false": "none"}


class Settings(BaseSettings):
    """What can be set, each as `DETENTE_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="DETENTE_", extra="ignore", frozen=True)

    database_url: Annotated[
        str,
        Field(description="Where the log and the projections live: `sqlite:///FILE` or `postgresql://...`."),
    ] = "sqlite:///var/detente.db"
    host: Annotated[str, Field(description="Address to serve on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to serve on; 0 takes a free one.")] = 8000
    workers: Annotated[
        int,
        Field(ge=1, le=64, description="Processes that serve on the one socket, beside the projector's."),
    ] = 1
    projector: Annotated[
        Literal["process", "thread", "none"],
        Field(
            description="Where `detente serve` folds the log: in a process beside it, in a thread of its own, or"
            " not at all, because `detente work` does it. `true` means `process`, `false` means `none`."
        ),
    ] = "process"
    heartbeat: Annotated[
        float,
        Field(gt=0, le=3600, description="Seconds after which the projector looks at the log unasked."),
    ] = 1.0
    wait_timeout: Annotated[
        float,
        Field(ge=0, le=300, description="Seconds a read waits for its `min_position` before it answers 503."),
    ] = 10.0
    request_timeout: Annotated[
        float,
        Field(
            gt=0,
            le=3600,
            description="Seconds for a request's headers and body to arrive, and for a client to read on.",
        ),
    ] = 30.0
    max_body_bytes: Annotated[
        int,
        Field(ge=1024, description="Largest body of a request, and largest line of a batch, in bytes."),
    ] = 4 * 1024 * 1024
    role: Annotated[
        Literal["primary", "replica"],
        Field(description="`replica` answers reads from a PostgreSQL standby, and never writes nor folds."),
    ] = "primary"
    primary: Annotated[
        str,
        Field(description="Address of the server that a replica sends writers to, as `https://desk.example.org`."),
    ] = ""
    seed: Annotated[bool, Field(description="Whether `detente serve` loads the seeds into an empty log.")] = False
    shutdown_timeout: Annotated[
        int,
        Field(ge=1, le=3600, description="Seconds that requests under way have to end in once the server stops."),
    ] = 30
    log_format: Annotated[
        LogFormat,
        Field(description="`json` or `text`; `auto` is text on a terminal, and JSON everywhere else."),
    ] = LogFormat.AUTO
    log_level: Annotated[
        LogLevel, Field(description="From which level on lines are written: `debug`, `info`, `warning`, `error`.")
    ] = LogLevel.INFO
    access_log: Annotated[bool, Field(description="Whether each request is logged once it is answered.")] = True

    @field_validator("projector", mode="before")
    @classmethod
    def _may_be_on_or_off(cls, value: object) -> object:
        return _ON_OR_OFF.get(str(value).lower(), value)

    key: Annotated[SecretStr, Field(description="The key that `detente import --server` sends.")] = SecretStr("")
    risk_model: Annotated[
        str,
        Field(description="File of the clash risk model that `detente fit-risk` made; empty for none."),
    ] = ""
    history: Annotated[
        str,
        Field(
            description="A history that `detente history build` made, to answer from: a folder, or"
            " `s3://BUCKET/PREFIX`; empty for none."
        ),
    ] = ""
    read_tokens: Annotated[
        bool,
        Field(description="Whether a read token may come in an address, as `token`, or as the password of Basic."),
    ] = False
    cors_origins: Annotated[
        str,
        Field(
            description="Origins, with commas between, whose pages may read answers in a browser; empty for none."
        ),
    ] = ""

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, text: str) -> str:
        origins = [part.strip().lower() for part in text.split(",") if part.strip()]
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin, as https://desk.example.org or http://localhost:3000")
        return ",".join(origins)

    def shared_origins(self) -> list[str]:
        """Return the origins whose pages may read answers."""
        return self.cors_origins.split(",") if self.cors_origins else []

    @field_validator("database_url")
    @classmethod
    def _is_known_database(cls, url: str) -> str:
        log_environment(url)
        return url

    @field_validator("primary")
    @classmethod
    def _is_address(cls, text: str) -> str:
        address = text.strip().rstrip("/")
        if address and not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", address):
            raise ValueError(f"{text!r} is no address, as https://desk.example.org")
        return address

    @property
    def is_replica(self) -> bool:
        """Whether this only reads, from a standby."""
        return self.role == "replica"

    @property
    def folds(self) -> bool:
        """Whether a server folds the log, or has it folded beside it."""
        return self.projector != "none" and not self.is_replica

    @field_validator("key")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value().strip()
        if text and id_of(text) is None:
            raise ValueError("this is not a key: `detente key create` prints one, detente_ and more")
        return SecretStr(text)

    def prepare(self) -> None:
        """Make the folder of an SQLite database."""
        if (file := sqlite_file(self.database_url)) is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
