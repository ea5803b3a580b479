#include "storage/scan_cursor.h"

#include <algorithm>

namespace daybook::storage {

ScanCursor::ScanCursor(const ScanRequest& request, Seq begin, LogSize as_of)
    : newest_first_(IsDescending(request.order)),
      budget_(request.budget),
      begin_(std::min(begin.value(), as_of.value())),
      end_(as_of.value()) {
  if (!request.last_examined) return;
  if (newest_first_) {
    end_ = std::max(begin_, std::min(end_, request.last_examined->value()));
  } else {
    begin_ = std::max(begin_, std::min(end_, request.last_examined->value() + 1));
  }
}

std::optional<Seq> ScanCursor::next() const {
  if (stopped_ || budget_ == 0 || begin_ >= end_) return std::nullopt;
  return newest_first_ ? Seq(end_ - 1) : Seq(begin_);
}

ScanCursor::Step ScanCursor::Take(uint64_t length, uint64_t segment) {
  const uint64_t allowed = std::min(length, end_ - begin_);
  return newest_first_ ? TakeDescending(allowed, segment) : TakeAscending(allowed, segment);
}

void ScanCursor::Charge(uint64_t events) { budget_ -= std::min(budget_, events); }

ScanCursor::Step ScanCursor::TakeAscending(uint64_t length, uint64_t segment) {
  const uint64_t first = begin_;
  begin_ = std::min(first + length, (first / segment + 1) * segment);
  return {.first = Seq(first), .last = Seq(begin_ - 1)};
}

ScanCursor::Step ScanCursor::TakeDescending(uint64_t length, uint64_t segment) {
  const uint64_t last = end_ - 1;
  end_ = std::max(end_ - length, last / segment * segment);
  return {.first = Seq(end_), .last = Seq(last)};
}

void ScanCursor::StopBehind(Seq seq) {
  stopped_ = true;
  if (newest_first_) {
    end_ = seq.value();
  } else {
    begin_ = seq.value() + 1;
  }
}

std::optional<Seq> ScanCursor::last_examined() const {
  if (begin_ >= end_) return std::nullopt;
  return newest_first_ ? Seq(end_) : Seq(begin_ - 1);
}

}  // namespace daybook::storage
