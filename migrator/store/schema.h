#pragma once

#include <string>
#include <vector>

namespace daybook::migrator::store {

// The statements that make the files of a store at version 1. What follows from
// the contract's declarations is generated from them; tests/golden holds the
// text, because what a store was made with must never change.

std::vector<std::string> LedgerDdl();
std::vector<std::string> CatalogDdl();
std::vector<std::string> SegmentDdl();

// The statements that seal a segment, kept in each segment's seal_index.
std::vector<std::string> SealStatements();

// SHA-256 over all of them, in hex.
std::string Checksum();

}  // namespace daybook::migrator::store
