# The Python version that constraints.txt is made with and the tests run on.
FROM python:3.11-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY domain ./domain
COPY projections ./projections
COPY api ./api
COPY seeds ./seeds
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/detente \
    && pip --python /opt/detente/bin/python install --no-cache-dir --constraint constraints.txt "$(echo /wheels/*.whl)[tracing]"

FROM python:3.11-slim
# A number, so that an orchestrator can see that it is not root. The folder is for those who keep to SQLite:
# mount a volume at /srv/detente/var.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin detente \
    && install --directory --owner detente --group detente /srv/detente/var
COPY --from=build /opt/detente /opt/detente
ENV PATH=/opt/detente/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DETENTE_HOST=0.0.0.0
WORKDIR /srv/detente
USER 10001
EXPOSE 8000
# Without a proxy, whatever the environment says: it asks the server beside it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('DETENTE_PORT', '8000') + '/health/ready', timeout=4)"]
CMD ["detente", "serve", "--seed"]
