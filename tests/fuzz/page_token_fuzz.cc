#include <cstdlib>

#include "fuzz_target.h"
#include "query/page_token.h"

// No text is a token unless it was made with the key.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const daybook::query::PageTokens* const tokens =
      new daybook::query::PageTokens("a key that the fuzzer does not know");
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (tokens->Open(text, "query", absl::UnixEpoch()).ok()) std::abort();
  return 0;
}
