# One image for web, worker, beat and mail sender; the command says which.

# ---- styles, script and typeface
FROM node:22-bookworm-slim AS front_end
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

# ---- packages and static files
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/run.txt /tmp/run.txt
RUN pip install --require-hashes -r /tmp/run.txt
WORKDIR /srv/portal
COPY . .
COPY --from=front_end /build/node_modules node_modules
# The values are for this one step: collectstatic reads the settings, the image keeps none of them.
RUN python -m tools.front_end \
 && PORTAL_MODE=demo SECRET_KEY=only-while-the-image-is-built-0123456789 python manage.py collectstatic --noinput \
 && rm -rf node_modules tools

# ---- what runs
FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin portal
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=auditportal.settings
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/portal /srv/portal
WORKDIR /srv/portal
USER portal
EXPOSE 8000
CMD ["gunicorn", "auditportal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", \
     "--threads", "4", "--max-requests", "2000", "--max-requests-jitter", "200", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket"]
