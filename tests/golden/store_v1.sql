-- ledger.db
PRAGMA application_id = 1145133378; PRAGMA user_version = 1;
CREATE TABLE mig_history (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  suits_from INTEGER NOT NULL,
  applied_at INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  applied_by TEXT NOT NULL
) STRICT;
CREATE TABLE store_settings (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE catalog_schema (
  position INTEGER PRIMARY KEY,
  statement TEXT NOT NULL
) STRICT;

-- catalog.db
PRAGMA application_id = 1145133378; PRAGMA user_version = 1;
CREATE TABLE segments (
  number INTEGER PRIMARY KEY,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  first_time INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  first_event_time INTEGER NOT NULL,
  last_event_time INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE segment_counts (
  segment INTEGER NOT NULL,
  action TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (segment, action, outcome)
) STRICT, WITHOUT ROWID;

-- a segment
PRAGMA application_id = 1145133378; PRAGMA user_version = 1;
CREATE TABLE audit_logs (
  id INTEGER PRIMARY KEY
    CONSTRAINT audit_logs_id CHECK (id >= 0),
  created_at INTEGER NOT NULL
    CONSTRAINT audit_logs_created_at CHECK (created_at BETWEEN -62135596800000000 AND 253402300799999999),
  event_time INTEGER NOT NULL
    CONSTRAINT audit_logs_event_time CHECK (event_time BETWEEN -62135596800000000 AND 253402300799999999),
  action TEXT NOT NULL
    CONSTRAINT audit_logs_action CHECK (action NOT GLOB '*[^a-z0-9_.]*' AND action GLOB '[a-z]*' AND length(CAST(action AS BLOB)) <= 128 AND action <> '' AND instr(CAST(action AS BLOB), x'00') = 0),
  outcome INTEGER NOT NULL
    CONSTRAINT audit_logs_outcome CHECK (outcome BETWEEN 1 AND 3),
  reason TEXT
    CONSTRAINT audit_logs_reason CHECK (reason NOT GLOB '*[^A-Z0-9_]*' AND reason GLOB '[A-Z]*' AND length(CAST(reason AS BLOB)) <= 128 AND reason <> '' AND instr(CAST(reason AS BLOB), x'00') = 0),
  user_id INTEGER,
  telegram_id TEXT
    CONSTRAINT audit_logs_telegram_id CHECK (length(CAST(telegram_id AS BLOB)) <= 256 AND telegram_id <> '' AND instr(CAST(telegram_id AS BLOB), x'00') = 0),
  actor TEXT
    CONSTRAINT audit_logs_actor CHECK (length(CAST(actor AS BLOB)) <= 256 AND actor <> '' AND instr(CAST(actor AS BLOB), x'00') = 0),
  resource_type TEXT
    CONSTRAINT audit_logs_resource_type CHECK (resource_type NOT GLOB '*[^a-z0-9_.]*' AND resource_type GLOB '[a-z]*' AND length(CAST(resource_type AS BLOB)) <= 128 AND resource_type <> '' AND instr(CAST(resource_type AS BLOB), x'00') = 0),
  resource_id TEXT
    CONSTRAINT audit_logs_resource_id CHECK (length(CAST(resource_id AS BLOB)) <= 512 AND resource_id <> '' AND instr(CAST(resource_id AS BLOB), x'00') = 0),
  details TEXT
    CONSTRAINT audit_logs_details CHECK (length(CAST(details AS BLOB)) <= 16384 AND details <> '' AND instr(CAST(details AS BLOB), x'00') = 0),
  ip_address TEXT
    CONSTRAINT audit_logs_ip_address CHECK (length(CAST(ip_address AS BLOB)) <= 45 AND ip_address <> '' AND instr(CAST(ip_address AS BLOB), x'00') = 0),
  user_agent TEXT
    CONSTRAINT audit_logs_user_agent CHECK (length(CAST(user_agent AS BLOB)) <= 1024 AND user_agent <> '' AND instr(CAST(user_agent AS BLOB), x'00') = 0),
  tenant TEXT NOT NULL
    CONSTRAINT audit_logs_tenant CHECK (tenant NOT GLOB '*[^a-zA-Z0-9_.-]*' AND length(CAST(tenant AS BLOB)) <= 63 AND tenant <> '' AND instr(CAST(tenant AS BLOB), x'00') = 0),
  producer TEXT
    CONSTRAINT audit_logs_producer CHECK (producer NOT GLOB '*[^a-zA-Z0-9_.:/@-]*' AND length(CAST(producer AS BLOB)) <= 255 AND producer <> '' AND instr(CAST(producer AS BLOB), x'00') = 0),
  producer_sequence INTEGER
    CONSTRAINT audit_logs_producer_sequence CHECK (producer_sequence >= 0),
  trace_id TEXT
    CONSTRAINT audit_logs_trace_id CHECK (trace_id NOT GLOB '*[^0-9a-f]*' AND length(CAST(trace_id AS BLOB)) <= 32 AND length(trace_id) >= 32 AND instr(CAST(trace_id AS BLOB), x'00') = 0),
  correlation_id TEXT
    CONSTRAINT audit_logs_correlation_id CHECK (length(CAST(correlation_id AS BLOB)) <= 128 AND correlation_id <> '' AND instr(CAST(correlation_id AS BLOB), x'00') = 0),
  request_id TEXT
    CONSTRAINT audit_logs_request_id CHECK (length(request_id) <= 64 AND request_id <> '' AND instr(CAST(request_id AS BLOB), x'00') = 0),
  source INTEGER NOT NULL
    CONSTRAINT audit_logs_source CHECK (source BETWEEN 1 AND 3),
  public_details TEXT
    CONSTRAINT audit_logs_public_details CHECK (length(CAST(public_details AS BLOB)) <= 16384 AND public_details <> '' AND instr(CAST(public_details AS BLOB), x'00') = 0),
  salt BLOB
    CONSTRAINT audit_logs_salt CHECK (length(salt) = 32),
  redaction BLOB,
  leaf_version INTEGER NOT NULL
    CONSTRAINT audit_logs_leaf_version CHECK (leaf_version = 1)
) STRICT;
CREATE INDEX audit_logs_failures ON audit_logs (created_at, outcome, action, telegram_id, user_id, actor, ip_address, resource_type, producer, tenant) WHERE outcome >= 2;
CREATE TRIGGER audit_logs_no_update BEFORE UPDATE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'audit_logs is append-only'); END;
CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'audit_logs is append-only'); END;
CREATE TABLE tiles (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL
    CONSTRAINT tiles_hashes CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER tiles_no_update BEFORE UPDATE ON tiles
BEGIN SELECT RAISE(ABORT, 'tiles is append-only'); END;
CREATE TRIGGER tiles_no_delete BEFORE DELETE ON tiles
BEGIN SELECT RAISE(ABORT, 'tiles is append-only'); END;
CREATE TABLE totals (
  block INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  events INTEGER NOT NULL,
  first_time INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  newest TEXT NOT NULL,
  amounts INTEGER NOT NULL,
  amount TEXT NOT NULL,
  PRIMARY KEY (block, tenant, action, outcome)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER totals_no_update BEFORE UPDATE ON totals
BEGIN SELECT RAISE(ABORT, 'totals is append-only'); END;
CREATE TRIGGER totals_no_delete BEFORE DELETE ON totals
BEGIN SELECT RAISE(ABORT, 'totals is append-only'); END;
CREATE TABLE seal_index (
  position INTEGER PRIMARY KEY,
  statement TEXT NOT NULL
) STRICT;

-- sealing a segment
CREATE INDEX audit_logs_telegram_id ON audit_logs (telegram_id, id) WHERE telegram_id IS NOT NULL;
CREATE INDEX audit_logs_user_id ON audit_logs (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_logs_actor ON audit_logs (actor, id) WHERE actor IS NOT NULL;
CREATE INDEX audit_logs_resource ON audit_logs (resource_type, resource_id, id) WHERE resource_type IS NOT NULL;
CREATE INDEX audit_logs_event_time ON audit_logs (event_time, id) WHERE event_time <> created_at;
CREATE INDEX audit_logs_request_id ON audit_logs (producer, request_id) WHERE request_id IS NOT NULL;
CREATE TRIGGER audit_logs_sealed BEFORE INSERT ON audit_logs
BEGIN SELECT RAISE(ABORT, 'this segment is sealed'); END;
CREATE TRIGGER tiles_sealed BEFORE INSERT ON tiles
BEGIN SELECT RAISE(ABORT, 'this segment is sealed'); END;
CREATE TRIGGER totals_sealed BEFORE INSERT ON totals
BEGIN SELECT RAISE(ABORT, 'this segment is sealed'); END;
