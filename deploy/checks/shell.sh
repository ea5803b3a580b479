#!/bin/sh
# Runs shellcheck over every shell script of the checkout.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."

find dev .ci deploy tests -name node_modules -prune -o \
  -type f \( -name dev -o -path '.ci/run' -o -name '*.sh' \) -print0 |
  xargs -0 shellcheck --external-sources
