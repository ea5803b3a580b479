#include "contract/manifest_store_contract.h"

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::storage::StoredManifest;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::Eq;
using ::testing::Optional;

namespace {

const StoredManifest kFirstSpan = {
    .span = 0, .seq = Seq(65'540), .counts = "login,SUCCESS,65536\n"};
const StoredManifest kNextSpan = {.span = 1, .seq = Seq(131'073), .counts = ""};

}  // namespace

// Every test program links this suite; only an engine's runs it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ManifestStoreContract);

TEST_P(ManifestStoreContract, ANewOneHasNone) {
  EXPECT_EQ(*manifests_->CountManifests(), 0U);
  EXPECT_THAT(*manifests_->GetManifest(0), Eq(std::nullopt));
}

TEST_P(ManifestStoreContract, GivesBackWhatWasAdded) {
  ASSERT_THAT(manifests_->AddManifest(kFirstSpan), IsOk());
  ASSERT_THAT(manifests_->AddManifest(kNextSpan), IsOk());

  EXPECT_EQ(*manifests_->CountManifests(), 2U);
  EXPECT_THAT(*manifests_->GetManifest(0), Optional(kFirstSpan));
  EXPECT_THAT(*manifests_->GetManifest(1), Optional(kNextSpan));
  EXPECT_THAT(*manifests_->GetManifest(2), Eq(std::nullopt));
}

TEST_P(ManifestStoreContract, TakesSpansInTheirOrderAndOnce) {
  EXPECT_THAT(manifests_->AddManifest(kNextSpan), HasCode(absl::StatusCode::kAlreadyExists));
  ASSERT_THAT(manifests_->AddManifest(kFirstSpan), IsOk());
  EXPECT_THAT(manifests_->AddManifest(kFirstSpan), HasCode(absl::StatusCode::kAlreadyExists));

  EXPECT_EQ(*manifests_->CountManifests(), 1U);
}

}  // namespace daybook::contract
