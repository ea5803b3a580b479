-- ledger.db
PRAGMA user_version = 2;
CREATE TABLE subtrees (
  number INTEGER PRIMARY KEY,
  hash BLOB NOT NULL
    CONSTRAINT subtrees_hash CHECK (length(hash) = 32)
) STRICT;
CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  signed_at INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE TABLE edge (
  only INTEGER PRIMARY KEY
    CONSTRAINT edge_only CHECK (only = 1),
  size INTEGER NOT NULL,
  leaves BLOB NOT NULL
) STRICT;
