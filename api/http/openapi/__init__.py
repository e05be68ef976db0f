"""The OpenAPI document: what FastAPI makes of the routes, as those who generate clients from it need it."""
