#include "storage/sqlite/sliced_filter.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <sys/mman.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/descriptor.h"

namespace daybook::storage::sqlite {
namespace {

constexpr mode_t kFileMode = 0640;

std::atomic_ref<uint64_t> Atomic(uint64_t& word) { return std::atomic_ref<uint64_t>(word); }

}  // namespace

absl::StatusOr<std::unique_ptr<SlicedFilter>> SlicedFilter::Open(const Options& options) {
  const size_t bytes = kFilterHeaderBytes + options.words * sizeof(uint64_t);
  const auto error = [&options](int number) {
    return absl::ErrnoToStatus(number, absl::StrCat("filter ", options.path));
  };
  const db::sqlite::Descriptor file(
      open(options.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (file.number() < 0) return error(errno);
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return error(errno);
  const bool fits = static_cast<size_t>(status.st_size) == bytes;
  if (!fits && ftruncate(file.number(), 0) != 0) return error(errno);
  // A page of a mapping that finds no room on the disk ends the process.
  if (const int full = posix_fallocate(file.number(), 0, static_cast<off_t>(bytes)); full != 0) {
    return error(full);
  }
  void* const mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (mapping == MAP_FAILED) return error(errno);
  std::unique_ptr<SlicedFilter> filter(new SlicedFilter(mapping, bytes, options.words));
  filter->Trust(options);
  return filter;
}

void SlicedFilter::Trust(const Options& options) {
  if (header_.magic != kFilterMagic || header_.words != options.words) {
    std::memset(mapping_, 0, bytes_);
    header_.words = options.words;
    header_.magic = kFilterMagic;
  }
  FilterBoot this_boot{};
  options.boot.copy(this_boot.data(), this_boot.size());
  if (options.boot.empty() || header_.boot != this_boot) header_.added = header_.synced;
  header_.boot = this_boot;
  for (uint64_t segment = 0; segment < kSegments; ++segment) {
    if (header_.tags[segment] == options.tags[segment]) continue;
    header_.added &= ~(uint64_t{1} << segment);
    header_.synced &= ~(uint64_t{1} << segment);
  }
}

SlicedFilter::SlicedFilter(void* mapping, size_t bytes, uint64_t words)
    : mapping_(mapping),
      bytes_(bytes),
      words_(words),
      header_(*static_cast<FilterHeader*>(mapping)),
      slices_(reinterpret_cast<uint64_t*>(static_cast<char*>(mapping) + kFilterHeaderBytes)) {}

SlicedFilter::~SlicedFilter() { munmap(mapping_, bytes_); }

uint64_t SlicedFilter::added() const {
  return Atomic(header_.added).load(std::memory_order_acquire);
}

uint64_t SlicedFilter::MayHave(uint64_t key) const {
  const uint64_t changes = changes_.load(std::memory_order_acquire);
  uint64_t segments = added();
  const uint64_t unknown = ~segments;
  FilterPlaces places(key, words_);
  for (int probe = 0; probe < kFilterProbes && segments != 0; ++probe) {
    segments &= Atomic(slices_[places.Next()]).load(std::memory_order_acquire);
  }
  // Whoever meets a bit that is being taken out sees the change of the count too.
  const bool is_torn = changes % 2 != 0 || changes_.load(std::memory_order_acquire) != changes;
  return is_torn ? ~uint64_t{0} : segments | unknown;
}

void SlicedFilter::TakeOut(uint64_t segment) {
  const uint64_t bit = uint64_t{1} << segment;
  changes_.fetch_add(1, std::memory_order_acq_rel);
  Atomic(header_.added).fetch_and(~bit, std::memory_order_release);
  if ((header_.synced & bit) != 0) {
    // On the disk too, before any of its bits goes: whoever starts after the machine went
    // down meanwhile may know the segment under the old tag still.
    header_.synced &= ~bit;
    msync(mapping_, kFilterHeaderBytes, MS_SYNC);
  }
  for (uint64_t place = 0; place < words_; ++place) {
    const auto word = Atomic(slices_[place]);
    const uint64_t has = word.load(std::memory_order_relaxed);
    if ((has & bit) != 0) word.store(has & ~bit, std::memory_order_release);
  }
  changes_.fetch_add(1, std::memory_order_acq_rel);
}

// What an earlier, unfinished Add of the same content has set stays: it only makes
// MayHave say more.
void SlicedFilter::Add(uint64_t segment, uint64_t tag, const std::vector<uint64_t>& keys) {
  const uint64_t bit = uint64_t{1} << segment;
  if (header_.tags[segment] != 0 && header_.tags[segment] != tag) TakeOut(segment);
  header_.tags[segment] = tag;
  for (const uint64_t key : keys) {
    FilterPlaces places(key, words_);
    for (int probe = 0; probe < kFilterProbes; ++probe) {
      const auto word = Atomic(slices_[places.Next()]);
      word.store(word.load(std::memory_order_relaxed) | bit, std::memory_order_relaxed);
    }
  }
  Atomic(header_.added).fetch_or(bit, std::memory_order_release);
}

absl::Status SlicedFilter::Sync() {
  // First the bits, then the word that they are there.
  if (msync(mapping_, bytes_, MS_SYNC) != 0) return absl::ErrnoToStatus(errno, "sync filter");
  header_.synced = header_.added;
  if (msync(mapping_, kFilterHeaderBytes, MS_SYNC) != 0)
    return absl::ErrnoToStatus(errno, "sync filter");
  return absl::OkStatus();
}

std::string BootId() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return id;
}

}  // namespace daybook::storage::sqlite
