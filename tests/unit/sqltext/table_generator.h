#pragma once

#include <cstddef>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace daybook::sqltext {

// Composes CREATE TABLE statements that SQLite takes, from names, types and
// constraints of every form, with comments and odd spaces between them. The same
// seed gives the same texts.
class TableGenerator {
 public:
  explicit TableGenerator(unsigned seed) : random_(seed) {}

  std::string Next();

  // `sql` with one token changed, left out, doubled or moved: most often no
  // statement any more.
  std::string Mutated(const std::string& sql);

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  bool Chance(size_t percent) { return Below(100) < percent; }
  std::string OneOf(const std::vector<std::string>& choices) {
    return choices[Below(choices.size())];
  }

  // Each adds tokens; what stands between them is decided by Joined.
  void Add(const std::string& words);
  void AddColumn(const std::string& name);
  void AddColumnConstraint();
  void AddTableConstraint();
  void AddReferences();
  void AddConflict();
  void AddName();
  std::string Column();
  std::string Joined();

  std::mt19937 random_;
  std::vector<std::string> columns_;
  std::vector<std::string> tokens_;
  bool has_key_ = false;
  std::string conflict_;  // one for all keys: SQLite refuses two for the same columns
};

}  // namespace daybook::sqltext
