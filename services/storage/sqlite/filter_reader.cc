#include "storage/sqlite/filter_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

constexpr uint64_t kWordsAtOnce = 1 << 13;
constexpr uint64_t kWordsBetweenLooks = 1 << 17;

// Fills `bytes` from `place` on, as far as the file goes; how many there were.
absl::StatusOr<size_t> ReadAt(int file, uint64_t place, std::span<char> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(place + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return absl::DataLossError(absl::ErrnoToStatus(errno, "cannot be read").message());
    }
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

// Of each word its bit `segment`, 64 words to one.
void TakeSlice(std::span<const uint64_t> words, uint64_t segment, std::span<uint64_t> to) {
  const uint64_t bit = uint64_t{1} << segment;
  for (size_t at = 0; at < words.size(); at += 64) {
    const auto some = words.subspan(at, std::min<size_t>(64, words.size() - at));
    uint64_t taken = 0;
    for (size_t i = some.size(); i-- > 0;) {
      taken = taken * 2 + static_cast<uint64_t>((some[i] & bit) != 0);
    }
    to[at / 64] = taken;
  }
}

}  // namespace

absl::StatusOr<FilterReader> FilterReader::Open(Options options) {
  // What waits for somebody, as a pipe does, is not waited for.
  db::sqlite::Descriptor file(open(options.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) {
    if (errno == ENOENT) return absl::NotFoundError("there is no filter");
    return absl::ErrnoToStatus(errno, options.path);
  }
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return absl::ErrnoToStatus(errno, options.path);
  if (!S_ISREG(status.st_mode)) return absl::DataLossError("is no file");
  const uint64_t expected = kFilterHeaderBytes + options.words * sizeof(uint64_t);
  FilterReader reader(std::move(options), std::move(file));
  DAYBOOK_ASSIGN_OR_RETURN(const FilterHeader header, reader.ReadHeader());
  // As a crash leaves it that comes before the first segment is added.
  const bool is_begun = header.magic != 0 || header.added != 0 || header.synced != 0;
  if (!is_begun) return absl::NotFoundError("nothing has been added to the filter");
  if (header.magic != kFilterMagic) return absl::DataLossError("is no file of filters");
  if (header.words != reader.options_.words) {
    return absl::DataLossError(
        absl::StrCat("has filters of ", header.words, " bits, not ", reader.options_.words));
  }
  if (static_cast<uint64_t>(status.st_size) != expected) {
    return absl::DataLossError(absl::StrCat("has ", status.st_size, " bytes, not ", expected));
  }
  return reader;
}

absl::StatusOr<FilterHeader> FilterReader::ReadHeader() const {
  FilterHeader header{};
  char* const bytes = reinterpret_cast<char*>(&header);
  DAYBOOK_RETURN_IF_ERROR(ReadAt(file_.number(), 0, {bytes, sizeof(header)}).status());
  return header;
}

// What a service that has it in use trusts, and what one would that starts now.
uint64_t FilterReader::SegmentsIn(const FilterHeader& header) const {
  FilterBoot boot{};
  options_.boot.copy(boot.data(), boot.size());
  const bool is_of_this_boot = !options_.boot.empty() && header.boot == boot;
  return header.synced | (is_of_this_boot || options_.is_served ? header.added : 0);
}

absl::StatusOr<bool> FilterReader::IsAbout(uint64_t segment) const {
  DAYBOOK_ASSIGN_OR_RETURN(const FilterHeader header, ReadHeader());
  return (SegmentsIn(header) >> segment & 1) != 0;
}

// Whoever takes a segment out says so before, and puts other content in under another tag.
absl::StatusOr<std::optional<FilterBits>> FilterReader::Read(
    uint64_t segment, const std::function<absl::Status()>& go_on) const {
  DAYBOOK_ASSIGN_OR_RETURN(const FilterHeader before, ReadHeader());
  if ((SegmentsIn(before) >> segment & 1) == 0) return std::nullopt;
  FilterBits bits(options_.words);
  std::vector<uint64_t> words(std::min(kWordsAtOnce, options_.words));
  for (uint64_t at = 0; at < options_.words; at += words.size()) {
    if (at % kWordsBetweenLooks == 0) DAYBOOK_RETURN_IF_ERROR(go_on());
    const std::span<char> bytes(reinterpret_cast<char*>(words.data()),
                                words.size() * sizeof(uint64_t));
    DAYBOOK_ASSIGN_OR_RETURN(
        const size_t got,
        ReadAt(file_.number(), kFilterHeaderBytes + at * sizeof(uint64_t), bytes));
    if (got != bytes.size()) return absl::DataLossError("was cut short");
    TakeSlice(words, segment, bits.words().subspan(at / 64));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const FilterHeader after, ReadHeader());
  const bool is_same =
      (SegmentsIn(after) >> segment & 1) != 0 && after.tags[segment] == before.tags[segment];
  if (!is_same) return std::nullopt;
  return bits;
}

}  // namespace daybook::storage::sqlite
