#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace daybook::testing {

// The files below `folder`, of whatever kind, in which `bytes` stand.
inline std::vector<std::string> FilesHolding(const std::string& folder, const std::string& bytes) {
  std::vector<std::string> holding;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)),
                              std::istreambuf_iterator<char>());
    if (content.find(bytes) != std::string::npos) holding.push_back(entry.path().filename());
  }
  return holding;
}

}  // namespace daybook::testing
