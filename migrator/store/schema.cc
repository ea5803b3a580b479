#include "migrator/store/schema.h"

#include <vector>

#include "absl/strings/str_cat.h"

#include "daybook/schema/v1/schema_version.pb.h"
#include "ledger/hash.h"

namespace daybook::migrator::store {

std::string Checksum(int version) {
  std::vector<std::vector<std::string>> parts = {KeepLedgerDdl()};
  if (version == schema::v1::SCHEMA_VERSION_CREATE_STORE) {
    parts = {LedgerDdl(), CatalogDdl(), SegmentDdl(), SealStatements()};
  }
  std::string all;
  for (const auto& part : parts) {
    for (const std::string& statement : part) absl::StrAppend(&all, statement, ";\n");
  }
  return ledger::ToHex(ledger::Sha256(all));
}

}  // namespace daybook::migrator::store
