#include "verify/ledger_records.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/schema/v1/schema_version.pb.h"
#include "db/sqlite/statement.h"
#include "ledger/tile_edge.h"
#include "schema/store_ddl.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Cell;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::ledger::Hash;

constexpr uint64_t kNotesBetweenLooks = 4;

constexpr char kFile[] = "ledger.db";
constexpr char kSubtreeRows[] = "SELECT number, hash FROM subtrees ORDER BY number";
constexpr char kCheckpointRows[] = "SELECT size, note, signed_at FROM checkpoints ORDER BY size";
constexpr char kManifestRows[] = "SELECT span, seq, counts FROM manifests";
constexpr char kKeyRows[] =
    "SELECT verifier, added_seq, retired_seq FROM signing_keys ORDER BY added_seq";
constexpr char kEdgeRow[] = "SELECT size, leaves FROM edge WHERE only = 1";

Hash HashAt(absl::string_view bytes, size_t place) {
  Hash hash;
  std::copy_n(bytes.begin() + place * hash.size(), hash.size(), hash.begin());
  return hash;
}

absl::Status ReadSubtrees(Connection& ledger, LedgerRecords& records, Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kSubtreeRows));
  std::vector<Cell> row(2);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    select.Read(row);
    if (row[1].type == ValueType::kBlob && row[1].bytes.size() == sizeof(Hash)) {
      records.subtrees[static_cast<uint64_t>(row[0].integer)] = HashAt(row[1].bytes, 0);
    } else {
      findings.Add(Fault::kColumnType,
                   absl::StrCat(kFile, ": subtree ", row[0].integer, " is no hash"));
    }
  }
}

std::optional<uint64_t> SeqOf(const Cell& cell) {
  if (cell.type != ValueType::kInteger) return std::nullopt;
  return static_cast<uint64_t>(cell.integer);
}

absl::Status ReadKeys(Connection& ledger, LedgerRecords& records) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kKeyRows));
  std::vector<Cell> row(3);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    select.Read(row);
    records.keys.push_back(
        {.verifier = std::string(row[0].bytes), .added = SeqOf(row[1]), .retired = SeqOf(row[2])});
  }
}

// A row of checkpoints.
struct KeptHead {
  ClaimedHead head;
  Micros signed_at = 0;
};

std::string NameOf(uint64_t size) { return absl::StrCat("the checkpoint of size ", size); }

absl::StatusOr<std::vector<KeptHead>> ReadCheckpoints(Connection& ledger, LedgerRecords& records,
                                                      Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kCheckpointRows));
  std::vector<KeptHead> kept;
  std::vector<Cell> row(3);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return kept;
    select.Read(row);
    const auto size = static_cast<uint64_t>(row[0].integer);
    ++records.checkpoints;
    records.largest = std::max(records.largest, size);
    if (row[1].type == ValueType::kText && row[2].type == ValueType::kInteger) {
      kept.push_back(
          {.head = {.size = size, .note = std::string(row[1].bytes)}, .signed_at = row[2].integer});
    } else {
      findings.Add(Fault::kColumnType, absl::StrCat(kFile, ": ", NameOf(size)));
    }
  }
}

// A checkpoint that has the size of its row, and a signature that holds.
void TakeCheckpoint(const KeptHead& kept, const std::string& origin, LedgerRecords& records,
                    Findings& findings) {
  const uint64_t size = kept.head.size;
  const std::string name = NameOf(size);
  const auto checkpoint = records.chain.Open(kept.head);
  if (!checkpoint.ok()) {
    return findings.Add(absl::IsUnauthenticated(checkpoint.status()) ? Fault::kSignatureInvalid
                                                                     : Fault::kCheckpointMalformed,
                        absl::StrCat(name, ": ", checkpoint.status().message()));
  }
  if (checkpoint->head.size.value() != size || checkpoint->origin != origin) {
    return findings.Add(Fault::kCheckpointMalformed,
                        absl::StrCat(name, " is one of size ", checkpoint->head.size.value(),
                                     " by ", checkpoint->origin));
  }
  records.heads.push_back({.head = checkpoint->head,
                           .origin = checkpoint->origin,
                           .signed_at = kept.signed_at,
                           .name = name});
}

// Which keys may have signed them.
absl::Status FollowKeys(const db::sqlite::StoreLayout& layout, uint64_t segment_events,
                        std::span<const ledger::VerifierKey> keys,
                        const std::vector<KeptHead>& kept, const std::optional<SignedHead>& outside,
                        LedgerRecords& records) {
  if (keys.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::vector<KeyEvent> events,
      ReadKeyEvents(layout, segment_events, records.kept.leaves, records.keys));
  std::vector<ClaimedHead> heads;
  heads.reserve(kept.size() + 1);
  for (const KeptHead& each : kept) heads.push_back(each.head);
  if (outside) heads.push_back({.size = outside->head.size.value(), .note = outside->note});
  records.chain = KeyChain::Follow(keys, events, std::move(heads));
  return absl::OkStatus();
}

absl::Status TakeCheckpoints(const std::vector<KeptHead>& kept, const std::string& origin,
                             const Advance& advance, LedgerRecords& records, Findings& findings) {
  for (size_t i = 0; i < kept.size(); ++i) {
    TakeCheckpoint(kept[i], origin, records, findings);
    if (i % kNotesBetweenLooks == 0) DAYBOOK_RETURN_IF_ERROR(Tell(advance, 0));
  }
  return absl::OkStatus();
}

absl::Status ReadEdge(Connection& ledger, LedgerRecords& records, Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kEdgeRow));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return absl::OkStatus();
  std::vector<Cell> row(2);
  select.Read(row);
  const auto size = static_cast<uint64_t>(row[0].integer);
  const size_t leaves = ledger::HashesBehindTiles(0, LogSize(size));
  if (row[0].type != ValueType::kInteger || row[1].type != ValueType::kBlob ||
      row[1].bytes.size() != leaves * sizeof(Hash)) {
    findings.Add(Fault::kEdgeMismatch, absl::StrCat(kFile, ": the edge has no length of leaves"));
    return absl::OkStatus();
  }
  records.edge_size = size;
  for (size_t i = 0; i < leaves; ++i) records.edge.push_back(HashAt(row[1].bytes, i));
  return absl::OkStatus();
}

absl::Status ReadManifests(Connection& ledger, LedgerRecords& records, Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kManifestRows));
  std::vector<Cell> row(3);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    select.Read(row);
    const auto span = static_cast<uint64_t>(row[0].integer);
    if (row[1].type == ValueType::kInteger && row[2].type == ValueType::kText) {
      records.manifests[span] = {.span = span,
                                 .seq = Seq(static_cast<uint64_t>(row[1].integer)),
                                 .counts = std::string(row[2].bytes)};
    } else {
      findings.Add(Fault::kColumnType, absl::StrCat(kFile, ": the counts of span ", span));
    }
  }
}

}  // namespace

absl::StatusOr<LedgerRecords> LedgerRecords::Read(const db::sqlite::StoreLayout& layout,
                                                  const db::sqlite::StoreHeader& header,
                                                  const StoreSchema& schema,
                                                  std::span<const ledger::VerifierKey> keys,
                                                  const std::optional<SignedHead>& outside,
                                                  const Advance& advance, Findings& findings) {
  LedgerRecords records;
  records.chain = KeyChain::Follow(keys, {}, {});
  std::vector<KeptHead> kept;
  {
    DAYBOOK_ASSIGN_OR_RETURN(Connection ledger, OpenToRead(layout.LedgerDb()));
    DAYBOOK_ASSIGN_OR_RETURN(const FileSchema found, FileSchema::Of(ledger));
    const std::string difference = schema.ledger().FirstDifference(found);
    if (!difference.empty()) {
      findings.Add(Fault::kSchemaChanged, absl::StrCat(kFile, ": ", difference));
    }
    DAYBOOK_RETURN_IF_ERROR(StoreSchema::CheckStatements(ledger, "catalog_schema",
                                                         schema::CatalogDdl(), kFile, findings));
    if (header.version.version < schema::v1::SCHEMA_VERSION_KEEP_LEDGER) return records;
    DAYBOOK_RETURN_IF_ERROR(ReadSubtrees(ledger, records, findings));
    DAYBOOK_RETURN_IF_ERROR(ReadKeys(ledger, records));
    DAYBOOK_ASSIGN_OR_RETURN(kept, ReadCheckpoints(ledger, records, findings));
    DAYBOOK_RETURN_IF_ERROR(ReadEdge(ledger, records, findings));
    DAYBOOK_RETURN_IF_ERROR(ReadManifests(ledger, records, findings));
    DAYBOOK_ASSIGN_OR_RETURN(records.kept, KeptRecords::Read(ledger, findings));
  }
  DAYBOOK_RETURN_IF_ERROR(FollowKeys(layout, header.segment_events, keys, kept, outside, records));
  DAYBOOK_RETURN_IF_ERROR(TakeCheckpoints(kept, header.origin, advance, records, findings));
  return records;
}

}  // namespace daybook::verify
