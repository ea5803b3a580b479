#!/bin/sh
# Runs clang-tidy over every source, or over those named; what was clean is not
# looked at again until it changes.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."

mkdir -p build/tidy
{ cmake --preset tidy && cmake --build --preset tidy; } >build/tidy/configure.log 2>&1 ||
  { cat build/tidy/configure.log; exit 1; }
exec python3 deploy/checks/tidy.py build/tidy "$@"
