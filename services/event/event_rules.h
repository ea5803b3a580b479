#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"

#include "core/errors.h"
#include "daybook/audit/v1/event.pb.h"
#include "schema/rule.h"

namespace daybook::event {

// The rules that the contract declares on the fields of an event, compiled
// once: checking an event walks a plain list and reflects on nothing.
//
// Immutable.
class EventRules {
 public:
  // INTERNAL where the contract declares a rule on a field that this program
  // has no way to read: the contract and the program do not belong together.
  static absl::StatusOr<EventRules> Compile();

  // The rules that the texts and integers of `event` break, in the order of
  // its fields.
  std::vector<FieldViolation> Broken(const audit::v1::Event& event) const;

  // What is wrong with `producer` as the name of a producer, or nothing.
  std::optional<std::string> BrokenByProducer(const std::string& producer) const {
    return producer_.Broken(producer);
  }

 private:
  using ReadText = const std::string& (audit::v1::Event::*)() const;
  using ReadInteger = std::optional<absl::int128> (*)(const audit::v1::Event&);
  struct TextField {
    ReadText read;
    std::string path;
    schema::TextRule rule;
  };
  struct IntegerField {
    ReadInteger read;
    std::string path;
    schema::IntegerRule rule;
  };

  EventRules() = default;
  absl::Status Add(const google::protobuf::FieldDescriptor& field);
  static ReadText TextReader(int field_number);
  static ReadInteger IntegerReader(int field_number);

  std::vector<TextField> text_fields_;
  std::vector<IntegerField> integer_fields_;
  schema::TextRule producer_;
};

}  // namespace daybook::event
