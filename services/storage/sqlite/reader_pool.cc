#include "storage/sqlite/reader_pool.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/errors.h"
#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

constexpr size_t kMaxIdle = 256;

absl::Status MissingSegmentError(uint64_t segment) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat("segment ", segment, " is missing"));
}

}  // namespace

absl::Status ReaderPool::With(uint64_t segment,
                              absl::FunctionRef<absl::Status(SegmentReader&)> use) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<SegmentReader> reader, Take(segment));
  absl::Status outcome = use(*reader);
  // After an error the connection is not trusted again.
  if (!outcome.ok()) reader.reset();
  GiveBack(segment, std::move(reader));
  return outcome;
}

absl::StatusOr<std::unique_ptr<SegmentReader>> ReaderPool::Take(uint64_t segment) {
  bool sealed = false;
  {
    const MutexLock lock(mutex_);
    while (shut_.contains(segment)) changed_.Wait(mutex_);
    ++lent_[segment];
    if (auto idle = TakeIdle(segment)) return idle;
    sealed = segment < sealed_end_;
  }
  auto opened = Open(segment, sealed);
  if (!opened.ok()) GiveBack(segment, nullptr);
  return opened;
}

absl::StatusOr<std::unique_ptr<SegmentReader>> ReaderPool::Open(uint64_t segment,
                                                                bool sealed) const {
  const std::string path = layout_.Segment(segment);
  absl::StatusOr<SegmentReader> opened =
      sealed ? SegmentReader::OpenSealed(path, Seq(segment * segment_events_),
                                         Seq((segment + 1) * segment_events_ - 1))
             : SegmentReader::Open(path);
  if (absl::IsNotFound(opened.status())) return MissingSegmentError(segment);
  if (!opened.ok()) return std::move(opened).status();
  return std::make_unique<SegmentReader>(*std::move(opened));
}

absl::Status ReaderPool::WithoutReaders(uint64_t segment, absl::Duration patience,
                                        absl::FunctionRef<absl::Status()> change) {
  absl::Status outcome =
      Shut(segment, patience)
          ? change()
          : ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable,
                            absl::StrCat("segment ", segment, " is being read"));
  Reopen(segment);
  return outcome;
}

bool ReaderPool::Shut(uint64_t segment, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  std::vector<std::unique_ptr<SegmentReader>> closed;  // outside the lock
  const MutexLock lock(mutex_);
  shut_.insert(segment);
  while (auto idle = TakeIdle(segment)) closed.push_back(std::move(idle));
  while (lent_.contains(segment) && absl::Now() < deadline) {
    changed_.WaitFor(mutex_, deadline - absl::Now());
  }
  return !lent_.contains(segment);
}

void ReaderPool::Reopen(uint64_t segment) {
  {
    const MutexLock lock(mutex_);
    shut_.erase(segment);
  }
  changed_.NotifyAll();
}

void ReaderPool::SetSealed(uint64_t end) {
  const MutexLock lock(mutex_);
  sealed_end_ = end;
}

void ReaderPool::CloseIdle() {
  std::vector<Idle> closed;  // outside the lock
  const MutexLock lock(mutex_);
  closed.swap(idle_);
}

std::unique_ptr<SegmentReader> ReaderPool::TakeIdle(uint64_t segment) {
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                  [segment](const Idle& idle) { return idle.first == segment; });
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<SegmentReader> reader = std::move(found->second);
  idle_.erase(std::next(found).base());
  return reader;
}

void ReaderPool::GiveBack(uint64_t segment, std::unique_ptr<SegmentReader> reader) {
  std::unique_ptr<SegmentReader> closed;  // outside the lock
  {
    const MutexLock lock(mutex_);
    if (reader != nullptr && !shut_.contains(segment)) {
      idle_.emplace_back(segment, std::move(reader));
      if (idle_.size() > kMaxIdle) {
        closed = std::move(idle_.front().second);
        idle_.erase(idle_.begin());
      }
    }
    // What is still in `reader` must be closed before it counts as given back.
    reader.reset();
    if (--lent_[segment] == 0) lent_.erase(segment);
    if (!shut_.contains(segment)) return;
  }
  changed_.NotifyAll();
}

}  // namespace daybook::storage::sqlite
