#!/bin/sh
# Builds the image and tries it as deploy/kubernetes runs it: nothing writable but the
# volume, no capability, no network. Needs podman or docker, and takes the time of a
# release build, so that it is not among what ./dev check does unasked.
#
#   IMAGE_ENGINE       podman or docker; the first that is found
#   IMAGE_BUILD_FLAGS  for its build, as in --build-arg=DEBIAN=registry.example/debian:12-slim
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."

fail() { echo "check image: $*" >&2; exit 1; }

engine=${IMAGE_ENGINE:-$(command -v podman || command -v docker)} || fail "needs podman or docker"
version=$(sed -n 's/^project(daybook VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
image=daybook:$version
volume=daybook-check-$$
signer=$volume-signer
container=daybook-check-$$

clean_up() {
  "$engine" rm --force "$container" >/dev/null 2>&1 || :
  "$engine" volume rm "$volume" "$signer" >/dev/null 2>&1 || :
}
trap clean_up EXIT

confined() {
  "$engine" run --read-only --cap-drop ALL --security-opt no-new-privileges --network none \
    --volume "$volume:/var/lib/daybook" --volume "$signer:/var/lib/daybook-signer" "$@"
}

migrate() {
  confined --rm "$image" daybook-migrate apply --database sqlite:/var/lib/daybook --format json
}

# expect WHAT TEXT PATTERN: TEXT has PATTERN in it.
expect() {
  case $2 in *"$3"*) echo "as it should: $1" ;; *) fail "$1: expected $3 in: $2" ;; esac
}

# shellcheck disable=SC2086  # a list of words
"$engine" build ${IMAGE_BUILD_FLAGS:-} --file deploy/Dockerfile --tag "$image" \
  --build-arg REVISION="$(git rev-parse HEAD)" \
  --build-arg CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-}" .

expect 'its user' "$("$engine" image inspect --format '{{.Config.User}}' "$image")" 65532:65532
expect 'its label' "$("$engine" image inspect --format '{{json .Config.Labels}}' "$image")" \
  "\"org.opencontainers.image.version\":\"$version\""
for program in daybookd daybook daybook-migrate; do
  expect "$program" "$(confined --rm "$image" "$program" --version)" "$version"
done
confined --rm "$image" daybookd --check-rules /usr/share/daybook/rules/standard.textproto ||
  fail 'its rules are wrong'
if confined --rm "$image" sh -c true >/dev/null 2>&1; then fail 'it has a shell'; fi

expect 'the first start migrates' "$(migrate)" '"result":"applied"'
expect 'the second finds nothing to do' "$(migrate)" '"result":"nothing_pending"'

confined --detach --name "$container" "$image" >/dev/null
tries=60
until recorded=$("$engine" exec "$container" daybook record --action image_checked 2>&1); do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "it does not serve: $recorded $("$engine" logs "$container" 2>&1)"
  sleep 1
done
expect 'the service records' "$recorded" 'recorded as event 0'
"$engine" stop --time 60 "$container" >/dev/null
ended=$("$engine" inspect --format 'code {{.State.ExitCode}}.' "$container")
expect 'it stops as asked' "$ended" 'code 0.'

bytes=$("$engine" image inspect --format '{{.Size}}' "$image")
[ "$bytes" -le 100000000 ] || fail "it takes $bytes bytes, more than it should"
echo "check image: $image passed, $((bytes / 1000000)) MB"
