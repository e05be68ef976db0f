"""Read tokens in an address, or as the password of Basic: where they are found, and what they may not do."""

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from api.access.keys import KEY_PREFIX, TOKEN_PREFIX
from api.http.entrance.address_secrets import SECRETS, TOKEN, AddressSecrets
from api.http.formats.negotiation import ANSWER_FORMAT, AnswerFormat
from api.http.problems import Problem, invalid_parameter, repeated_parameter

BY_TOKEN: Final = "detente.by_token"  # noqa: S105  #: in the scope of a request that came with a token
_BASIC: Final = "basic "


def key_in(secrets: AddressSecrets) -> str | None:
    """Return what in an address should not be there: a key, or a token under another name than `token`."""
    return next(_in_wrong_place(secrets), None)


def _in_wrong_place(secrets: AddressSecrets) -> Iterator[str]:
    yield from secrets.misplaced
    yield from (
        text for text in secrets.tokens if text.startswith(KEY_PREFIX) and not text.startswith(TOKEN_PREFIX)
    )


def sent_token(secrets: AddressSecrets | None, authorization: str | None) -> str | Problem | None:
    """Return the token of a request, None if it has none, or what is wrong with how it came."""
    if secrets is None or not secrets.tokens:
        return _password_of(authorization)
    if len(secrets.tokens) > 1:
        return repeated_parameter(TOKEN)
    if authorization is not None:
        return invalid_parameter(TOKEN, "is given beside the header Authorization: give one of the two")
    return secrets.tokens[0]


def _password_of(authorization: str | None) -> str | None:
    """Return the password in an `Authorization` header of Basic (RFC 7617), None if it is none."""
    if authorization is None or authorization[: len(_BASIC)].lower() != _BASIC:
        return None
    try:
        decoded = b64decode(authorization[len(_BASIC) :].strip(), validate=True).decode("latin-1")
    except (Error, ValueError):
        return None
    return decoded.partition(":")[2]


def why_token_may_not(scope: Scope) -> Problem | None:
    """Return why a request may not go by a token, None if it may: what only reads, and is no page."""
    if scope["method"] not in ("GET", "HEAD"):
        return _not_allowed("a read token reads, and nothing else: send a key as `Authorization: Bearer ...`")
    if scope.get(ANSWER_FORMAT) is AnswerFormat.HTML:
        return _not_allowed("a read token is for data, such as /relations.csv: a page is shown to who signs in")
    return None


def kept_private(scope: Scope, send: Send) -> Send:
    """Return what sends an answer so that, if its request came with a secret, nobody else keeps it."""

    async def send_privately(message: Message) -> None:
        if message["type"] == "http.response.start" and (BY_TOKEN in scope or SECRETS in scope):
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            stored = headers.get("Cache-Control", "private")
            headers["Cache-Control"] = stored if "private" in stored else f"private, {stored}"
            headers["Referrer-Policy"] = "no-referrer"
            message = {**message, "headers": headers.raw}
        await send(message)

    return send_privately


# What is answered


def key_in_address() -> Problem:
    """Return the problem of a key in an address."""
    detail = (
        "a key was sent in the address, where whoever keeps addresses has seen it: `detente key revoke` ends it;"
        " make another one, and send it as `Authorization: Bearer ...`; only a read token may be in an address, as"
        f" {TOKEN}"
    )
    return Problem(401, "key-in-address", "A key was sent in the address", detail, headers=_challenge())


def no_token() -> Problem:
    """Return the problem of a key in the place of a token."""
    detail = "this is a key, and no read token: send it as `Authorization: Bearer ...`"
    return Problem(401, "key-refused", "The key is not accepted", detail, headers=_challenge())


def tokens_not_taken() -> Problem:
    """Return the problem of a token where none are taken."""
    return _not_allowed("this service takes no read tokens in addresses; DETENTE_READ_TOKENS=true lets it")


def _not_allowed(detail: str) -> Problem:
    return Problem(403, "token-not-allowed", "A read token does not allow this", detail)


def _challenge() -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="detente", error="invalid_token"'}
