#!/usr/bin/env bash
# Lints, builds and runs one image, as another user: docker/check.sh [cpu|cuda12|cuda13]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tools

target=${1:-cpu}
image=gpu-smotetomek:$target
here=$PWD/docker
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' gpu_smotetomek/__init__.py)

log() { printf '%s: %s\n' "$target" "$*"; }
fail() { log "FAILED: $*" >&2; exit 1; }
skip() { log "NOT CHECKED: $*" >&2; exit 75; }
check_equal() { [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"; }
owner() { stat --format %u:%g "$data/$1"; }

hadolint docker/Dockerfile
python docker/compose_check.py
[ "$(id -u)" = 0 ] || skip "giving files to another user needs root"

mkdir -p build
work=$(mktemp -d "$PWD/build/docker.XXXX")
data=$work/data

if docker info > /dev/null 2>&1; then . docker/with_docker.sh; else . docker/with_buildah.sh; fi
trap clean EXIT
log "with $(type -t run_buildah > /dev/null && echo 'buildah and runc: no Docker engine here' || echo Docker)"

build "$version" || { cat "$work/log" 2> /dev/null; fail "the build"; }
check_equal "the version in the label" "$(label version)" "$version"
log "built, $(size) with its base"

user=4242:4243
mkdir "$data" && chown "$user" "$data"
check_equal "what --version prints" "$(run "$user" --version)" "gpu-smotetomek $version"
run "$user" doctor --json > "$work/doctor.json" || fail "doctor"
python - "$target" "$work/doctor.json" << 'END'
import json, sys
target, report = sys.argv[1], json.load(open(sys.argv[2]))
required = {"cpu": ["faiss-cpu"], "cuda12": ["cupy-cuda12x", "faiss-gpu"], "cuda13": ["cupy-cuda13x"]}[target]
missing = [name for name in required if not report["versions"].get(name)]
assert not missing, f"not in the image: {missing}"
clashes = [sentence for sentence in report["advice"] if "overwrite" in sentence]
assert not clashes, clashes
END

run "$user" demo > /dev/null || fail "the demo"
check_equal "the owner of the demo's output" "$(owner gpu-smotetomek-demo.csv)" "$user"
run "$user" resample gpu-smotetomek-demo.csv --target diagnosis --sampling-strategy all --seed 0 -o out.parquet \
    > /dev/null || fail "resampling a CSV"
check_equal "the owner of the output" "$(owner out.parquet)" "$user"
run "$user" inspect out.parquet --target diagnosis > /dev/null || fail "reading the output"
log "demo and resample as uid ${user%:*}, root read-only, no network, no capability"

chmod 0777 "$data"
run "" resample out.parquet --target diagnosis --method tomek -o by_default.npz > /dev/null || fail "the image's own user"
check_equal "the owner by default" "$(owner by_default.npz)" 10001:10001
rm "$data"/*
chmod 0755 "$data"

# The output of this table takes long enough to write that the signals KILL and STOPSIGNAL arrive meanwhile.
awk 'BEGIN { srand(1); for (f = 1; f < 25; f++) printf "f%d,", f; print "label"
             for (n = 0; n < 300000; n++) {
                 for (f = 1; f < 25; f++) printf "%.12f,", rand()
                 print n % 20 ? "well" : "sick" } }' > "$data/train.csv"
signal_during_write() {  # signal; sets $code to the exit code
    local job tries=3000
    run "$user" resample train.csv --target label --method smote --seed 0 --force -o out.csv > "$work/output" 2>&1 &
    job=$!
    until [ -n "$(find "$data" -name '.out.csv.*.part' -size +0)" ]; do
        ((tries--)) && kill -0 "$job" 2> /dev/null || { cat "$work/output"; fail "nothing was written before $1"; }
        sleep 0.01
    done
    send "$1" || fail "$1 came too late"
    code=0
    wait "$job" || code=$?
}
echo old > "$data/out.csv"
chown "$user" "$data/out.csv"
signal_during_write INT
check_equal "the exit code of a stopped container" "$code" 130
check_equal "the output after INT" "$(cat "$data/out.csv")" old
check_equal "what INT leaves" "$(ls -A "$data" | xargs)" "out.csv train.csv"
signal_during_write KILL
check_equal "the exit code of a killed container" "$code" 137
check_equal "the output after KILL" "$(cat "$data/out.csv")" old
[ -n "$(find "$data" -name '.out.csv.*.part')" ] || fail "KILL came too late"
run "$user" resample train.csv --target label --method smote --seed 0 --force -o out.csv > "$work/output" 2>&1 ||
    { cat "$work/output"; fail "resampling after KILL"; }
check_equal "what the next run leaves" "$(ls -A "$data" | xargs)" "out.csv train.csv"
log "the old output survives KILL and STOPSIGNAL in the middle of writing"

log "all is well"
