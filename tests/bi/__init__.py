"""`make bi`: a dataset and a chart in a real Superset, made by its API of a view, and compared with ours."""
