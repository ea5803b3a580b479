#pragma once

#include <string>
#include <vector>

namespace daybook::schema {

// The statements that make a store, for the migrator, which runs them, and for
// whoever holds a store against them. What follows from the contract's declarations
// is generated from them; tests/golden holds the text, because what a store was
// made with must never change.

// Version 1: its files.
std::vector<std::string> LedgerDdl();
std::vector<std::string> CatalogDdl();
std::vector<std::string> SegmentDdl();

// The statements that seal a segment, kept in each segment's seal_index.
std::vector<std::string> SealStatements();

// Version 2: what ledger.db gets.
std::vector<std::string> KeepLedgerDdl();

}  // namespace daybook::schema
