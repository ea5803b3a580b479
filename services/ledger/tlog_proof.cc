#include "ledger/tlog_proof.h"

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "ledger/canonical_text.h"

namespace daybook::ledger {
namespace {

constexpr absl::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr absl::string_view kExtra = "extra ";
constexpr absl::string_view kIndex = "index ";
// What a tree of 2^64 leaves needs.
constexpr size_t kMaxHashes = 64;

absl::Status NoProofError(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("this is no proof: ", why));
}

// Takes a line from the front; nothing where its end is missing.
std::optional<absl::string_view> TakeLine(absl::string_view& bytes) {
  const size_t end = bytes.find('\n');
  if (end == absl::string_view::npos) return std::nullopt;
  const absl::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string FormatTlogProof(const TlogProof& proof) {
  std::string text = absl::StrCat(kFirstLine, "\n");
  if (!proof.extra.empty()) absl::StrAppend(&text, kExtra, ToBase64(proof.extra), "\n");
  absl::StrAppend(&text, kIndex, proof.index.value(), "\n");
  for (const Hash& hash : proof.hashes) absl::StrAppend(&text, ToBase64(hash), "\n");
  return absl::StrCat(text, "\n", proof.checkpoint);
}

absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view bytes) {
  if (TakeLine(bytes) != kFirstLine) {
    return NoProofError(absl::StrCat("its first line is not ", kFirstLine));
  }
  TlogProof proof;
  std::optional<absl::string_view> line = TakeLine(bytes);
  if (line && absl::ConsumePrefix(&*line, kExtra)) {
    const std::optional<std::string> extra = FromBase64(*line);
    if (!extra || extra->empty()) return NoProofError("what follows `extra` is not base64");
    proof.extra = *extra;
    line = TakeLine(bytes);
  }
  const bool has_index = line && absl::ConsumePrefix(&*line, kIndex);
  const std::optional<uint64_t> index = has_index ? ParseDecimal(*line) : std::nullopt;
  if (!index) return NoProofError("it has no index");
  proof.index = Seq(*index);
  for (line = TakeLine(bytes); line && !line->empty(); line = TakeLine(bytes)) {
    const std::optional<Hash> hash = HashFromBase64(*line);
    if (!hash || proof.hashes.size() == kMaxHashes) {
      return NoProofError("a line of it is no hash, or there are too many");
    }
    proof.hashes.push_back(*hash);
  }
  if (!line) return NoProofError("no checkpoint follows");
  proof.checkpoint = std::string(bytes);
  return proof;
}

}  // namespace daybook::ledger
