# Functions of check.sh without a Docker engine, as root on Debian: buildah builds on a base made by debootstrap, and runc,
# the runtime of Docker, runs the container. check.sh sets $image, $target, $data and $work.
run_quietly() { "$@" > "$work/log" 2>&1 || { tail -n 40 "$work/log"; skip "failed: $*"; }; }

if ! command -v buildah > /dev/null || ! command -v debootstrap > /dev/null || ! command -v runc > /dev/null; then
    run_quietly apt-get update
    run_quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends buildah debootstrap runc
fi

run_buildah() { buildah --storage-driver overlay --root "$work/store" --runroot "$work/run" "$@"; }
print_config() { run_buildah inspect --type image "localhost/$image" | python -c "import json, sys; image = json.load(sys.stdin); $1"; }
label() { print_config "print(image['Docker']['config']['Labels']['org.opencontainers.image.$1'])"; }
size() { run_buildah images --json "localhost/$image" | python -c 'import json, sys; print(json.load(sys.stdin)[0]["size"])'; }
send() { runc --root "$work/runc" kill check "$1"; }

base() {  # an image of Debian with Python and certificates
    [ -e build/base/usr/bin/python3 ] ||
        run_quietly debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm build/base
    rm -f build/base/var/cache/apt/archives/*.deb
    local container
    container=$(run_buildah from scratch)
    run_buildah copy --quiet "$container" build/base / > /dev/null
    run_buildah commit --quiet --format docker "$container" localhost/base > /dev/null
}

build() {
    local certificates=/etc/ssl/certs/ca-certificates.crt
    run_buildah inspect --type image localhost/base > /dev/null 2>&1 || base
    run_buildah build --isolation chroot --network host --pull-never --format docker --file docker/Dockerfile \
        --volume "$certificates:$certificates:ro" --build-arg PIP_CERT="$certificates" \
        --build-arg BASE_IMAGE=localhost/base --build-arg VERSION="$1" --target "$target" --tag "$image" . \
        > "$work/log" 2>&1
}

run() {  # user (empty: that of the image), then a command line
    [ -e "$work/root" ] || ln -s "$(run_buildah mount "$(run_buildah from --pull-never "localhost/$image")")" "$work/root"
    mkdir -p "$work/bundle"
    (
        cd "$work/bundle"
        rm -f config.json
        runc spec
        print_config 'print(json.dumps(image["Docker"]["config"]))' |
            python "$here/bundle.py" "$(readlink "$work/root")" "$data" "$@"
    )
    runc --root "$work/runc" run --bundle "$work/bundle" check < /dev/null
}

clean() {
    runc --root "$work/runc" delete --force check > /dev/null 2>&1 || true
    run_buildah umount --all > /dev/null 2>&1 || true
    umount "$work/store/overlay" > /dev/null 2>&1 || true
    rm -rf "$work"
}
