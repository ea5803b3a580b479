#!/bin/sh
# Runs clang-tidy over every source that the dev preset compiles, or over those
# named; what was clean is not checked again until it changes.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."

cmake --preset dev >build/tidy-configure.log 2>&1 || { cat build/tidy-configure.log; exit 1; }
cmake --build --preset dev --target daybook_proto_grpc  # the generated headers
exec python3 deploy/checks/tidy.py build/dev "$@"
