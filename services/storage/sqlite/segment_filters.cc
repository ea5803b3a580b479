#include "storage/sqlite/segment_filters.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_format.h"

namespace daybook::storage::sqlite {
namespace {

constexpr uint64_t kGroup = SlicedFilter::kSegments;
constexpr uint64_t kAny = ~uint64_t{0};

}  // namespace

std::string FilterPath(const std::string& prefix, uint64_t group) {
  return absl::StrFormat("%s-%06u.filter", prefix, group);
}

SegmentFilters::SegmentFilters(Options options, const std::vector<uint64_t>& tags)
    : options_(std::move(options)) {
  for (uint64_t first = 0; first < tags.size(); first += kGroup) {
    SlicedFilter::Tags of_group{};
    for (uint64_t i = first; i < std::min<uint64_t>(first + kGroup, tags.size()); ++i) {
      of_group[i - first] = tags[i];
    }
    const bool is_dropped =
        std::all_of(of_group.begin(), of_group.end(), [](uint64_t tag) { return tag == 0; });
    if (!is_dropped) OpenGroup(first / kGroup, of_group);
  }
}

std::string SegmentFilters::PathOf(uint64_t group) const {
  return FilterPath(options_.prefix, group);
}

void SegmentFilters::Drop(uint64_t end) const {
  for (uint64_t group = 0; (group + 1) * kGroup <= end; ++group) {
    std::error_code is_left;  // it only takes space
    std::filesystem::remove(PathOf(group), is_left);
  }
}

SlicedFilter* SegmentFilters::OpenGroup(uint64_t group, const SlicedFilter::Tags& tags) {
  auto opened = SlicedFilter::Open(
      {.path = PathOf(group), .words = options_.words, .boot = options_.boot, .tags = tags});
  const MutexLock lock(mutex_);
  if (groups_.size() <= group) groups_.resize(group + 1);
  if (opened.ok()) groups_[group] = *std::move(opened);
  return groups_[group].get();
}

const SlicedFilter* SegmentFilters::GroupOf(uint64_t segment) const {
  const MutexLock lock(mutex_);
  const uint64_t group = segment / kGroup;
  return group < groups_.size() ? groups_[group].get() : nullptr;
}

SlicedFilter* SegmentFilters::GroupOf(uint64_t segment) {
  const MutexLock lock(mutex_);
  const uint64_t group = segment / kGroup;
  return group < groups_.size() ? groups_[group].get() : nullptr;
}

std::vector<uint64_t> SegmentFilters::MayHold(uint64_t key, uint64_t first, uint64_t end) const {
  std::vector<uint64_t> segments;
  while (end > first) {
    const uint64_t begin = (end - 1) / kGroup * kGroup;
    const SlicedFilter* const group = GroupOf(begin);
    const uint64_t mask = group == nullptr ? kAny : group->MayHave(key);
    for (; mask != 0 && end > std::max(begin, first); --end) {
      if ((mask >> (end - 1 - begin) & 1) != 0) segments.push_back(end - 1);
    }
    end = begin;
  }
  return segments;
}

bool SegmentFilters::MayHold(uint64_t key, uint64_t segment) const {
  const SlicedFilter* const group = GroupOf(segment);
  return group == nullptr || (group->MayHave(key) >> (segment % kGroup) & 1) != 0;
}

bool SegmentFilters::HasAdded(uint64_t segment) const {
  const SlicedFilter* const group = GroupOf(segment);
  return group != nullptr && (group->added() >> (segment % kGroup) & 1) != 0;
}

void SegmentFilters::Add(uint64_t segment, uint64_t tag, const std::vector<uint64_t>& keys) {
  SlicedFilter* filter = GroupOf(segment);
  if (filter == nullptr) filter = OpenGroup(segment / kGroup, {});
  if (filter == nullptr) return;
  filter->Add(segment % kGroup, tag, keys);
  // The last of its group: nothing more will come.
  if (segment % kGroup == kGroup - 1) filter->Sync().IgnoreError();
}

absl::Status SegmentFilters::Sync(uint64_t segment) {
  SlicedFilter* const filter = GroupOf(segment);
  return filter == nullptr ? absl::OkStatus() : filter->Sync();
}

}  // namespace daybook::storage::sqlite
