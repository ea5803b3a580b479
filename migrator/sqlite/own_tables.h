#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::migrator::sqlite {

// The tables that the migrator keeps in a database: mig_meta, mig_history,
// mig_step, mig_event, mig_quarantine, mig_archive, mig_backup, and the archives
// mig_archive_1, mig_archive_2 … No other name is its own, whatever it begins
// with.

bool IsOwnTable(absl::string_view name);

// SQL: true where the name in `column` is that of a table of an application, and
// neither the migrator's nor SQLite's own.
std::string IsOfApplication(absl::string_view column);

// The name of an archive.
std::string ArchiveName(int64_t number);

}  // namespace daybook::migrator::sqlite
