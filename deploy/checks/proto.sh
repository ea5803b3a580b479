#!/bin/sh
# Checks the contract in proto/: style and comments (buf lint), and that nothing
# was broken since the last release (buf breaking).
#
#   proto.sh          both checks
#   proto.sh image    writes proto/release.binpb, which the second compares with
#
# The image is the contract of the last release: make it anew when a release is
# made, in the release's own commit, and at no other time. Refreshed earlier it
# would hide a break. (Before the first release nothing can break: until then it
# may be refreshed with every change.)
#
# buf comes from npm, pinned in deploy/checks/npm, into build/checks/npm (or
# $DAYBOOK_CHECKS_DIR/npm). Once it is there no network is needed.
#
# Exit: 0 fine, 1 the contract is at fault, 2 usage, 3 no node or npm: NOTHING
# was checked, the caller decides, 4 buf could not be installed.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
pinned=$root/deploy/checks/npm
checks=${DAYBOOK_CHECKS_DIR:-$root/build/checks}
tools=$checks/npm
image=proto/release.binpb

say() {
  printf 'proto.sh: %s\n' "$*" >&2
}

need_node() {
  for program in node npm; do
    if ! command -v "$program" >/dev/null 2>&1; then
      say "***********************************************************"
      say "$program IS MISSING: THE CONTRACT IN proto/ WAS NOT CHECKED."
      say "Install nodejs and npm, then run deploy/checks/proto.sh again."
      say "***********************************************************"
      exit 3
    fi
  done
}

# A lock with addresses in it would install from one registry only, and tell
# which.
check_lock() {
  if grep -nE '"resolved"|https?:' "$pinned/package-lock.json" >&2; then
    say "package-lock.json names a host; make it with" \
      "npm install --package-lock-only --omit-lockfile-registry-resolved"
    exit 1
  fi
}

# Installs what the lock says, unless that is there already. Install scripts
# stay off: buf's only looks for another source when its package is incomplete.
install_buf() {
  if cmp -s "$pinned/package-lock.json" "$tools/package-lock.json" && buf --version >/dev/null 2>&1; then
    return
  fi
  fresh=$tools.$$
  trap 'rm -rf "$fresh"' EXIT
  mkdir -p "$fresh"
  cp "$pinned/package.json" "$pinned/package-lock.json" "$fresh/"
  if ! npm ci --prefix "$fresh" --ignore-scripts --prefer-offline --fetch-retries=1 \
      --no-audit --no-fund --loglevel=error >&2; then
    say "npm could not install buf; the contract was not checked"
    exit 4
  fi
  rm -rf "$tools"
  mv "$fresh" "$tools"
  trap - EXIT
  if ! buf --version >/dev/null; then
    say "buf does not run; the contract was not checked"
    exit 4
  fi
}

# Its cache stays in the build folder too.
buf() {
  BUF_CACHE_DIR=$checks/buf-cache "$tools/node_modules/.bin/buf" "$@"
}

check() {
  faults=0
  if buf lint proto; then
    say "lint: fine"
  else
    say "lint: the contract breaks the rules of proto/buf.yaml"
    faults=1
  fi
  if [ ! -f "$image" ]; then
    say "breaking: $image is missing"
    faults=1
  elif buf breaking proto --against "$image"; then
    say "breaking: fine"
  else
    say "breaking: the contract breaks clients of the last release"
    faults=1
  fi
  return "$faults"
}

# Without source positions, so that comments leave the image as it is.
write_image() {
  buf build proto --exclude-source-info -o "$image"
  say "wrote $image"
}

case $#:${1:-} in
  0:) command=check ;;
  1:image) command=write_image ;;
  *)
    say "usage: proto.sh [image]"
    exit 2
    ;;
esac

need_node
check_lock
install_buf
cd "$root"
"$command"
