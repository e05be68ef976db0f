"""The ids of operations are what generated clients call their functions: none changes once it was published."""

from typing import Final

from tests.e2e.support import read
from tests.server import ServerClient

OPERATIONS: Final = {
    "postArticle": "post /v1/articles",
    "listArticles": "get /v1/articles",
    "postArticles": "post /v1/articles/batch",
    "getArticle": "get /v1/articles/{article_id}",
    "putArticle": "put /v1/articles/{article_id}",
    "deleteArticle": "delete /v1/articles/{article_id}",
    "putEvent": "put /v1/articles/{article_id}/events/{number}",
    "deleteEvent": "delete /v1/articles/{article_id}/events/{number}",
    "postRedaction": "post /v1/articles/{article_id}/redactions",
    "deleteRedactions": "delete /v1/articles/{article_id}/redactions",
    "listRelations": "get /v1/relations",
    "getRelation": "get /v1/relations/{a}/{b}",
    "listRelationIncidents": "get /v1/relations/{a}/{b}/incidents",
    "getTension": "get /v1/relations/{a}/{b}/tension",
    "getSeries": "get /v1/series",
    "getNetwork": "get /v1/actors/{actor}/network",
    "getMatrix": "get /v1/matrix",
    "getMap": "get /v1/map",
    "getExplanation": "get /v1/relations/{a}/{b}/explanation",
    "getClashRisk": "get /v1/relations/{a}/{b}/clash-risk",
    "listEpisodes": "get /v1/relations/{a}/{b}/episodes",
    "postRuling": "post /v1/rulings",
    "listRulings": "get /v1/rulings",
    "getRuling": "get /v1/rulings/{ruling_id}",
    "deleteRuling": "delete /v1/rulings/{ruling_id}",
    "listSuggestions": "get /v1/incidents/suggestions",
    "listRelationSuggestions": "get /v1/relations/{a}/{b}/incidents/suggestions",
    "listIncidents": "get /v1/incidents",
    "listAgreements": "get /v1/agreements",
    "getAgreement": "get /v1/agreements/{agreement}",
    "listActors": "get /v1/actors",
    "postActor": "post /v1/actors",
    "getActor": "get /v1/actors/{actor}",
    "postName": "post /v1/actors/{actor}/names",
    "deleteName": "delete /v1/actors/{actor}/names/{name}",
    "listPublishers": "get /v1/publishers",
    "listPublisherAliases": "get /v1/publishers/aliases",
    "postPublisherAlias": "post /v1/publishers/aliases",
    "deletePublisherAlias": "delete /v1/publishers/aliases/{alias}",
    "listModels": "get /v1/models",
    "postImport": "post /v1/imports",
    "listImports": "get /v1/imports",
    "postDeletedEvents": "post /v1/imports/deleted-events",
    "getImport": "get /v1/imports/{import_id}",
    "listDomainEvents": "get /v1/events",
    "getLive": "get /health/live",
    "getReady": "get /health/ready",
    "getHealth": "get /health",
    "getMetrics": "get /metrics",
    "getTensionBands": "get /v1/models/tension-bands",
    "getTensionPicture": "get /v1/pictures/relations/{a}/{b}/tension",
    "getNetworkPicture": "get /v1/pictures/actors/{actor}/network",
    "getMatrixPicture": "get /v1/pictures/matrix",
    "getMapPicture": "get /v1/pictures/map",
}


def test_every_operation_keeps_its_id(sqlite_server: ServerClient) -> None:
    paths = read(sqlite_server, "/openapi.json")["paths"]
    found = {
        operation["operationId"]: f"{method} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
    }

    assert found == OPERATIONS
