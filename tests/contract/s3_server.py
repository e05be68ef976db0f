"""A server that speaks S3's protocol, in a thread, for the tests of archives."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

BUCKET: Final = "archives"


@contextmanager
def running_s3() -> Iterator[dict[str, str]]:
    """Yield the environment by which a server without buckets is asked."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "of the tests",
            "AWS_SECRET_ACCESS_KEY": "of the tests",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_MAX_ATTEMPTS": "1",
        }
    finally:
        server.stop()
        s3_backends.reset()  # buckets are kept by the process, for whichever server is next
