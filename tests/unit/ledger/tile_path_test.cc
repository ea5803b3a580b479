#include "ledger/tile_path.h"

#include <limits>

#include <gmock/gmock.h>

#include "ledger/entry_bundle.h"

namespace daybook::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(TilePath, IsReadAsItIsWritten) {
  for (const auto& [path, text] : std::vector<std::pair<TilePath, std::string>>{
           {{.level = 0, .number = 0}, "tile/0/000"},
           {{.level = 1, .number = 999}, "tile/1/999"},
           {{.level = 2, .number = 1000}, "tile/2/x001/000"},
           {{.level = 63, .number = 1234067}, "tile/63/x001/x234/067"},
           {{.level = 0, .number = 5, .width = 255}, "tile/0/005.p/255"},
           {{.level = std::nullopt, .number = 1234067, .width = 1},
            "tile/entries/x001/x234/067.p/1"},
           {{.level = std::nullopt, .number = 273}, "tile/entries/273"},
           {{.level = 0, .number = std::numeric_limits<uint64_t>::max()},
            "tile/0/x018/x446/x744/x073/x709/x551/615"}}) {
    EXPECT_EQ(FormatTilePath(path), text);
    EXPECT_THAT(ParseTilePath(text), Optional(path));
  }
}

TEST(TilePath, IsRefusedWhereItsFormIsAnother) {
  for (const char* const wrong : {"",
                                  "tile",
                                  "tile/",
                                  "tile/0",
                                  "tile/0/",
                                  "tile/0/0",
                                  "tile/0/00",
                                  "tile/0/0000",
                                  "tile/00/000",
                                  "tile/64/000",
                                  "tile/-1/000",
                                  "tile/x/000",
                                  "tile/data/000",
                                  "/tile/0/000",
                                  "tile/0/000/",
                                  "tile/0/x000",
                                  "tile/0/x000/000",
                                  "tile/0/001/000",
                                  "tile/0/x001/x000",
                                  "tile/0/X001/000",
                                  "tile/0/xx01/000",
                                  "tile/0/000.p",
                                  "tile/0/000.p/",
                                  "tile/0/000.p/0",
                                  "tile/0/000.p/256",
                                  "tile/0/000.p/07",
                                  "tile/0/000.p/7/",
                                  "tile/0/000.p/-7",
                                  "tile/0/000.q/7",
                                  "tile/0/000/7",
                                  "tile/0/x001.p/7",
                                  "tile/0/x001.p/000",
                                  "tile/0/ 00",
                                  "tile/0/+00",
                                  "tile/0/x018/x446/x744/x073/x709/x551/616",
                                  "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
                                  "tile/0/../000",
                                  "tile/entries",
                                  "tile/entries/x"}) {
    EXPECT_EQ(ParseTilePath(wrong), std::nullopt) << wrong;
  }
}

TEST(EntryBundle, IsReadAsItIsWritten) {
  std::string bundle;
  const std::string large(20'000, 'x');
  for (const std::string& entry : {std::string("one"), std::string(), large}) {
    AppendEntry(entry, bundle);
  }

  EXPECT_EQ(bundle.substr(0, 7), std::string("\0\3one\0\0", 7));
  EXPECT_THAT(ParseEntryBundle(bundle), Optional(ElementsAre("one", "", large)));
  EXPECT_THAT(ParseEntryBundle(""), Optional(::testing::IsEmpty()));
}

TEST(EntryBundle, IsRefusedWhereItIsCutShort) {
  std::string bundle;
  AppendEntry("one", bundle);
  for (size_t size = 1; size < bundle.size(); ++size) {
    EXPECT_EQ(ParseEntryBundle(bundle.substr(0, size)), std::nullopt) << size;
  }
  EXPECT_EQ(ParseEntryBundle(bundle + "x"), std::nullopt);
}

}  // namespace
}  // namespace daybook::ledger
