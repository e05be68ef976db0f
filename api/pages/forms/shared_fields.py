"""The fields that forms share: which button was pressed, the reason, and the state for which a form was shown."""

from typing import Final

from api.http.etags import tag_of_state
from api.pages.forms.form_data import FormData
from domain.errors import Fault, InvalidFacts
from domain.events import Expectation, RecordedAggregate
from domain.standards.text import check_text

PREVIEW: Final = "check"  #: the button that shows what something would come to
RECORD: Final = "record"  #: the button that records it
PREVIEWED: Final = "checked"  #: the field with the digest of what was previewed: only that is recorded
REASON: Final = "reason"
EXPECTED_STATE: Final = "expects"  #: the field with the entity tag of what was there when the form was shown
_LONGEST_REASON: Final = 500


def reason_of(form: FormData, *, required: bool = False) -> str | None:
    """Return the reason that a form gives. Raises `InvalidFacts`."""
    try:
        reason = check_text(form.one(REASON))
    except ValueError as error:
        raise InvalidFacts([Fault((REASON,), "bad-text", f"reason: {error}")]) from None
    if len(reason) > _LONGEST_REASON:
        detail = f"reason: has {len(reason)} characters, at most {_LONGEST_REASON}"
        raise InvalidFacts([Fault((REASON,), "bad-text", detail)])
    if required and not reason:
        raise InvalidFacts([Fault((REASON,), "no-reason", "reason: is empty; say why")])
    return reason or None


def expectation_of(form: FormData) -> Expectation:
    """Return that an aggregate has to be as it was when the form was shown."""
    expected = form.one(EXPECTED_STATE)

    def holds(aggregate: RecordedAggregate | None) -> bool:
        return aggregate is not None and tag_of_state(aggregate) == expected

    return holds
