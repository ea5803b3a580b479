#!/bin/sh
# Fails when a C++ file is not laid out as .clang-format has it; --fix lays it out.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."

mode='--dry-run -Werror'
[ "${1:-}" != --fix ] || mode=-i
# shellcheck disable=SC2086  # one or two words
find services migrator tests -name node_modules -prune -o \
  -type f \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 clang-format-14 --style=file $mode
