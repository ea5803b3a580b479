#include "journal/pruner.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "auth/principal.h"
#include "core/errors.h"
#include "core/status_macros.h"
#include "core/timestamp.h"
#include "journal/await.h"
#include "journal/service_event.h"
#include "ledger/canonical_text.h"
#include "ledger/checkpoint.h"
#include "ledger/tile_edge.h"
#include "ledger/tree.h"
#include "query/filter.h"

namespace daybook::journal {
namespace {

using ::daybook::admin::v1::PruneEventsRequest;
using ::daybook::admin::v1::PruneEventsResponse;
using ::daybook::ledger::Hash;
using ::daybook::ledger::Node;

// Of one call: their roots, of 47 bytes each, go into one event.
constexpr uint64_t kMostSpans = 300;

std::string PublicDetails(Seq first, Seq last, const OperatorWords& words,
                          std::span<const Hash> roots) {
  const std::string list = absl::StrJoin(roots, ",", [](std::string* out, const Hash& root) {
    absl::StrAppend(out, "\"", ledger::ToBase64(root), "\"");
  });
  return absl::StrCat(R"({"first":)", first.value(), R"(,"last":)", last.value(), ",",
                      JsonOf(words), R"(,"roots":[)", list, "]}");
}

}  // namespace

void Pruner::Prune(const PruneEventsRequest& request, Answer<PruneEventsResponse> answer) {
  RunOn<PruneEventsResponse>(
      pool_, [this, request] { return DoPrune(request); }, std::move(answer));
}

absl::StatusOr<Pruner::Wish> Pruner::Check(const PruneEventsRequest& request) {
  std::vector<FieldViolation> violations;
  Wish wish{.before = {},
            .outside = {},
            .words = CheckWords(request.by(), request.ticket(), request.reason(), violations),
            .most = Seq(request.has_first_kept_seq() ? request.first_kept_seq() : UINT64_MAX),
            .validate_only = request.validate_only()};
  const absl::StatusOr<Micros> before = FloorToMicros(request.before());
  if (request.has_before() && before.ok()) {
    wish.before = absl::FromUnixMicros(*before);
  } else {
    violations.push_back({.reason = Reason::kFieldInvalid,
                          .field = "before",
                          .description = "must say up to which record time"});
  }
  const auto outside = ledger::OpenCheckpoint(request.checkpoint(), options_.keys);
  if (outside.ok()) {
    wish.outside = outside->head;
  } else {
    violations.push_back({.reason = Reason::kFieldInvalid,
                          .field = "checkpoint",
                          .description = absl::StrCat("is no checkpoint that this log has signed: ",
                                                      outside.status().message())});
  }
  if (!violations.empty()) return InvalidFieldsError(violations);
  DAYBOOK_RETURN_IF_ERROR(CheckOutside(wish.outside));
  return wish;
}

// Signed is not enough: it must be of the history that is here.
absl::Status Pruner::CheckOutside(const ledger::TreeHead& outside) {
  absl::Status wrong = InvalidFieldError(
      {.reason = Reason::kFieldInvalid,
       .field = "checkpoint",
       .description = "is not of the log as it is here: find out why before anything is dropped"});
  if (outside.size > with_.store.Size()) return wrong;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> edge,
                           with_.store.ReadNodes(ledger::Cover(0, outside.size.value())));
  return ledger::Join(edge) == outside.root ? absl::OkStatus() : wrong;
}

absl::StatusOr<PruneEventsResponse> Pruner::DoPrune(const PruneEventsRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(const Wish wish, Check(request));
  const Seq begin = with_.store.Begin();
  DAYBOOK_ASSIGN_OR_RETURN(const Seq cut, FindCut(wish));
  Response response;
  response.set_first_kept_seq(cut.value());
  response.set_event_count(cut.value() - begin.value());
  if (wish.validate_only) return response;
  // Some of what an earlier call decided may be left.
  if (cut == begin) {
    DAYBOOK_RETURN_IF_ERROR(with_.store.Prune(begin));
    return response;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Seq declared, Declare(begin, cut, wish.words));
  response.set_declaration_seq(declared.value());
  DAYBOOK_RETURN_IF_ERROR(Await<Published>([&](Answer<Published> answer) {
                            with_.checkpointer.WhenCovered(LogSize(declared.value() + 1),
                                                           std::move(answer));
                          }).status());
  DAYBOOK_ASSIGN_OR_RETURN(const storage::Remains remains, Gather(begin, cut));
  with_.before_drop();
  DAYBOOK_RETURN_IF_ERROR(with_.retention.MoveBegin(cut, remains));
  with_.log.Write(telemetry::Severity::kInfo, "events_dropped",
                  {{"first_kept_seq", static_cast<int64_t>(cut.value())},
                   {"events", static_cast<int64_t>(cut.value() - begin.value())},
                   {"seq", static_cast<int64_t>(declared.value())}});
  DAYBOOK_RETURN_IF_ERROR(with_.store.Prune(cut));
  return response;
}

absl::StatusOr<Micros> Pruner::RecordTimeOf(Seq seq) {
  DAYBOOK_ASSIGN_OR_RETURN(const audit::v1::Event event, with_.store.Get(seq));
  return MicrosOf(event.created_at());
}

absl::StatusOr<Seq> Pruner::FindCut(const Wish& wish) {
  const uint64_t each = options_.span_events;
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t summed_up, with_.manifests.CountManifests());
  const uint64_t size = with_.store.Size().value();
  // The last event always stays.
  const uint64_t most = std::min({summed_up, wish.outside.size.value() / each,
                                  size == 0 ? 0 : (size - 1) / each, wish.most.value() / each});
  uint64_t cut = with_.store.Begin().value() / each;
  const uint64_t begin = cut;
  for (; cut < std::min(most, begin + kMostSpans); ++cut) {
    DAYBOOK_ASSIGN_OR_RETURN(const Micros last, RecordTimeOf(Seq((cut + 1) * each - 1)));
    if (absl::FromUnixMicros(last) >= wish.before) break;
  }
  if (cut == begin) return Seq(cut * each);
  DAYBOOK_RETURN_IF_ERROR(CheckLock(Seq(cut * each)));
  DAYBOOK_RETURN_IF_ERROR(CheckSummedUp(Seq(cut * each)));
  return Seq(cut * each);
}

absl::Status Pruner::CheckLock(Seq cut) {
  DAYBOOK_ASSIGN_OR_RETURN(const Micros last, RecordTimeOf(Seq(cut.value() - 1)));
  const absl::Time youngest = with_.clock.Now() - options_.min_retention;
  if (absl::FromUnixMicros(last) < youngest) return absl::OkStatus();
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, Reason::kRetentionLocked,
      absl::StrCat("this service keeps events for ", absl::FormatDuration(options_.min_retention),
                   " at least: ask for those before ", FormatTime(absl::ToUnixMicros(youngest))));
}

// What sums up the spans must be signed before they go.
absl::Status Pruner::CheckSummedUp(Seq cut) {
  const uint64_t last_span = cut.value() / options_.span_events - 1;
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<storage::StoredManifest> manifest,
                           with_.manifests.GetManifest(last_span));
  const Published newest = with_.checkpointer.newest();
  if (manifest && newest != nullptr && newest->head.size.Contains(manifest->seq)) {
    return absl::OkStatus();
  }
  return CheckpointPendingError("what sums up the last span is not signed yet", kCheckpointDelay);
}

// An earlier attempt may have said so.
absl::StatusOr<Seq> Pruner::Declare(Seq begin, Seq cut, const OperatorWords& words) {
  const Seq last(cut.value() - 1);
  const std::string request_id = absl::StrCat("prune:", begin.value(), "-", last.value());
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<Seq> said,
      FindServiceEvent(with_.store, storage::kPrunedAction, request_id, begin));
  if (said) return *said;
  std::vector<Node> spans;
  const auto height = static_cast<uint32_t>(std::countr_zero(options_.span_events));
  for (uint64_t span = begin.value() >> height; span < cut.value() >> height; ++span) {
    spans.push_back({.height = height, .index = span});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> roots, with_.store.ReadNodes(spans));
  return RecordServiceEvent({.action = storage::kPrunedAction,
                             .public_details = PublicDetails(begin, last, words, roots),
                             .request_id = request_id},
                            with_.rules, with_.clock.Now(), with_.commits);
}

// Of each checkpoint that is kept the way up from its last leaf, and of each word of
// the service the way up from it. What was dropped earlier has left its own.
absl::StatusOr<storage::Remains> Pruner::Gather(Seq begin, Seq cut) {
  storage::Remains remains;
  DAYBOOK_ASSIGN_OR_RETURN(remains.leaves, WordsOfService(begin, cut));
  std::set<uint64_t> leaves;
  for (const storage::Remains::Leaf& leaf : remains.leaves) leaves.insert(leaf.seq.value());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<LogSize> sizes, with_.checkpoints.Sizes());
  for (const LogSize size : sizes) {
    if (size.value() > begin.value() && size.value() <= cut.value()) {
      leaves.insert(size.value() - 1);
    }
  }
  std::set<std::pair<uint32_t, uint64_t>> tiles;
  for (const uint64_t leaf : leaves) {
    tiles.emplace(0, leaf / ledger::kTileWidth);
    tiles.emplace(1, leaf / ledger::kTileWidth / ledger::kTileWidth);
  }
  for (const auto& [level, number] : tiles) {
    DAYBOOK_ASSIGN_OR_RETURN(ledger::Tile tile, ReadTile(level, number));
    remains.tiles.push_back(std::move(tile));
  }
  return remains;
}

// What the service said of the log itself: without it, nobody could tell what is gone.
absl::StatusOr<std::vector<storage::Remains::Leaf>> Pruner::WordsOfService(Seq begin, Seq cut) {
  storage::ScanRequest scan;
  scan.order = storage::ScanOrder::kSeq;
  scan.as_of = LogSize(cut.value());
  if (begin.value() > 0) scan.last_examined = Seq(begin.value() - 1);
  DAYBOOK_ASSIGN_OR_RETURN(scan.filter,
                           query::Filter::Parse(absl::StrCat("producer = ", auth::kService)));
  std::vector<storage::Remains::Leaf> leaves;
  do {
    DAYBOOK_ASSIGN_OR_RETURN(const storage::ScanResult page, with_.store.Scan(scan));
    for (const audit::v1::Event& event : page.events) {
      const bool remains =
          event.source() == audit::v1::SOURCE_SERVICE && storage::OutlastsPruning(event.action());
      if (!remains) continue;
      DAYBOOK_ASSIGN_OR_RETURN(ledger::OpenedLeaf leaf, with_.store.GetLeaf(Seq(event.seq())));
      leaves.push_back({.seq = Seq(event.seq()), .bytes = std::move(leaf.bytes)});
    }
    scan.last_examined = page.last_examined;
  } while (scan.last_examined);
  return leaves;
}

absl::StatusOr<ledger::Tile> Pruner::ReadTile(uint32_t level, uint64_t number) {
  std::vector<Node> nodes;
  nodes.reserve(ledger::kTileWidth);
  for (uint64_t i = 0; i < ledger::kTileWidth; ++i) {
    nodes.push_back(
        {.height = level * ledger::kTileHeight, .index = number * ledger::kTileWidth + i});
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Hash> hashes, with_.store.ReadNodes(nodes));
  return ledger::Tile{.level = level, .number = number, .hashes = std::move(hashes)};
}

}  // namespace daybook::journal
