"""The entrance: what a request passes before anything else sees it, traces and logs included."""
