#include "storage/sqlite/reader_pool.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::storage::sqlite {
namespace {

constexpr size_t kMaxIdle = 64;

absl::Status MissingSegmentError(uint64_t segment) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat("segment ", segment, " is missing"));
}

}  // namespace

absl::Status ReaderPool::With(uint64_t segment,
                              absl::FunctionRef<absl::Status(SegmentReader&)> use) {
  std::unique_ptr<SegmentReader> reader = TakeIdle(segment);
  if (reader == nullptr) {
    absl::StatusOr<SegmentReader> opened = SegmentReader::Open(layout_.Segment(segment));
    if (absl::IsNotFound(opened.status())) return MissingSegmentError(segment);
    if (!opened.ok()) return std::move(opened).status();
    reader = std::make_unique<SegmentReader>(*std::move(opened));
  }
  absl::Status outcome = use(*reader);
  // After an error the connection is not trusted again.
  if (outcome.ok()) GiveBack(segment, std::move(reader));
  return outcome;
}

void ReaderPool::CloseIdle() {
  std::vector<Idle> closed;  // outside the lock
  const MutexLock lock(mutex_);
  closed.swap(idle_);
}

std::unique_ptr<SegmentReader> ReaderPool::TakeIdle(uint64_t segment) {
  const MutexLock lock(mutex_);
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                  [segment](const Idle& idle) { return idle.first == segment; });
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<SegmentReader> reader = std::move(found->second);
  idle_.erase(std::next(found).base());
  return reader;
}

void ReaderPool::GiveBack(uint64_t segment, std::unique_ptr<SegmentReader> reader) {
  std::unique_ptr<SegmentReader> oldest;  // closed outside the lock
  const MutexLock lock(mutex_);
  idle_.emplace_back(segment, std::move(reader));
  if (idle_.size() <= kMaxIdle) return;
  oldest = std::move(idle_.front().second);
  idle_.erase(idle_.begin());
}

}  // namespace daybook::storage::sqlite
