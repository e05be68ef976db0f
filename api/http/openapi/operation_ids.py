"""The ids of operations in the OpenAPI document, which become the names of functions in generated clients."""

from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """Return a route's function's name in camelCase: `list_relations` is `listRelations`."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)
