#pragma once

#include <string>

#include "schema/store_ddl.h"

namespace daybook::migrator::store {

using schema::CatalogDdl;
using schema::KeepLedgerDdl;
using schema::LedgerDdl;
using schema::SealStatements;
using schema::SegmentDdl;

// SHA-256 over all statements of a version that this build knows, in hex.
std::string Checksum(int version);

}  // namespace daybook::migrator::store
