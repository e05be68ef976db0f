"""The pages' routes, a module for each page or a page and what it leads to."""

from typing import Final

from fastapi import APIRouter

from api.pages.routes import (
    actors,
    agreements,
    articles,
    incidents,
    log,
    models,
    operations,
    pictures,
    reference,
    relations,
    sign_in,
    surveys,
)
from api.pages.routes.pairs import change, evidence, pair
from api.pages.routes.writing import corrections, post, redaction, rulings

#: The routers of all pages.
ALL: Final[tuple[APIRouter, ...]] = (
    actors.router,
    agreements.router,
    articles.router,
    incidents.router,
    log.router,
    models.router,
    operations.router,
    change.router,
    evidence.router,
    pair.router,
    pictures.router,
    relations.router,
    reference.router,
    sign_in.router,
    surveys.router,
    post.router,
    corrections.router,
    rulings.router,
    redaction.router,
)
