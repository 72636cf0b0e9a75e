#!/usr/bin/env bash
# Lints, builds and uses one image as a stranger would: docker/check.sh [cpu|cuda12|cuda13]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tools

target=${1:-cpu}
image=gpu-smotetomek:$target
here=$PWD/docker
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' gpu_smotetomek/__init__.py)

say() { printf '%s: %s\n' "$target" "$*"; }
fail() { say "FAILED: $*" >&2; exit 1; }
cannot() { say "NOT CHECKED: $*" >&2; exit 75; }
must_be() { [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"; }
owner() { stat --format %u:%g "$data/$1"; }

hadolint docker/Dockerfile
python docker/compose_check.py
[ "$(id -u)" = 0 ] || cannot "giving files to another user needs root"

mkdir -p build
work=$(mktemp -d "$PWD/build/docker.XXXX")
data=$work/data

if docker info > /dev/null 2>&1; then . docker/with_docker.sh; else . docker/with_buildah.sh; fi
trap clean EXIT
say "with $(type -t bag > /dev/null && echo 'buildah and runc: no Docker engine here' || echo Docker)"

build "$version" || { cat "$work/log" 2> /dev/null; fail "the build"; }
must_be "the version in the label" "$(label version)" "$version"
say "built, $(size) with its base"

stranger=4242:4243
mkdir "$data" && chown "$stranger" "$data"
must_be "what --version prints" "$(run "$stranger" --version)" "gpu-smotetomek $version"
run "$stranger" doctor --json > "$work/doctor.json" || fail "doctor"
python - "$target" "$work/doctor.json" << 'END'
import json, sys
target, health = sys.argv[1], json.load(open(sys.argv[2]))
wanted = {"cpu": ["faiss-cpu"], "cuda12": ["cupy-cuda12x", "faiss-gpu"], "cuda13": ["cupy-cuda13x"]}[target]
missing = [name for name in wanted if not health["versions"].get(name)]
assert not missing, f"not in the image: {missing}"
clashes = [sentence for sentence in health["advice"] if "overwrite" in sentence]
assert not clashes, clashes
END

run "$stranger" demo > /dev/null || fail "the demo"
must_be "the owner of the demo's output" "$(owner gpu-smotetomek-demo.csv)" "$stranger"
run "$stranger" resample gpu-smotetomek-demo.csv --target diagnosis --sampling-strategy all --seed 0 -o out.parquet \
    > /dev/null || fail "resampling a CSV"
must_be "the owner of the output" "$(owner out.parquet)" "$stranger"
run "$stranger" inspect out.parquet --target diagnosis > /dev/null || fail "reading the output"
say "demo and resample as uid ${stranger%:*}, root read-only, no network, no capability"

chmod 0777 "$data"
run "" resample out.parquet --target diagnosis --method tomek -o by_default.npz > /dev/null || fail "the image's own user"
must_be "the owner by default" "$(owner by_default.npz)" 10001:10001
rm "$data"/*
chmod 0755 "$data"

# A table whose output takes a while to write; then both ends that a container has: KILL, and STOPSIGNAL.
awk 'BEGIN { srand(1); for (f = 1; f < 25; f++) printf "f%d,", f; print "label"
             for (n = 0; n < 300000; n++) {
                 for (f = 1; f < 25; f++) printf "%.12f,", rand()
                 print n % 20 ? "well" : "sick" } }' > "$data/train.csv"
end_in_the_middle() {  # signal; leaves the exit code in $code
    local job tries=3000
    run "$stranger" resample train.csv --target label --method smote --seed 0 --force -o out.csv > "$work/said" 2>&1 &
    job=$!
    until [ -n "$(find "$data" -name '.out.csv.*.part' -size +0)" ]; do
        ((tries--)) && kill -0 "$job" 2> /dev/null || { cat "$work/said"; fail "nothing was written that $1 could end"; }
        sleep 0.01
    done
    send "$1" || fail "$1 came too late to show anything"
    code=0
    wait "$job" || code=$?
}
echo old > "$data/out.csv"
chown "$stranger" "$data/out.csv"
end_in_the_middle INT
must_be "the exit code of a stopped container" "$code" 130
must_be "the output after INT" "$(cat "$data/out.csv")" old
must_be "what INT leaves" "$(ls -A "$data" | xargs)" "out.csv train.csv"
end_in_the_middle KILL
must_be "the exit code of a killed container" "$code" 137
must_be "the output after KILL" "$(cat "$data/out.csv")" old
[ -n "$(find "$data" -name '.out.csv.*.part')" ] || fail "KILL came too late to show anything"
run "$stranger" resample train.csv --target label --method smote --seed 0 --force -o out.csv > "$work/said" 2>&1 ||
    { cat "$work/said"; fail "resampling after KILL"; }
must_be "what the next run leaves" "$(ls -A "$data" | xargs)" "out.csv train.csv"
say "the old output survives KILL and STOPSIGNAL in the middle of writing"

say "all is well"
