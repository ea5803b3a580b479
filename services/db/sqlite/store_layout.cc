#include "db/sqlite/store_layout.h"

#include <algorithm>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include "core/errors.h"

namespace daybook::db::sqlite {

namespace fs = std::filesystem;

std::string StoreLayout::Segment(uint64_t number) const {
  return absl::StrFormat("%s/%06u.db", SegmentsFolder(), number);
}

absl::StatusOr<std::vector<uint64_t>> StoreLayout::SegmentNumbers() const {
  std::vector<uint64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator entry(SegmentsFolder(), error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    uint64_t number = 0;
    const bool is_number =
        absl::EndsWith(name, ".db") && absl::SimpleAtoi(absl::StripSuffix(name, ".db"), &number);
    // Of one segment there is one name.
    if (is_number && fs::path(Segment(number)).filename() == name) numbers.push_back(number);
  }
  if (error == std::errc::no_such_file_or_directory) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                           absl::StrCat(SegmentsFolder(), " is missing"));
  }
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("list ", SegmentsFolder()));
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::StatusOr<uint64_t> StoreLayout::SizeInBytes() const {
  uint64_t bytes = 0;
  std::error_code error;
  // The root of a file system has a lost+found that only root may read.
  constexpr auto kReadable = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(root_, kReadable, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;  // journals come and go meanwhile
    const uint64_t size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("list ", root_));
  return bytes;
}

}  // namespace daybook::db::sqlite
