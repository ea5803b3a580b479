#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace daybook::golden {

inline std::string PathOf(const std::string& name) {
  return std::string(DAYBOOK_GOLDEN_DIR "/") + name;
}

// "" where there is no such file.
inline std::string ReadGolden(const std::string& name) {
  std::ifstream file(PathOf(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Expects the file to hold `text`; DAYBOOK_UPDATE_GOLDEN in the environment writes it.
// `advice` says when, and how.
inline void ExpectWritten(const std::string& text, const std::string& file,
                          const std::string& advice) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets the environment
  if (std::getenv("DAYBOOK_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(PathOf(file), std::ios::binary) << text;
  }
  EXPECT_EQ(text, ReadGolden(file)) << advice;
}

}  // namespace daybook::golden
