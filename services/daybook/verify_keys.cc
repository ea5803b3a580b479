#include "daybook/verify_keys.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "core/status_macros.h"

namespace daybook::cli {
namespace {

constexpr char kKeyFile[] = "/verifier.key";

std::optional<std::string> ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status AddKeys(const std::string& lines, const std::string& from,
                     std::vector<ledger::VerifierKey>& keys) {
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty()) continue;
    auto key = ledger::VerifierKey::Parse(text);
    if (!key.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(from, ": ", key.status().message()));
    }
    keys.push_back(*std::move(key));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifyKeys> ReadKeys(const std::vector<std::string>& given,
                                    const std::string& signer_dir) {
  VerifyKeys found;
  for (const std::string& each : given) {
    const std::optional<std::string> content = ContentOf(each);
    DAYBOOK_RETURN_IF_ERROR(AddKeys(content.value_or(each), content ? each : "--key", found.keys));
  }
  if (!given.empty()) {
    if (found.keys.empty()) return absl::InvalidArgumentError("--key: there is no key in it");
    found.source = KeySource::kGiven;
    return found;
  }
  const std::string path = signer_dir + kKeyFile;
  const std::optional<std::string> content = ContentOf(path);
  if (!content) return found;
  DAYBOOK_RETURN_IF_ERROR(AddKeys(*content, path, found.keys));
  if (!found.keys.empty()) found.source = KeySource::kStore;
  return found;
}

absl::StatusOr<verify::SignedHead> ReadCheckpointFile(const std::string& path,
                                                      std::span<const ledger::VerifierKey> keys) {
  const std::optional<std::string> note = ContentOf(path);
  if (!note) return absl::InvalidArgumentError(absl::StrCat(path, " cannot be read"));
  const auto checkpoint = verify::OpenCheckpoint(*note, keys);
  if (!checkpoint.ok()) {
    return absl::Status(checkpoint.status().code(),
                        absl::StrCat(path, ": ", checkpoint.status().message()));
  }
  return verify::SignedHead{.head = checkpoint->head, .origin = checkpoint->origin, .name = path};
}

}  // namespace daybook::cli
