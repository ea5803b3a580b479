#include "detect/value_window.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "ledger/hash.h"

namespace daybook::detect {
namespace {

// Half of a SHA-256: nobody finds two values of one digest, also not on purpose.
absl::uint128 DigestOf(absl::string_view value) {
  const ledger::Hash hash = ledger::Sha256(value);
  absl::uint128 digest = 0;
  std::memcpy(&digest, hash.data(), sizeof(digest));
  return digest;
}

}  // namespace

void ValueWindow::Add(Occurrence occurrence, absl::string_view value) {
  const Digest digest = DigestOf(value);
  const auto found = places_.find(digest);
  if (found != places_.end()) {
    found->second->newest = occurrence;
    by_time_.splice(by_time_.end(), by_time_, found->second);
    return;
  }
  if (count() == kept_) DropOldest();
  by_time_.push_back({.digest = digest, .newest = occurrence});
  places_.emplace(digest, std::prev(by_time_.end()));
}

void ValueWindow::DropUntil(Micros time) {
  while (!by_time_.empty() && by_time_.front().newest.time <= time) DropOldest();
}

void ValueWindow::DropOldest() {
  places_.erase(by_time_.front().digest);
  by_time_.pop_front();
}

std::vector<uint64_t> ValueWindow::Newest(size_t limit) const {
  std::vector<uint64_t> seqs;
  const size_t shown = std::min(limit, count());
  seqs.reserve(shown);
  std::transform(by_time_.rbegin(),
                 std::next(by_time_.rbegin(), static_cast<std::ptrdiff_t>(shown)),
                 std::back_inserter(seqs), [](const Value& value) { return value.newest.seq; });
  std::reverse(seqs.begin(), seqs.end());
  return seqs;
}

}  // namespace daybook::detect
