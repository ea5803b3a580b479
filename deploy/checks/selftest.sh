#!/bin/sh
# Shows that the checks bite: spoils a copy of the checkout in one way after
# another, and fails when the check at stake lets it pass or names another cause.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unnoticed=0

copy() {
  rm -rf "$scratch/copy" && mkdir "$scratch/copy"
  cp -R .clang-format .clang-tidy CMakeLists.txt CMakePresets.json deploy migrator proto services \
    "$scratch/copy"
}

# bites WHAT EXPECTED COMMAND...: COMMAND, run in the copy, fails and says EXPECTED.
bites() {
  what=$1 expected=$2
  shift 2
  if (cd "$scratch/copy" && "$@") >"$scratch/log" 2>&1; then
    echo "NOT NOTICED: $what"
  elif grep -qF -- "$expected" "$scratch/log"; then
    echo "noticed: $what"
    return
  else
    echo "WRONG REASON: $what; expected: $expected"
    cat "$scratch/log"
  fi
  unnoticed=$((unnoticed + 1))
}

rooms() { python3 deploy/checks/rooms.py; }
configure() { cmake --preset dev -DBUILD_TESTING=OFF; }
format() { clang-format-14 --dry-run -Werror "$1"; }
tidy() {
  cmake --preset tidy -DBUILD_TESTING=OFF >configure.log && cmake --build --preset tidy >>configure.log &&
    python3 deploy/checks/tidy.py build/tidy "$1"
}

copy
(cd "$scratch/copy" && rooms) # as it is, it passes

sed -i 's/PUBLIC daybook::proto/& daybook::journal/' "$scratch/copy/services/core/CMakeLists.txt"
bites 'a link to a higher floor' 'daybook::core may not link upward to daybook::journal' configure

copy
echo '#include "journal/journal.h"' >>"$scratch/copy/services/query/field.cc"
bites 'an include of a room that is not linked' \
  'query includes "journal/journal.h" but does not link daybook::journal' rooms

copy
echo '#include "storage/event_store.h"' >>"$scratch/copy/migrator/report.cc"
bites 'an include of a room that a program does not link' \
  'daybook-migrate includes "storage/event_store.h" but does not link daybook::storage' rooms

copy
echo '#include <sqlite3.h>' >>"$scratch/copy/services/journal/reader.cc"
bites 'a third-party header outside its keeper' '<sqlite3.h> is kept by db_sqlite' rooms

copy
echo '#include "daybook/audit/v1/audit_service.grpc.pb.h"' >>"$scratch/copy/services/journal/reader.cc"
bites 'a stub in a room without gRPC' 'does not link daybook::proto_grpc' rooms

copy
echo '#pragma once' >"$scratch/copy/services/journal/stray.h"
bites 'a file of no room' 'services/journal/stray.h: in no room and no program' rooms

copy
echo 'int  Spaced( );' >"$scratch/copy/services/core/spoiled.h"
bites 'a file that is not laid out' 'code should be clang-formatted' format services/core/spoiled.h

copy
cat >>"$scratch/copy/services/core/timestamp.cc" <<'TEXT'
#include "core/mutex.h"

class Counter {
 public:
  int Read() { return count_; }

 private:
  daybook::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};
TEXT
bites 'a guarded member read without its lock' 'clang-diagnostic-thread-safety' \
  tidy services/core/timestamp.cc

copy
cat >>"$scratch/copy/services/core/timestamp.cc" <<'TEXT'

namespace daybook::spoiled {
using ::absl::Hours;
}
TEXT
bites 'a using declaration that nothing needs' 'nothing needs using ::absl::Hours;' \
  tidy services/core/timestamp.cc

[ "$unnoticed" -eq 0 ] || exit 1
