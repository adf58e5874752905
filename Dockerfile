# Pregonero in a container: the bot, its command line, and an index of seeds/ made while the image is built.
# Any image with Python 3.11 to 3.13 and its venv module will do as the base.
ARG BASE=docker.io/library/python:3.11.14-slim-bookworm

# --- the libraries: made anew only when a lock file changes -------------------------------------------------------
FROM ${BASE} AS libraries

ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python3 -m venv /opt/venv

# PyTorch's index of CPU builds, asked besides the usual one: the usual Linux build brings several GB of CUDA.
ARG TORCH=2.13.0
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# --no-deps: the lock names everything else, with its hash, so nothing can ask for CUDA on the way.
RUN PIP_EXTRA_INDEX_URL="${TORCH_INDEX}" pip install --no-compile --no-deps --retries=1 --timeout=6 "torch==${TORCH}"
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-compile --no-deps --require-hashes -r requirements.lock && pip check

# Providers of a language model: openai, anthropic, ollama, google; commas between them, empty for none. Their libraries
# are the newest that fit: no lock names them.
ARG PROVIDERS=""
# An editable install: the command `pregonero`, the version, and one line that names /app, where the code will lie.
# Empty files stand in for what packaging asks for, so that the code and the README may change.
COPY pyproject.toml ./
RUN mkdir bot index scripts \
    && touch README.md LICENSE bot/__init__.py index/__init__.py scripts/__init__.py \
    && pip install --no-compile --no-build-isolation --editable ".${PROVIDERS:+[${PROVIDERS}]}" \
    && pip check \
    && rm README.md LICENSE

# What the libraries' own compiling and testing needs is of no use to a running bot, nor is ONNX Runtime for programs in
# C. Every import of torch looks for torch_shm_manager.
RUN pip uninstall --yes pip \
    && find /opt/venv -depth -type d -regextype egrep \
    -regex '.*/site-packages/(torch/(include|test)|(networkx|numpy|scipy|sklearn|sympy)/.*tests)' -exec rm -rf {} + \
    && find /opt/venv -path '*/torch/bin/*' ! -name torch_shm_manager -delete \
    && find /opt/venv -name 'libonnxruntime.so.*' -delete
# Python keeps compiled what it imports here, and nothing later: the root is read-only. To compile all that is installed
# would take 200 MB more. This shows too that a model of any shape still finds what it needs.
RUN python -c 'import aiosqlite, babel, discord, faiss, onnxruntime, prompt_toolkit, trafilatura, typer' \
    && python -c 'import onnx, rapidfuzz, rich.progress, scipy.optimize, sentence_transformers, sklearn.metrics'

# --- the index of seeds/: the first start answers at once ---------------------------------------------------------
FROM libraries AS index

COPY bot/ bot/
COPY index/ index/
COPY scripts/ scripts/
COPY seeds/ /data/articles/
ENV ARTICLES_DIR=/data/articles INDEX_DIR=/data/index CACHE_FILE=/data/cache/vectors.sqlite
RUN python -m compileall -q . && pregonero build && mkdir /data/state

# --- what runs ----------------------------------------------------------------------------------------------------
FROM ${BASE}

RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pregonero
USER 10001:10001
WORKDIR /app
# The root file system may be read-only: all that is written lies in /data, and temporary files in /tmp.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HOME=/data/cache/huggingface \
    ARTICLES_DIR=/data/articles \
    INDEX_DIR=/data/index \
    CACHE_FILE=/data/cache/vectors.sqlite \
    STATE_FILE=/data/state/state.sqlite \
    HISTORY_FILE=/data/state/history
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "bot.health"]
# In exec form, so that SIGTERM reaches the bot itself.
CMD ["python", "-m", "bot"]

# What changes most comes last.
COPY --from=libraries /opt/venv /opt/venv
COPY --from=index --chown=10001:10001 /data /data
COPY --from=index /app /app
VOLUME ["/data/articles", "/data/index", "/data/cache", "/data/state"]

ARG VERSION=0.1.0
ARG REVISION=""
LABEL org.opencontainers.image.title="Pregonero" \
      org.opencontainers.image.description="A Discord bot that answers questions about articles, citing every sentence." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
