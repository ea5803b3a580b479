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
CREATE TABLE cosignatures (
  size INTEGER NOT NULL,
  witness TEXT NOT NULL,
  cosigned_at INTEGER NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;
CREATE TABLE edge (
  only INTEGER PRIMARY KEY
    CONSTRAINT edge_only CHECK (only = 1),
  size INTEGER NOT NULL,
  leaves BLOB NOT NULL
) STRICT;
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  field_groups TEXT NOT NULL,
  ranges TEXT NOT NULL,
  planned_at INTEGER NOT NULL,
  completed_at INTEGER
) STRICT;
CREATE TABLE manifests (
  span INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  counts TEXT NOT NULL
) STRICT;
CREATE TABLE signing_keys (
  verifier TEXT PRIMARY KEY,
  added_seq INTEGER,
  retired_seq INTEGER
) STRICT;
CREATE TABLE log_begin (
  only INTEGER PRIMARY KEY
    CONSTRAINT log_begin_only CHECK (only = 1),
  seq INTEGER NOT NULL
) STRICT;
CREATE TABLE kept_tiles (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL
    CONSTRAINT kept_tiles_hashes CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE kept_leaves (
  seq INTEGER PRIMARY KEY,
  leaf BLOB NOT NULL
) STRICT;
CREATE TABLE snapshots (
  name TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  last_leaf BLOB NOT NULL
    CONSTRAINT snapshots_last_leaf CHECK (length(last_leaf) = 32),
  content BLOB NOT NULL
) STRICT;
