# syntax=docker/dockerfile:1

# The version that every test runs on.
ARG PYTHON_VERSION=3.11

# 1. The locked dependencies, checked against their hashes, in a virtual environment of their own.
FROM python:${PYTHON_VERSION}-slim AS dependencies
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

# 2. What runs: no compiler, no pip cache, nobody's root.
FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="StackSpend" \
      org.opencontainers.image.description="A Slack bot that shows what your team spends on Claude" \
      org.opencontainers.image.licenses="MIT"

RUN groupadd --gid 10001 stackspend \
 && useradd --uid 10001 --gid stackspend --no-create-home --home-dir /data stackspend \
 && install --directory --owner=stackspend --group=stackspend --mode=0700 /data

COPY --from=dependencies /opt/venv /opt/venv
COPY pyproject.toml slack-manifest.json LICENSE /app/
COPY bot /app/bot
COPY demo /app/demo
COPY digests /app/digests
COPY providers /app/providers
COPY storage /app/storage
COPY --chmod=0755 deploy/stackspend /usr/local/bin/stackspend
RUN /opt/venv/bin/python -m compileall -q /app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/stackspend.db \
    PORT=3000

# The only place that is written to: the SQLite file and the key file beside it. Not needed with PostgreSQL.
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 3000

# /healthz answers without the database or Slack, so a slow dependency does not restart the bot.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]

# SIGTERM, which `docker stop` sends: the bot answers what it has taken and stops within ten seconds.
ENTRYPOINT ["stackspend"]
CMD ["run"]
