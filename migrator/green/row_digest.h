#pragma once

#include <string>

#include "migrator/backup/contents.h"

namespace daybook::migrator::green {

// SHA-256 in hex over what a database holds of its application's: schema, every
// row of every table, the numbers given out by AUTOINCREMENT, user_version and
// application_id. The migrator's own tables and statistics do not belong to it.
std::string DigestOfRows(const backup::Contents& contents);

}  // namespace daybook::migrator::green
