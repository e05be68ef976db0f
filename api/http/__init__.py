"""HTTP: routes and schemas, middleware, parameters, problems, responses."""
