"""The captions of pictures: what is shown, by what was known and supposed, under which model, and the source."""

from collections.abc import Sequence

from api.charts.definition import Caption, TextOf
from api.pages.formatting import day, instant
from projections.queries.question import Question
from projections.times import from_micros, to_date


def caption_of(title: str, question: Question, position: int, text: TextOf, lines: Sequence[str] = ()) -> Caption:
    """Return the caption of a picture that answers a question, with the position of the log.

    `lines` say what is not seen in it.
    """
    said = [text("caption.as_of", day=day(to_date(question.day)))]
    if question.known_at is not None:
        said.append(text("caption.known_at", instant=instant(from_micros(question.known_at))))
    if question.published_by is not None:
        said.append(text("caption.published_by", day=day(to_date(question.published_by))))
    if question.what_if:
        said.append(text("caption.what_if", supposed=", ".join(question.what_if)))
    source = text("caption.source", model=question.model.name, position=f"{position:,}")
    return Caption(title, (" ".join((*said, *lines)), source))
