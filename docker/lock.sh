#!/usr/bin/env bash
# Rewrites docker/requirements-*.txt: every package of an image, pinned with the hashes of its files, for Python 3.11 and
# later on Linux. Needs uv. Packages keep their versions unless `--upgrade` is given.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {  # file, then the arguments of uv
    local out="docker/requirements-$1.txt"
    shift
    UV_CUSTOM_COMPILE_COMMAND=docker/lock.sh uv pip compile --quiet --no-config --universal --python-version 3.11 \
        --generate-hashes --no-annotate --output-file "$out" "$@"
}

for extra in cpu cuda12 cuda13; do
    lock "$extra" --extra "$extra" "$@" pyproject.toml
done
python3 -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
    | lock build "$@" -
