"""What proves who somebody is: a text of a public id and a secret, of which a hash alone is stored.

The id has 12 hexadecimal digits, for logs and look-ups, the secret 64. Nobody guesses a secret of 256 bits, so
that one round of a fast hash is enough.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple, Protocol, TypeVar

_SHAPE: Final = re.compile(r"([0-9a-f]{12})_[0-9a-f]{64}")
_NO_HASH: Final = "0" * 64


class _Hashed(Protocol):
    @property
    def hash(self) -> str: ...


_H = TypeVar("_H", bound=_Hashed)


class Credential(NamedTuple):
    """The text of a credential, which is known only while it is made, with its id and its hash."""

    id: str
    text: str
    hash: str


def new_credential(prefix: str = "") -> Credential:
    """Return a new credential, whose text begins with a prefix."""
    credential_id = secrets.token_hex(6)
    text = f"{prefix}{credential_id}_{secrets.token_hex(32)}"
    return Credential(credential_id, text, _hash(text))


def credential_id_of(text: str, prefix: str = "") -> str | None:
    """Return the id in the text of a credential, None if it does not have the form of one."""
    found = _SHAPE.fullmatch(text, len(prefix)) if text.startswith(prefix) else None
    return found[1] if found else None


def find_stored(stored: Mapping[str, _H], text: str, prefix: str = "") -> _H | None:
    """Return what is stored of the credential that a text is, None if there is none. `stored` is by ids.

    Takes as long whether the id or the secret is wrong.
    """
    found = stored.get(credential_id_of(text, prefix) or "")
    is_equal = hmac.compare_digest(_hash(text), found.hash if found else _NO_HASH)
    return found if is_equal else None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
