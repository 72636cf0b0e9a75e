# Functions of check.sh with a Docker engine. check.sh sets $image, $target, $data and $work.
build() { docker build --file docker/Dockerfile --target "$target" --build-arg VERSION="$1" --tag "$image" .; }
label() { docker image inspect --format "{{index .Config.Labels \"org.opencontainers.image.$1\"}}" "$image"; }
size() { docker image ls --format '{{.Size}}' "$image"; }
send() { docker kill --signal "$1" gpu-smotetomek-check > /dev/null; }
run() {  # user (empty: that of the image), then a command line
    docker run --rm --name gpu-smotetomek-check ${1:+--user "$1"} --read-only --tmpfs /tmp --cap-drop ALL \
        --security-opt no-new-privileges --network none --volume "$data:/data" "$image" "${@:2}" < /dev/null
}
clean() {
    docker rm --force gpu-smotetomek-check > /dev/null 2>&1 || true
    rm -rf "$work"
}
DATA=. docker compose --file docker/compose.yaml config --quiet
