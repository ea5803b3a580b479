#include "daybook/export_state.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "core/status_macros.h"

namespace daybook::cli {
namespace {

constexpr char kFirstLine[] = "daybook export 1";

// Lines of a name and its escaped value.
class Values {
 public:
  static absl::StatusOr<Values> Parse(const std::string& text) {
    const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
    if (lines.empty() || lines.front() != kFirstLine) return NoState();
    Values values;
    for (size_t i = 1; i < lines.size(); ++i) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(lines[i], absl::MaxSplits(' ', 1));
      if (!absl::CUnescape(parts.second, &values.named_[parts.first])) return NoState();
    }
    return values;
  }

  static absl::Status NoState() { return absl::DataLossError("holds no state of an export"); }

  absl::Status Take(const std::string& name, std::string& text) const {
    const auto found = named_.find(name);
    if (found == named_.end()) return NoState();
    text = found->second;
    return absl::OkStatus();
  }

  absl::Status Take(const std::string& name, uint64_t& number) const {
    std::string text;
    DAYBOOK_RETURN_IF_ERROR(Take(name, text));
    return absl::SimpleAtoi(text, &number) ? absl::OkStatus() : NoState();
  }

  bool Has(const std::string& name) const { return named_.contains(name); }

 private:
  std::map<std::string, std::string> named_;
};

template <typename Value>
void Put(absl::string_view name, const Value& value, std::string& text) {
  absl::StrAppend(&text, name, " ", absl::CEscape(absl::StrCat(value)), "\n");
}

}  // namespace

std::string ToText(const ExportState& state) {
  std::string text = absl::StrCat(kFirstLine, "\n");
  Put("asked_filter", state.asked.filter, text);
  Put("asked_format", state.asked.format, text);
  Put("asked_as_of_size", state.asked.as_of_size, text);
  Put("filter", state.filter, text);
  Put("as_of_size", state.as_of_size, text);
  Put("bytes", state.bytes, text);
  Put("events", state.events, text);
  if (state.last_seq) Put("last_seq", *state.last_seq, text);
  Put("is_whole", state.is_whole ? 1 : 0, text);
  Put("sent_filter", state.sent_filter, text);
  Put("sent_as_of_size", state.sent_as_of_size, text);
  Put("page_token", state.page_token, text);
  return text;
}

absl::StatusOr<ExportState> ParseExportState(const std::string& text) {
  DAYBOOK_ASSIGN_OR_RETURN(const Values values, Values::Parse(text));
  ExportState state;
  DAYBOOK_RETURN_IF_ERROR(values.Take("asked_filter", state.asked.filter));
  DAYBOOK_RETURN_IF_ERROR(values.Take("asked_format", state.asked.format));
  DAYBOOK_RETURN_IF_ERROR(values.Take("asked_as_of_size", state.asked.as_of_size));
  DAYBOOK_RETURN_IF_ERROR(values.Take("filter", state.filter));
  DAYBOOK_RETURN_IF_ERROR(values.Take("as_of_size", state.as_of_size));
  DAYBOOK_RETURN_IF_ERROR(values.Take("bytes", state.bytes));
  DAYBOOK_RETURN_IF_ERROR(values.Take("events", state.events));
  if (values.Has("last_seq")) {
    state.last_seq = 0;
    DAYBOOK_RETURN_IF_ERROR(values.Take("last_seq", *state.last_seq));
  }
  uint64_t is_whole = 0;
  DAYBOOK_RETURN_IF_ERROR(values.Take("is_whole", is_whole));
  state.is_whole = is_whole != 0;
  DAYBOOK_RETURN_IF_ERROR(values.Take("sent_filter", state.sent_filter));
  DAYBOOK_RETURN_IF_ERROR(values.Take("sent_as_of_size", state.sent_as_of_size));
  DAYBOOK_RETURN_IF_ERROR(values.Take("page_token", state.page_token));
  return state;
}

}  // namespace daybook::cli
