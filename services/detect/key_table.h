#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "core/timestamp.h"

namespace daybook::detect {

// What a rule knows of each key, in the order in which the keys were touched last.
//
// Thread-compatible.
template <typename State>
class KeyTable {
 public:
  struct Entry {
    std::string key;
    Micros touched = 0;
    State state;
  };

  // nullptr where there is no such key.
  Entry* Find(absl::string_view key) {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &*found->second;
  }

  // The entry of `key`, now the newest; where there is none yet it begins as `state`.
  // Times never go back.
  Entry& Touch(absl::string_view key, Micros time, State state) {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      entries_.splice(entries_.end(), entries_, found->second);
    } else {
      entries_.push_back({.key = std::string(key), .touched = time, .state = std::move(state)});
      places_.emplace(entries_.back().key, std::prev(entries_.end()));
    }
    entries_.back().touched = time;
    return entries_.back();
  }

  // nullptr where there is none.
  Entry* oldest() { return entries_.empty() ? nullptr : &entries_.front(); }

  void Erase(const Entry& entry) {
    const auto found = places_.find(entry.key);
    const auto place = found->second;
    places_.erase(found);
    entries_.erase(place);
  }

  size_t size() const { return entries_.size(); }

 private:
  std::list<Entry> entries_;
  absl::flat_hash_map<absl::string_view, typename std::list<Entry>::iterator> places_;
};

}  // namespace daybook::detect
