#include "bench/sizes.h"

#include "absl/strings/str_cat.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kThousand = 1'000;
constexpr uint64_t kMillion = 1'000'000;

}  // namespace

Sizes FullSizes() {
  return {.turn = absl::Seconds(2),
          .rounds = 5,
          .step = kMillion,
          .batch1000 = 20 * kMillion,
          .batch100 = 3 * kMillion,
          .streamed = 3 * kMillion,
          .ledger_turn = kMillion,
          .query_marks = {2 * kMillion, 5 * kMillion, 20 * kMillion},
          .raw = 5 * kMillion,
          .table_marks = {500 * kThousand, kMillion, 2 * kMillion, 5 * kMillion},
          .table_window = 50 * kThousand,
          .copied = kMillion,
          .verified = 20 * kMillion,
          .checked_rows = 10 * kMillion,
          .rebuilt_rows = kMillion,
          .questioned = 20 * kMillion,
          .questions = 500,
          .asked_turn = 300 * kThousand,
          .failures_turn = 250 * kThousand,
          .paired_rounds = 15,
          .query_patience = absl::Seconds(30),
          .queries = 1'000};
}

Sizes QuickSizes() {
  return {.turn = absl::Milliseconds(300),
          .rounds = 1,
          .step = 100 * kThousand,
          .batch1000 = 500 * kThousand,
          .batch100 = 100 * kThousand,
          .streamed = 100 * kThousand,
          .ledger_turn = 100 * kThousand,
          .query_marks = {200 * kThousand, 500 * kThousand},
          .raw = 200 * kThousand,
          .table_marks = {50 * kThousand, 100 * kThousand},
          .table_window = 5 * kThousand,
          .copied = 50 * kThousand,
          .verified = 600 * kThousand,
          .checked_rows = 200 * kThousand,
          .rebuilt_rows = 100 * kThousand,
          .questioned = 200 * kThousand,
          .questions = 200,
          .asked_turn = 50 * kThousand,
          .failures_turn = 50 * kThousand,
          .paired_rounds = 3,
          .query_patience = absl::Milliseconds(500),
          .queries = 100};
}

std::string SizeName(uint64_t events) {
  if (events >= kMillion && events % kMillion == 0) return absl::StrCat(events / kMillion, "m");
  if (events >= kThousand && events % kThousand == 0) return absl::StrCat(events / kThousand, "k");
  return absl::StrCat(events);
}

}  // namespace daybook::bench
