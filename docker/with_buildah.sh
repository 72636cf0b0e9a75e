# The verbs of check.sh without a Docker engine, as root on Debian: buildah builds on a base that debootstrap makes, and
# runc, which is what Docker itself runs containers with, runs. $image, $target, $data and $work are check.sh's.
quietly() { "$@" > "$work/log" 2>&1 || { tail -n 40 "$work/log"; cannot "failed: $*"; }; }

if ! command -v buildah > /dev/null || ! command -v debootstrap > /dev/null || ! command -v runc > /dev/null; then
    quietly apt-get update
    quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends buildah debootstrap runc
fi

bag() { buildah --storage-driver overlay --root "$work/store" --runroot "$work/run" "$@"; }
facts() { bag inspect --type image "localhost/$image" | python -c "import json, sys; image = json.load(sys.stdin); $1"; }
label() { facts "print(image['Docker']['config']['Labels']['org.opencontainers.image.$1'])"; }
size() { bag images --json "localhost/$image" | python -c 'import json, sys; print(json.load(sys.stdin)[0]["size"])'; }
send() { runc --root "$work/runc" kill check "$1"; }

base() {  # an image of Debian with Python, and the certificates of this machine
    [ -e build/base/usr/bin/python3 ] ||
        quietly debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm build/base
    rm -f build/base/var/cache/apt/archives/*.deb
    local box
    box=$(bag from scratch)
    bag copy --quiet "$box" build/base / > /dev/null
    bag commit --quiet --format docker "$box" localhost/base > /dev/null
}

build() {
    local certificates=/etc/ssl/certs/ca-certificates.crt
    bag inspect --type image localhost/base > /dev/null 2>&1 || base
    bag build --isolation chroot --network host --pull-never --format docker --file docker/Dockerfile \
        --volume "$certificates:$certificates:ro" --build-arg PIP_CERT="$certificates" \
        --build-arg BASE_IMAGE=localhost/base --build-arg VERSION="$1" --target "$target" --tag "$image" . \
        > "$work/log" 2>&1
}

run() {  # user (none: the image's own), then a command line
    [ -e "$work/root" ] || ln -s "$(bag mount "$(bag from --pull-never "localhost/$image")")" "$work/root"
    mkdir -p "$work/bundle"
    (
        cd "$work/bundle"
        rm -f config.json
        runc spec
        facts 'print(json.dumps(image["Docker"]["config"]))' |
            python "$here/bundle.py" "$(readlink "$work/root")" "$data" "$@"
    )
    runc --root "$work/runc" run --bundle "$work/bundle" check < /dev/null
}

clean() {
    runc --root "$work/runc" delete --force check > /dev/null 2>&1 || true
    bag umount --all > /dev/null 2>&1 || true
    umount "$work/store/overlay" > /dev/null 2>&1 || true
    rm -rf "$work"
}
