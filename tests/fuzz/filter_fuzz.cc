#include <cstdlib>

#include "daybook/audit/v1/event.pb.h"
#include "fuzz_target.h"
#include "query/filter.h"
#include "query/match.h"

// Whatever the text, parsing ends with a filter that can be asked, or with an
// error that names the field.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = daybook::query::Filter::Parse(text);
  if (filter.ok()) {
    daybook::query::Matches(*filter, daybook::audit::v1::Event());
    (void)filter->Normalised();
  } else if (filter.status().code() != absl::StatusCode::kInvalidArgument) {
    std::abort();
  }
  return 0;
}
