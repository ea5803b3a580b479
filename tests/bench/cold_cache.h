#pragma once

#include <string>

namespace daybook::bench {

// Writes everything to the disk and forgets what memory holds of the files
// below `path`; says by which means.
std::string MakeCold(const std::string& path);

}  // namespace daybook::bench
