#include "verify/store_facts.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "ledger/salt.h"
#include "schema/store_ddl.h"
#include "schema/version.h"
#include "verify/dropped_log.h"
#include "verify/filter_check.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::StoreLayout;

constexpr char kTemplateFile[] = "segments/template.db";
constexpr char kEnds[] =
    "SELECT max(id), (SELECT created_at FROM audit_logs ORDER BY id LIMIT 1),"
    " (SELECT created_at FROM audit_logs ORDER BY id DESC LIMIT 1) FROM audit_logs";

struct Ends {
  bool is_readable = false;
  bool is_empty = true;
  uint64_t end = 0;  // the seq behind the last row
  Micros first_time = 0;
  Micros last_time = 0;
};

// A damaged segment tells nothing here; reading it tells.
absl::StatusOr<Ends> ReadEnds(const std::string& path) {
  absl::StatusOr<Connection> segment = OpenToRead(path);
  if (absl::IsDataLoss(segment.status()) || absl::IsNotFound(segment.status())) return Ends();
  if (!segment.ok()) return segment.status();
  absl::StatusOr<Statement> select = segment->PrepareKnown(kEnds);
  if (!select.ok()) return Ends();
  const absl::StatusOr<bool> has_row = select->Step();
  if (!has_row.ok()) return Ends();
  if (select->IsNull(0)) return Ends{.is_readable = true};
  return Ends{.is_readable = true,
              .is_empty = false,
              .end = static_cast<uint64_t>(select->Integer(0)) + 1,
              .first_time = select->Integer(1),
              .last_time = select->Integer(2)};
}

// Whether those of the segments `numbers` above `number` hold what only a log that filled it
// can hold: an append that was cut off leaves rows of one record time.
absl::StatusOr<bool> HasEventsAbove(const StoreLayout& layout, uint64_t number,
                                    const std::vector<uint64_t>& numbers) {
  std::optional<Micros> time;
  for (auto above = std::upper_bound(numbers.begin(), numbers.end(), number);
       above != numbers.end(); ++above) {
    DAYBOOK_ASSIGN_OR_RETURN(const Ends ends, ReadEnds(layout.Segment(*above)));
    if (ends.is_empty) continue;
    if (!time) time = ends.first_time;
    if (ends.first_time != *time || ends.last_time != *time) return true;
  }
  return false;
}

// How long the log is, as a service that starts finds it. Files below its begin are about
// to go.
absl::Status FindEnd(const std::vector<uint64_t>& numbers, StoreFacts& facts) {
  const uint64_t each = facts.header.segment_events;
  facts.segments = facts.FirstSegment() + facts.zones.size();
  facts.size = facts.segments * each;
  const uint64_t count = numbers.empty() ? 0 : numbers.back() + 1;
  for (uint64_t number = facts.segments; number < count; ++number) {
    DAYBOOK_ASSIGN_OR_RETURN(const Ends ends, ReadEnds(facts.layout.Segment(number)));
    facts.segments = number + 1;
    if (ends.end < (number + 1) * each) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool goes_on, HasEventsAbove(facts.layout, number, numbers));
      if (!goes_on && ends.is_readable) {
        facts.size = std::max(number * each, ends.end);
        return absl::OkStatus();
      }
    }
    facts.size = (number + 1) * each;
  }
  return absl::OkStatus();
}

// New segments are copies of it.
absl::Status CheckTemplate(StoreFacts& facts) {
  absl::StatusOr<Connection> opened = OpenToRead(facts.layout.TemplateDb());
  if (absl::IsNotFound(opened.status())) {
    facts.findings.Add(Fault::kSchemaChanged, absl::StrCat(kTemplateFile, " is missing"));
    return absl::OkStatus();
  }
  if (!opened.ok()) return opened.status();
  DAYBOOK_ASSIGN_OR_RETURN(const FileSchema found, FileSchema::Of(*opened));
  std::string difference = facts.schema.segment().FirstDifference(found);
  if (difference.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const int64_t rows,
        opened->QueryInteger(
            "SELECT (SELECT count(*) FROM audit_logs) + (SELECT count(*) FROM tiles)"
            " + (SELECT count(*) FROM totals)"));
    if (rows != 0) difference = "it has rows";
  }
  if (!difference.empty()) {
    facts.findings.Add(Fault::kSchemaChanged, absl::StrCat(kTemplateFile, ": ", difference));
  }
  return StoreSchema::CheckStatements(*opened, "seal_index", schema::SealStatements(),
                                      kTemplateFile, facts.findings);
}

// What ledger.db, or somebody else, knows of events that are not there.
void CheckLength(const std::optional<SignedHead>& outside, StoreFacts& facts) {
  uint64_t largest = std::max(facts.ledger.largest, facts.ledger.edge_size);
  if (outside) largest = std::max(largest, outside->head.size.value());
  if (largest <= facts.size) return;
  facts.findings.Add({.fault = Fault::kLogCutShort,
                      .first_seq = facts.size,
                      .last_seq = largest - 1,
                      .what = absl::StrCat("it had ", largest, " events, and has ", facts.size)});
}

// The checkpoint from outside, where a key of this log has signed it.
std::optional<SignedHead> Judge(const std::optional<SignedHead>& outside, StoreFacts& facts) {
  if (!outside) return std::nullopt;
  const auto opened =
      facts.ledger.chain.Open({.size = outside->head.size.value(), .note = outside->note});
  if (!opened.ok()) {
    facts.findings.Add(Fault::kSignatureInvalid,
                       absl::StrCat(outside->name, ": ", opened.status().message()));
    return std::nullopt;
  }
  if (opened->origin != facts.header.origin) {
    facts.findings.Add(Fault::kCheckpointMalformed,
                       absl::StrCat(outside->name, " is one of the log ", opened->origin));
    return std::nullopt;
  }
  return outside;
}

uint64_t DrawKey() {
  const ledger::Salt random = ledger::DrawSalt();
  uint64_t key = 0;
  std::memcpy(&key, random.data(), sizeof(key));
  return key;
}

// What is wrong with a file, as a finding; what keeps from reading it, as an error.
absl::Status Damage(const absl::Status& status, const std::string& file, Findings& findings) {
  if (!absl::IsDataLoss(status)) return status;
  findings.Add(Fault::kFileDamaged, absl::StrCat(file, ": ", status.message()));
  return absl::OkStatus();
}

}  // namespace

uint64_t StoreFacts::SegmentEnd(uint64_t number) const {
  return std::min((number + 1) * header.segment_events, size);
}

absl::StatusOr<std::unique_ptr<StoreFacts>> StoreFacts::Survey(const StoreLayout& layout,
                                                               const Options& options,
                                                               const Advance& advance) {
  const std::optional<SignedHead>& claimed = options.outside;
  auto facts = std::make_unique<StoreFacts>(layout, options.access);
  DAYBOOK_ASSIGN_OR_RETURN(facts->header, db::sqlite::ReadStoreHeader(layout));
  const int version = facts->header.version.version;
  if (version > schema::NewestVersion()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store is at version ", version, ", newer than this build's ",
                     schema::NewestVersion(), ": use the newer build"));
  }
  facts->index_key = DrawKey();
  DAYBOOK_ASSIGN_OR_RETURN(facts->schema, StoreSchema::Of(version));
  // First of all: what it covers is in the log by then.
  absl::StatusOr<LedgerRecords> records = LedgerRecords::Read(
      layout, facts->header, facts->schema, options.keys, claimed, advance, facts->findings);
  DAYBOOK_RETURN_IF_ERROR(Damage(records.status(), "ledger.db", facts->findings));
  if (records.ok()) facts->ledger = *std::move(records);
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<uint64_t> numbers, layout.SegmentNumbers());
  const uint64_t each = facts->header.segment_events;
  facts->begin = FindBegin(facts->ledger, each, numbers, facts->findings);
  TakeOutStrays(facts->FirstSegment(), numbers, facts->findings);
  auto zones = ReadCatalog(layout, facts->schema, facts->FirstSegment(), facts->findings);
  DAYBOOK_RETURN_IF_ERROR(Damage(zones.status(), "catalog.db", facts->findings));
  if (zones.ok()) facts->zones = *std::move(zones);
  DAYBOOK_RETURN_IF_ERROR(Damage(CheckTemplate(*facts), kTemplateFile, facts->findings));
  DAYBOOK_RETURN_IF_ERROR(FindEnd(numbers, *facts));
  DAYBOOK_RETURN_IF_ERROR(CheckFilterFiles(*facts, facts->findings));
  std::optional<SignedHead> outside = Judge(claimed, *facts);
  CheckLength(outside, *facts);
  facts->heads = facts->ledger.heads;
  if (outside) {
    outside->is_outside = true;
    facts->heads.push_back(*std::move(outside));
  }
  std::sort(facts->heads.begin(), facts->heads.end(),
            [](const auto& a, const auto& b) { return a.head.size < b.head.size; });
  facts->evidence = Evidence::Gather(layout, each, facts->ledger);
  DAYBOOK_ASSIGN_OR_RETURN(facts->dropped,
                           ReadDropped(layout, facts->begin, facts->ledger, facts->heads, advance));
  return facts;
}

}  // namespace daybook::verify
