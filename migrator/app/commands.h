#pragma once

#include "migrator/app/options.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// What daybook-migrate does with a database of an application. Each command
// ends with a result line in `report`.

// Applies what is pending, each migration proved before it counts. Nothing
// pending is done at once, without waiting for anyone.
ExitCode Apply(const Options& options, Report& report);

// Shows what apply would do: SQL, strategy, rows in the way, and the hash by
// which apply can be held to it. Reads only.
ExitCode Plan(const Options& options, Report& report);

// Goes up, down and up again on a copy, and compares what is there each time. The
// database is only read.
ExitCode Test(const Options& options, Report& report);

// Runs what is pending on a copy of the database, and leaves a report, which apply
// can ask for. The database is only read.
ExitCode Rehearse(const Options& options, Report& report);

// Looks at everything that could stop apply. Reads only.
ExitCode Preflight(const Options& options, Report& report);

// Tells what is applied and what is pending. Reads only.
ExitCode Status(const Options& options, Report& report);

// Tells what was ever done, and whether its chain of hashes holds. Reads only.
ExitCode History(const Options& options, Report& report);

// Waits until the database can be read, written, and its schema be changed, which
// is tried in a transaction that is rolled back.
ExitCode Wait(const Options& options, Report& report);

// Collects, in Markdown, what a review needs: history, backups, rehearsals, and
// what was set aside, by number. Reads only, and tells no value of a row.
ExitCode CollectReport(const Options& options, Report& report);

// Proves the constraints of all applied migrations again; everything it writes
// is rolled back.
ExitCode Verify(const Options& options, Report& report);

// Takes migrations back, the newest first.
ExitCode Rollback(const Options& options, Report& report);

// Marks the migrations of a database that the migrator never saw as applied,
// once it is proved to be what they make.
ExitCode Baseline(const Options& options, Report& report);

// Backups: makes one, lists them, proves one again, restores one or a table of
// one, restores one to nowhere, and removes those that need not be kept.
ExitCode BackupCreate(const Options& options, Report& report);
ExitCode BackupList(const Options& options, Report& report);
ExitCode BackupVerify(const Options& options, Report& report);
ExitCode BackupRestore(const Options& options, Report& report);
ExitCode BackupDrill(const Options& options, Report& report);
ExitCode BackupPrune(const Options& options, Report& report);

// Rows that migrations took out or changed: counts them, shows one, puts back
// those that fit by now, writes them to a file, and removes their values.
ExitCode QuarantineList(const Options& options, Report& report);
ExitCode QuarantineShow(const Options& options, Report& report);
ExitCode QuarantineReplay(const Options& options, Report& report);
ExitCode QuarantineExport(const Options& options, Report& report);
ExitCode QuarantinePurge(const Options& options, Report& report);

// Tells what of the schema is not as the last migration left it, and ends with
// kHistoryMismatch where that is anything. Reads only.
ExitCode TellDrift(const Options& options, Report& report);

// Looks at everything, and tells what is wrong and which command helps; ends with
// the code of the worst. Reads only.
ExitCode Doctor(const Options& options, Report& report);

// Makes the history agree with the migrations, once the database is proved to be
// what they make.
ExitCode Repair(const Options& options, Report& report);

// Tells or sets the mark that says in which environment the database is.
ExitCode Environment(const Options& options, Report& report);

// Judges the migrations, without a database.
ExitCode Lint(const Options& options, Report& report);

// Writes the file of a fresh migration.
ExitCode New(const Options& options, Report& report);

}  // namespace daybook::migrator::app
