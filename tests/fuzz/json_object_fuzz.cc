#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "fuzz_target.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "schema/json_object.h"
#include "schema/utf8.h"

// What is accepted must be accepted by another parser too, as far as that one's
// nesting goes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!daybook::schema::CountCharacters(text)) return 0;
  if (daybook::schema::BrokenAsJsonObject(text)) return 0;
  google::protobuf::Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &parsed);
  const std::string problem = absl::AsciiStrToLower(std::string(status.message()));
  const bool is_limit = absl::StrContains(problem, "deep") || absl::StrContains(problem, "number");
  if (!status.ok() && !is_limit) std::abort();
  return 0;
}
