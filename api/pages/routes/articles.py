"""The pages of articles: the newest, and one with what it reports, its history and its effect."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, read_cursor
from api.http.parameters import Cursor, Modelled, NameInPath, TheService, Waited, question_parts
from api.http.schemas.articles import article_out, article_summary
from api.http.schemas.common import known_instant
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from domain.articles import ArticleEvent, ArticlePosted, ArticleRevised
from domain.errors import ArticleNotFound
from domain.redactions import redactions_in
from projections.folding.effects.article_effects import effects_of_article
from projections.queries.articles import latest_articles
from projections.times import to_date, to_day

router = APIRouter(route_class=CachedRoute, dependencies=[READS, Waited, CHECKED], include_in_schema=False)

_ON_A_PAGE = 100


@router.get("/articles")
def get_articles_page(request: Request, service: TheService, cursor: Cursor = None) -> Response:
    """Show the articles, the latest recorded first."""
    before = read_cursor("articles", cursor, int)[0] if cursor else None
    with conditional_read(request, service, *page_parts(request)) as (connection, snapshot, etag):
        found = latest_articles(connection, before, _ON_A_PAGE + 1)
    page = found[:_ON_A_PAGE]
    shown = {
        "articles": [article_summary(entry) for _, entry in page],
        "next": make_cursor("articles", page[-1][0]) if len(found) > _ON_A_PAGE else None,
        "position": snapshot.position,
    }
    return render_page(request, "articles.html", shown, etag)


@router.get("/articles/{article_id}", dependencies=[DEAR])
def get_article_page(
    request: Request, service: TheService, article_id: NameInPath, question: Modelled
) -> Response:
    """Show an article: what it reports, what happened to it, and what it changes in relations.

    What it changes is as of its day of publication, or of the day that is asked for.
    """
    everything = service.log.article_history(article_id)
    instant = known_instant(question.known_at)
    history = [event for event in everything if event.was_known(instant)]
    if not history:
        raise ArticleNotFound(f"article {article_id!r} was not known then")
    article = article_out(history, redactions_in(everything))
    if "as_of" not in request.query_params:
        question = question._replace(day=_day_of_publication(history))
    parts = (*question_parts(question), len(everything), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        effects = effects_of_article(connection, article_id, question)
    shown = {
        "article": article,
        "effects": effects,
        "day": to_date(question.day),
        "names": service.log.directory().names,
        "position": snapshot.position,
        "model": question.model.name,
    }
    return render_page(request, "article.html", shown, etag)


def _day_of_publication(history: Sequence[ArticleEvent]) -> int:
    """Return the day of publication that the latest header of an article names."""
    headers = [event.header for event in history if isinstance(event, ArticlePosted | ArticleRevised)]
    return to_day(headers[-1].published_day)
