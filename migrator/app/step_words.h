#pragma once

#include <string>

#include "daybook/migration/v1/migration.pb.h"

namespace daybook::migrator::app {

// A step for people.
struct StepWords {
  std::string what;  // "add check a_positive to accounts.balance"
  std::string why;   // the rationale, "" where there is none
};

StepWords WordsOf(const migration::v1::Step& step);

// "LOW" and so on.
std::string RiskName(migration::v1::Migration::Risk risk);

// Why the migration cannot be taken back, "" where it can.
std::string WhyOneWay(const migration::v1::Migration& migration);

}  // namespace daybook::migrator::app
