#include "verify/filter_check.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/whole_rows.h"
#include "storage/new_event.h"
#include "storage/sqlite/filter_reader.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/request_index.h"
#include "storage/sqlite/segment_filters.h"
#include "storage/sqlite/sliced_filter.h"
#include "verify/erasures_now.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::WholeRows;
using ::daybook::storage::sqlite::FilterBits;
using ::daybook::storage::sqlite::FilterKind;
using ::daybook::storage::sqlite::FilterReader;
using ::daybook::storage::sqlite::kFilterSegments;
using ::daybook::storage::sqlite::kLookupKeys;
using ::daybook::storage::sqlite::kRequestFilters;
using ::daybook::storage::sqlite::kSubjectFilters;

constexpr std::array<const FilterKind*, 2> kFilterKinds = {&kSubjectFilters, &kRequestFilters};
constexpr std::array<absl::string_view, kLookupKeys> kLookupNames = {"telegram_id", "user_id",
                                                                     "actor", "resource_id"};
constexpr size_t kKeysAtOnce = 64;
constexpr uint64_t kRowsBetweenLooks = 256;

absl::StatusOr<FilterReader> OpenFilters(const StoreFacts& facts, const FilterKind& kind,
                                         uint64_t group) {
  return FilterReader::Open(
      {.path = storage::sqlite::FilterPath(facts.layout.FilterPrefix(kind.name), group),
       .words = storage::sqlite::FilterWords(kind, facts.header.segment_events),
       .boot = storage::sqlite::BootId(),
       .is_served = IsServed(facts.layout)});
}

std::string NameOfFile(const FilterKind& kind, uint64_t group) {
  return storage::sqlite::FilterPath(absl::StrCat("segments/", kind.name), group);
}

// A file that is not there, or is none, denies nothing to a service that starts; that it is
// none has been said.
bool DeniesNothing(const absl::Status& opened) {
  return absl::IsNotFound(opened) || absl::IsDataLoss(opened);
}

// What a filter of that kind is asked for to find the row, and what it is the key of.
template <typename Visit>
void VisitKeys(const FilterKind& kind, const ledger::LeafValues& row, const Visit& visit) {
  if (&kind == &kRequestFilters) {
    const auto request = storage::RequestKeyOf(row.producer, row.request_id);
    if (request) visit(storage::sqlite::DigestOf(*request), "request_id");
    return;
  }
  const auto digests = storage::sqlite::DigestsOf({.telegram_id = row.telegram_id,
                                                   .user_id = row.user_id,
                                                   .actor = row.actor,
                                                   .resource_id = row.resource_id});
  for (size_t key = 0; key < kLookupKeys; ++key) {
    if (digests[key] == 0) continue;
    visit(storage::sqlite::SubjectKey({.key = key, .digest = digests[key]}), kLookupNames[key]);
  }
}

// The first of its keys that the filter denies; empty where there is none.
absl::string_view FirstDenied(const FilterKind& kind, const FilterBits& filter,
                              const ledger::LeafValues& row) {
  absl::string_view denied;
  VisitKeys(kind, row, [&](uint64_t key, absl::string_view name) {
    if (denied.empty() && !filter.MayHave(key)) denied = name;
  });
  return denied;
}

}  // namespace

absl::Status CheckFilterFiles(const StoreFacts& facts, Findings& findings) {
  for (uint64_t group = facts.FirstSegment() / kFilterSegments;
       group * kFilterSegments < facts.segments; ++group) {
    for (const FilterKind* const kind : kFilterKinds) {
      absl::Status opened = OpenFilters(facts, *kind, group).status();
      if (absl::IsDataLoss(opened)) {
        findings.Add(Fault::kFilterMismatch,
                     absl::StrCat(NameOfFile(*kind, group), " ", opened.message()));
      } else if (!opened.ok() && !absl::IsNotFound(opened)) {
        return opened;
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<FilterCheck> FilterCheck::Of(const StoreFacts& facts, uint64_t segment) {
  FilterCheck check(facts, segment);
  for (const FilterKind* const kind : kFilterKinds) {
    const auto file = OpenFilters(facts, *kind, segment / kFilterSegments);
    if (DeniesNothing(file.status())) continue;
    if (!file.ok()) return file.status();
    const absl::StatusOr<bool> is_about = file->IsAbout(segment % kFilterSegments);
    if (!is_about.value_or(false)) continue;
    check.filters_.push_back(
        {.kind = kind,
         .rows = FilterBits(storage::sqlite::FilterWords(*kind, facts.header.segment_events))});
  }
  return check;
}

void FilterCheck::Add(const RowCheck& row) {
  for (Filter& filter : filters_) {
    VisitKeys(*filter.kind, row.values(), [&filter](uint64_t key, absl::string_view /*name*/) {
      filter.waiting.push_back(key);
    });
    if (filter.waiting.size() >= kKeysAtOnce) Empty(filter);
  }
}

void FilterCheck::Empty(Filter& filter) {
  filter.is_needed = filter.is_needed || !filter.waiting.empty();
  filter.rows.Add(filter.waiting);
  filter.waiting.clear();
}

absl::Status FilterCheck::Compare(const Advance& advance, Findings& findings) {
  for (Filter& filter : filters_) {
    Empty(filter);
    if (!filter.is_needed) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<FilterBits> file,
                             ReadFile(*filter.kind, advance, findings));
    if (!file || file->Contains(filter.rows)) continue;
    DAYBOOK_RETURN_IF_ERROR(FindDenied(*filter.kind, advance, findings));
  }
  return absl::OkStatus();
}

// Nothing where it denies nothing.
absl::StatusOr<std::optional<FilterBits>> FilterCheck::ReadFile(const FilterKind& kind,
                                                                const Advance& advance,
                                                                Findings& findings) const {
  const uint64_t group = segment_ / kFilterSegments;
  const auto file = OpenFilters(*facts_, kind, group);
  if (DeniesNothing(file.status())) return std::nullopt;
  if (!file.ok()) return file.status();
  auto bits = file->Read(segment_ % kFilterSegments, [&advance] { return Tell(advance, 0); });
  if (!absl::IsDataLoss(bits.status())) return bits;
  findings.Add(Fault::kFilterMismatch,
               absl::StrCat(NameOfFile(kind, group), " ", bits.status().message()));
  return std::nullopt;
}

// An erasure takes values out of the rows first, and then out of the filter. So a filter that
// is read before the rows has what they have, whatever a service does meanwhile.
absl::Status FilterCheck::FindDenied(const FilterKind& kind, const Advance& advance,
                                     Findings& findings) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<FilterBits> filter,
                           ReadFile(kind, advance, findings));
  if (!filter) return absl::OkStatus();
  const uint64_t first = segment_ * facts_->header.segment_events;
  DAYBOOK_ASSIGN_OR_RETURN(Connection file, OpenToRead(facts_->layout.Segment(segment_)));
  DAYBOOK_ASSIGN_OR_RETURN(WholeRows rows,
                           facts_->shape.Select(file, "WHERE id BETWEEN ?1 AND ?2"));
  rows.BindInteger(1, static_cast<int64_t>(first));
  rows.BindInteger(2, static_cast<int64_t>(facts_->SegmentEnd(segment_) - 1));
  RowCheck row(facts_->shape);
  Findings said_already;
  for (uint64_t looked_at = 1;; ++looked_at) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, rows.Step());
    if (!has_row) return absl::OkStatus();
    row.Take(rows.cells(), said_already);
    const absl::string_view denied = FirstDenied(kind, *filter, row.values());
    const auto seq = static_cast<uint64_t>(row.id());
    if (!denied.empty() && !findings.TellOfRows(seq, seq)) {
      findings.Add(
          Fault::kFilterMismatch, seq,
          absl::StrCat(NameOfFile(kind, segment_ / kFilterSegments), " lacks its ", denied));
      return absl::OkStatus();
    }
    if (looked_at % kRowsBetweenLooks == 0) DAYBOOK_RETURN_IF_ERROR(Tell(advance, 0));
  }
}

}  // namespace daybook::verify
