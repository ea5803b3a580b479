#pragma once

#include <string>

namespace daybook::bench {

// Writes everything to the disk and forgets what memory holds of the files
// below `path`; says by which means.
std::string MakeCold(const std::string& path);

// Reads the files below `path`, so that memory holds them as far as it can: some
// machines take back in a minute what nobody uses.
void MakeWarm(const std::string& path);

}  // namespace daybook::bench
