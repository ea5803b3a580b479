#include "verify/fault.h"

namespace daybook::verify {
namespace {

constexpr absl::string_view kRestore =
    "Keep the folder as it is for an inquiry, and restore the store from a backup that verifies.";
constexpr absl::string_view kRemoveFilter =
    "Stop the service, remove the file, start it: it is made anew.";
constexpr absl::string_view kRemoveCatalog =
    "Stop the service, remove catalog.db and the filters, start it: they are made anew.";

struct Words {
  absl::string_view name;
  absl::string_view meaning;
};

// NOLINTNEXTLINE(readability-function-size): a table, a row a fault
Words WordsOf(Fault fault) {
  switch (fault) {
    case Fault::kSegmentMissing:
      return {"SEGMENT_MISSING", "A whole segment file is not there, and its events with it."};
    case Fault::kRowMissing:
      return {"ROW_MISSING", "Events that were recorded are not there."};
    case Fault::kRowUnexpected:
      return {"ROW_UNEXPECTED", "A row lies where the log has no event."};
    case Fault::kLogCutShort:
      return {"LOG_CUT_SHORT", "The log ends before events that it had."};
    case Fault::kLeafVersion:
      return {"LEAF_VERSION", "A row names a leaf format that this build does not know."};
    case Fault::kColumnType:
      return {"COLUMN_TYPE",
              "A value has a type that its column never has: filters pass it by, while its bytes "
              "may be the same."};
    case Fault::kEmptyText:
      return {"EMPTY_TEXT", "Empty text stands where nothing was recorded."};
    case Fault::kSaltInvalid:
      return {"SALT_INVALID", "The salt of an event is not what a salt is."};
    case Fault::kRedactionInvalid:
      return {"REDACTION_INVALID", "What is kept of an erased event is not in its format."};
    case Fault::kLeafTooLong:
      return {"LEAF_TOO_LONG", "An event is longer than any that can be recorded."};
    case Fault::kLeafMismatch:
      return {"LEAF_MISMATCH",
              "The row is not the event that was recorded: a value of it was changed."};
    case Fault::kTimeDecreases:
      return {"TIME_DECREASES", "An event has an earlier record time than the one before it."};
    case Fault::kUndeclaredErasure:
      return {"UNDECLARED_ERASURE",
              "Values of an event were erased, and no event audit.erased says so."};
    case Fault::kErasureForbidden:
      return {"ERASURE_FORBIDDEN", "Values were erased of an event that can never be erased."};
    case Fault::kErasureIncomplete:
      return {"ERASURE_INCOMPLETE", "The log says that values were erased, and they are there."};
    case Fault::kUndeclaredPruning:
      return {
          "UNDECLARED_PRUNING",
          "Events were dropped, and no signed event ledger.pruned says so with what they were."};
    case Fault::kKeptLeafMismatch:
      return {"KEPT_LEAF_MISMATCH",
              "What is kept of a dropped event is not the event that was recorded."};
    case Fault::kKeptLeafMissing:
      return {"KEPT_LEAF_MISSING",
              "An event was dropped whose leaf must be kept: what the service said of the log."};
    case Fault::kTileMismatch:
      return {"TILE_MISMATCH", "A stored tile of the tree is not the one over these events."};
    case Fault::kTileMissing:
      return {"TILE_MISSING", "A tile of the tree is not there."};
    case Fault::kTileUnexpected:
      return {"TILE_UNEXPECTED", "A tile lies where the tree has none."};
    case Fault::kSubtreeMismatch:
      return {"SUBTREE_MISMATCH",
              "The events do not have the hash that ledger.db keeps of them: they were rewritten "
              "together with their tiles, or the hash was changed."};
    case Fault::kSubtreeMissing:
      return {"SUBTREE_MISSING", "ledger.db lacks a hash that a checkpoint covers."};
    case Fault::kSubtreeUnexpected:
      return {"SUBTREE_UNEXPECTED", "ledger.db keeps a hash of events that no checkpoint covers."};
    case Fault::kEdgeMismatch:
      return {"EDGE_MISMATCH",
              "The newest leaves that ledger.db keeps are not those of the events."};
    case Fault::kRootMismatch:
      return {"ROOT_MISMATCH",
              "The events do not have the root that a checkpoint signs: they were rewritten."};
    case Fault::kCheckpointMalformed:
      return {"CHECKPOINT_MALFORMED", "A kept checkpoint is none, or not the one of its row."};
    case Fault::kSignatureInvalid:
      return {"SIGNATURE_INVALID", "A checkpoint is not signed by a key that the log had then."};
    case Fault::kKeyMismatch:
      return {"KEY_MISMATCH",
              "The keys that the log signs with are not those that its events name."};
    case Fault::kIndexMismatch:
      return {"INDEX_MISMATCH",
              "An index does not have the rows: queries that use it hide events."};
    case Fault::kCatalogMismatch:
      return {"CATALOG_MISMATCH", "The catalog is wrong about a segment: queries may pass it by."};
    case Fault::kFilterMismatch:
      return {"FILTER_MISMATCH",
              "A filter denies what a segment has, or is none: queries pass the segment by, and a "
              "repeated request may be recorded again."};
    case Fault::kTotalsMismatch:
      return {"TOTALS_MISMATCH",
              "What a segment says that its events come to is not so: counts and sums are wrong."};
    case Fault::kManifestMismatch:
      return {
          "MANIFEST_MISMATCH",
          "What sums up a span of the log, or the table that ledger.db keeps of it, is not what "
          "the events are."};
    case Fault::kLogBeginInvalid:
      return {"LOG_BEGIN_INVALID", "ledger.db says that the log begins where no log can."};
    case Fault::kKeptTileMismatch:
      return {"KEPT_TILE_MISMATCH",
              "A tile that is kept of dropped events is not the one over them."};
    case Fault::kKeptTileMissing:
      return {"KEPT_TILE_MISSING",
              "A tile of dropped events is not there that a checkpoint or a kept leaf is proven "
              "with."};
    case Fault::kSchemaChanged:
      return {"SCHEMA_CHANGED",
              "A file has other tables, indexes, triggers or views than it must."};
    case Fault::kFileDamaged:
      return {"FILE_DAMAGED", "A file cannot be read as a database."};
  }
  return {};
}

}  // namespace

absl::string_view NameOf(Fault fault) { return WordsOf(fault).name; }

absl::string_view MeaningOf(Fault fault) { return WordsOf(fault).meaning; }

absl::string_view AdviceFor(Fault fault) {
  switch (fault) {
    case Fault::kCatalogMismatch:
      return kRemoveCatalog;
    case Fault::kFilterMismatch:
      return kRemoveFilter;
    case Fault::kErasureIncomplete:
      return "Start the service: it completes an erasure that was interrupted. Then verify again.";
    case Fault::kIndexMismatch:
    case Fault::kTotalsMismatch:
    case Fault::kSchemaChanged:
      return "The events themselves may be whole. Restore the file from a backup that verifies.";
    case Fault::kLeafVersion:
      return "Verify with the build that serves the store; where that is this one, the row was "
             "changed.";
    case Fault::kSignatureInvalid:
      return "See that --key is a key of this log; where it is, the checkpoint is forged.";
    default:
      return kRestore;
  }
}

}  // namespace daybook::verify
