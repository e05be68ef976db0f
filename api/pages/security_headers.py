"""What each page tells the browser, so that nothing in an article can script it, restyle it or leave it."""

from collections.abc import Mapping
from typing import Final

_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}

_TRUSTED: Final = ("require-trusted-types-for", "trusted-types")


def _written(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())


#: The policy of the API's reference, which shows nothing of an article: its script writes HTML, and its style has
#: pictures in it.
REFERENCE_POLICY: Final = _written(
    {name: value for name, value in _POLICY.items() if name not in _TRUSTED} | {"img-src": "'self' data:"}
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": _written(_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
