#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace daybook::cli {

// What an export was asked for. The same is one that goes on where it stopped.
struct ExportAsked {
  std::string filter;  // as on the command line, with its durations
  std::string format;
  uint64_t as_of_size = 0;

  bool operator==(const ExportAsked&) const = default;
};

// How far an export is.
struct ExportState {
  ExportAsked asked = {};
  std::string filter = {};  // with its durations as times, the same whenever it is asked
  uint64_t as_of_size = 0;  // that the export is pinned to; 0 before the first page
  uint64_t bytes = 0;       // of the unfinished file that are whole lines
  uint64_t events = 0;      // in them
  std::optional<uint64_t> last_seq = std::nullopt;
  bool is_whole = false;  // nothing but its name is missing
  // What the next page is asked with.
  std::string sent_filter = {};
  uint64_t sent_as_of_size = 0;
  std::string page_token = {};
};

// As text, and back. DATA_LOSS for text that is none.
std::string ToText(const ExportState& state);
absl::StatusOr<ExportState> ParseExportState(const std::string& text);

}  // namespace daybook::cli
