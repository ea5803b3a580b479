#include "detect/event_window.h"

#include <algorithm>

namespace daybook::detect {

void EventWindow::Add(Occurrence occurrence) {
  if (count() == kept_) Drop(1);
  occurrences_.push_back(occurrence);
}

void EventWindow::DropUntil(Micros time) {
  const auto begin = occurrences_.begin() + static_cast<std::ptrdiff_t>(begin_);
  const auto first = std::partition_point(begin, occurrences_.end(),
                                          [time](const auto& event) { return event.time <= time; });
  Drop(static_cast<size_t>(first - begin));
}

// Moves the rest only once it is the smaller half.
void EventWindow::Drop(size_t count) {
  begin_ += count;
  if (begin_ * 2 < occurrences_.size() || begin_ == 0) return;
  occurrences_.erase(occurrences_.begin(),
                     occurrences_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  if (occurrences_.empty()) occurrences_.shrink_to_fit();
}

std::vector<uint64_t> EventWindow::Newest(size_t limit) const {
  std::vector<uint64_t> seqs;
  const size_t shown = std::min(limit, count());
  seqs.reserve(shown);
  for (size_t i = occurrences_.size() - shown; i < occurrences_.size(); ++i) {
    seqs.push_back(occurrences_[i].seq);
  }
  return seqs;
}

}  // namespace daybook::detect
