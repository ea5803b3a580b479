#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace daybook::golden {

inline std::string PathOf(const std::string& name) {
  return std::string(DAYBOOK_GOLDEN_DIR "/") + name;
}

// "" where there is no such file.
inline std::string ReadGolden(const std::string& name) {
  std::ifstream file(PathOf(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace daybook::golden
