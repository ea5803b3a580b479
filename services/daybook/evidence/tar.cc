#include "daybook/evidence/tar.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"

namespace daybook::cli::evidence {
namespace {

constexpr size_t kBlock = 512;
using Block = std::array<char, kBlock>;

// Where the parts of a header lie.
struct Part {
  size_t offset;
  size_t size;
};
constexpr Part kName = {0, 100};
constexpr Part kMode = {100, 8};
constexpr Part kOwner = {108, 8};
constexpr Part kGroup = {116, 8};
constexpr Part kSize = {124, 12};
constexpr Part kTime = {136, 12};
constexpr Part kChecksum = {148, 8};
constexpr size_t kType = 156;
constexpr Part kMagic = {257, 8};
constexpr absl::string_view kUstar("ustar\00000", 8);

constexpr uint64_t kMode644 = 0644;
// The most that the field for sizes can say.
constexpr uint64_t kMaxFileBytes = (uint64_t{1} << 33) - 1;

void PutText(Part part, absl::string_view text, Block& header) {
  std::copy(text.begin(), text.end(), header.begin() + static_cast<ptrdiff_t>(part.offset));
}

void PutNumber(Part part, uint64_t number, Block& header) {
  PutText(part, absl::StrFormat("%0*o", static_cast<int>(part.size) - 1, number), header);
}

// As if the checksum were spaces.
uint64_t ChecksumOf(Block header) {
  std::fill_n(header.begin() + kChecksum.offset, kChecksum.size, ' ');
  return std::accumulate(header.begin(), header.end(), uint64_t{0}, [](uint64_t sum, char byte) {
    return sum + static_cast<unsigned char>(byte);
  });
}

Block HeaderOf(absl::string_view name, uint64_t size, int64_t seconds) {
  Block header = {};
  PutText(kName, name, header);
  PutNumber(kMode, kMode644, header);
  PutNumber(kOwner, 0, header);
  PutNumber(kGroup, 0, header);
  PutNumber(kSize, size, header);
  PutNumber(kTime, static_cast<uint64_t>(std::max<int64_t>(seconds, 0)), header);
  header[kType] = '0';
  PutText(kMagic, kUstar, header);
  PutText(kChecksum, absl::StrFormat("%06o", ChecksumOf(header)), header);
  header[kChecksum.offset + 7] = ' ';
  return header;
}

absl::string_view FieldIn(Part part, const Block& header) {
  const absl::string_view field(header.data() + part.offset, part.size);
  return field.substr(0, field.find('\0'));
}

std::optional<uint64_t> NumberIn(Part part, const Block& header) {
  const absl::string_view digits = absl::StripAsciiWhitespace(FieldIn(part, header));
  uint64_t number = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return std::nullopt;
    number = number * 8 + static_cast<uint64_t>(digit - '0');
  }
  if (digits.empty()) return std::nullopt;
  return number;
}

uint64_t Padding(uint64_t size) { return (kBlock - size % kBlock) % kBlock; }

// A name that stays in the folder it is unpacked into.
bool IsPlainName(absl::string_view name) {
  return !name.empty() && name.size() <= kName.size && !absl::StartsWith(name, "/") &&
         !absl::StrContains(name, "..") && !absl::EndsWith(name, "/");
}

absl::Status NoTarError(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a tar of this kind: ", why));
}

}  // namespace

TarWriter::TarWriter(std::string path, absl::Time time)
    : path_(std::move(path)),
      unfinished_(path_ + ".new"),
      seconds_(absl::ToUnixSeconds(time)),
      file_(unfinished_, std::ios::binary | std::ios::trunc) {}

TarWriter::~TarWriter() {
  if (is_finished_) return;
  file_.close();
  std::error_code error;
  std::filesystem::remove(unfinished_, error);
}

absl::Status TarWriter::Put(absl::string_view bytes) {
  errno = 0;
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file_.good()) return absl::OkStatus();
  return db::sqlite::FileError(absl::StrCat("write ", path_), errno == 0 ? EIO : errno);
}

absl::Status TarWriter::Add(const std::string& name, absl::string_view bytes) {
  if (!IsPlainName(name) || bytes.size() > kMaxFileBytes) {
    return absl::InternalError(absl::StrCat("a tar cannot hold ", name));
  }
  const Block header = HeaderOf(name, bytes.size(), seconds_);
  DAYBOOK_RETURN_IF_ERROR(Put({header.data(), header.size()}));
  DAYBOOK_RETURN_IF_ERROR(Put(bytes));
  return Put(std::string(Padding(bytes.size()), '\0'));
}

absl::Status TarWriter::Finish() {
  DAYBOOK_RETURN_IF_ERROR(Put(std::string(2 * kBlock, '\0')));
  file_.close();
  DAYBOOK_RETURN_IF_ERROR(Put(""));  // says whether closing failed
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::ReplaceDurably(unfinished_, path_));
  is_finished_ = true;
  return absl::OkStatus();
}

absl::StatusOr<TarReader> TarReader::Open(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return absl::NotFoundError(absl::StrCat("there is no file ", path));
  }
  TarReader reader(std::ifstream(path, std::ios::binary));
  DAYBOOK_RETURN_IF_ERROR(reader.ReadIndex());
  return reader;
}

absl::Status TarReader::ReadIndex() {
  file_.seekg(0, std::ios::end);
  const auto end = static_cast<uint64_t>(file_.tellg());
  uint64_t at = 0;
  while (true) {
    Block header = {};
    file_.seekg(static_cast<std::streamoff>(at));
    if (!file_.read(header.data(), header.size())) return NoTarError("it is cut off");
    at += kBlock;
    if (header == Block{}) return absl::OkStatus();
    const std::optional<uint64_t> size = NumberIn(kSize, header);
    if (NumberIn(kChecksum, header) != ChecksumOf(header) || !size || *size > kMaxFileBytes) {
      return NoTarError("a header is damaged");
    }
    const std::string name(FieldIn(kName, header));
    if (header[kType] != '0' || !IsPlainName(name)) return NoTarError("it has more than files");
    if (*size > end - at) return NoTarError("it is cut off");
    if (!files_.emplace(name, Place{.offset = at, .size = *size}).second) {
      return NoTarError(absl::StrCat(name, " is in it twice"));
    }
    at += *size + Padding(*size);
  }
}

absl::StatusOr<std::string> TarReader::Read(const std::string& name) {
  const auto found = files_.find(name);
  if (found == files_.end()) return absl::NotFoundError(absl::StrCat("no ", name, " in it"));
  std::string bytes(found->second.size, '\0');
  file_.seekg(static_cast<std::streamoff>(found->second.offset));
  if (file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return bytes;
  return NoTarError("it cannot be read");
}

}  // namespace daybook::cli::evidence
