#include "unit/sqltext/tables.h"

namespace daybook::sqltext {
namespace {

constexpr absl::string_view kHardTables[] = {
    // As applications write them.
    R"sql(CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, telegram_id TEXT UNIQUE
NOT NULL, username TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP))sql",
    R"sql(CREATE TABLE user_deposits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL UNIQUE,
  balance INTEGER NOT NULL DEFAULT 0,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (user_id) REFERENCES p(id)
))sql",
    // Layout and comments.
    R"sql(CREATE TABLE t(a))sql",
    R"sql(CREATE TABLE t
(
	a INT -- first
	,b INT -- second
	,c INT -- third
))sql",
    "CREATE TABLE t (\r\n  a INT, -- first\r\n  b INT  -- second\r\n)",
    "CREATE TABLE t (\r\n  a INT,\r\n  b INT,\r\n  UNIQUE (a)\r\n);",
    R"sql(CREATE TABLE t (
  a INT, -- about a
  b INT  -- about b
  -- the end
))sql",
    R"sql(CREATE TABLE t (
  a INT, -- about a
  -- keys
  PRIMARY KEY (a) -- the key
))sql",
    R"sql(CREATE TABLE t (a INT, /* about b */ b INT /* more */, /* keys */ UNIQUE (a)
/* end */))sql",
    R"sql(CREATE TABLE t (a INT, b INT,
                c INT))sql",
    R"sql(CREATE TABLE t (a,b,c,UNIQUE(a),UNIQUE(b)))sql",
    R"sql(CREATE TABLE t (a INT -- only
))sql",
    R"sql(CREATE TABLE t (a INT CHECK(a>0)--x
NOT NULL--y
,b--z
))sql",
    R"sql(CREATE TABLE t (a INT /* -- not a line comment */, b /*,*/ INT))sql",
    R"sql(CREATE TABLE t (a INT,--,
b INT--)
))sql",
    R"sql(/* before */ CREATE /* a */ TABLE /* b */ t /* c */ ( /* d */ a /* e */ ) /* f */ ;
-- g)sql",
    R"sql(CREATE TABLE t (a


,


b


))sql",
    R"sql(CREATE TABLE t (
  a INT
  , b INT
  , CONSTRAINT c
    CHECK (
      a > 0 -- positive
      AND b > 0
    )
))sql",
    "CREATE TABLE t (\f a \t INT , b )",
    "CREATE TABLE t (\"a\"\xEF\xBB\xBF, \xEF\xBB\xBF\"b\" \xEF\xBB\xBF)",
    "CREATE TABLE t (a \x0bINT, b \x0b)",
    // Names.
    R"sql(CREATE TABLE "t"("a"INT,"b"INT))sql",
    R"sql(CREATE TABLE't'('a'TEXT,'b'TEXT,PRIMARY KEY('a'),UNIQUE('b')))sql",
    R"sql(CREATE TABLE [a table](`one "col"` INT, [two] INT, "three ""x""" INT))sql",
    R"sql(CREATE TABLE "quo""te" ("a""b" INT CHECK ("a""b" > 0)))sql",
    R"sql(CREATE TABLE left (right INT, inner, outer, cross, natural, full, indexed INT))sql",
    R"sql(CREATE TABLE t (key INT, action, abort, replace TEXT, temp, view, trigger, rowid2,
end, match, like, glob, row, of, do, no))sql",
    R"sql(CREATE TABLE t (if, generated, always INT, virtual, stored, strict, without,
autoinc))sql",
    R"sql(CREATE TABLE 한글 ("이름" TEXT, 값 INT CHECK (값 >= 0), é, É))sql",
    R"sql(CREATE TABLE t (a$ INT, a$b, _c, d9))sql",
    R"sql(CREATE TABLE t ("" INT, " " INT, "." INT))sql",
    R"sql(CREATE TABLE main . t (a))sql",
    R"sql(CREATE TABLE IF NOT EXISTS main."t" (a INT))sql",
    R"sql(CREATE TEMP TABLE t (a INT))sql",
    R"sql(create temporary table if not exists temp.t (a int))sql",
    R"sql(CREATE TABLE t ("check" INT, "constraint" INT, [primary], `foreign`, 'unique'))sql",
    // Types.
    R"sql(CREATE TABLE t (a DOUBLE PRECISION, b UNSIGNED BIG INT, c VARYING CHARACTER(255)))sql",
    R"sql(CREATE TABLE t (a DECIMAL(10,2), b NUMERIC( +10 , -2 ), c FLOAT(1.5), d X(0x1F)))sql",
    R"sql(CREATE TABLE t (a "quoted type", b 'string type', c [br] `ack` et, d INT -- x
 UNSIGNED))sql",
    R"sql(CREATE TABLE t (a GENERATED, b ALWAYS, c KEY, d "NOT" NULL, e ANY))sql",
    // Defaults.
    R"sql(CREATE TABLE t (a DEFAULT 1, b DEFAULT -1, c DEFAULT + 1.5e3, d DEFAULT 'it''s', e
DEFAULT NULL, f DEFAULT x'AB', g DEFAULT (1 + 2), h DEFAULT (datetime('now')), i
DEFAULT CURRENT_DATE))sql",
    R"sql(CREATE TABLE t (a DEFAULT word, b DEFAULT "quoted", c DEFAULT true, d DEFAULT [br],
e DEFAULT key, f DEFAULT -'x', g DEFAULT .5))sql",
    R"sql(CREATE TABLE t (a DEFAULT ( /* c */ ')' || '(' -- d
 ), b INT DEFAULT 0 NOT NULL))sql",
    R"sql(CREATE TABLE t (a DEFAULT 1 DEFAULT 2, b DEFAULT 0x1F, c DEFAULT 'x'CHECK(c)))sql",
    // Constraints of columns.
    R"sql(CREATE TABLE t (a TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT
REPLACE, b COLLATE 'rtrim' COLLATE "binary"))sql",
    R"sql(CREATE TABLE t (id INTEGER PRIMARY KEY DESC, b INT NULL, c NULL ON CONFLICT FAIL NOT
NULL))sql",
    R"sql(CREATE TABLE t (a INTEGER CONSTRAINT pk PRIMARY KEY ASC ON CONFLICT ROLLBACK
AUTOINCREMENT))sql",
    R"sql(CREATE TABLE t (a INT CONSTRAINT x, b INT CONSTRAINT y CONSTRAINT z CHECK (b > 0)
CONSTRAINT w))sql",
    R"sql(CREATE TABLE t (a INT CONSTRAINT one CHECK (a > 1)CHECK(a > 2)CONSTRAINT three
CHECK(a>3)))sql",
    R"sql(CREATE TABLE t (a CONSTRAINT 'str' CHECK (a IS NOT ')'), b CONSTRAINT [br] NOT NULL))sql",
    R"sql(CREATE TABLE t (a INT NOT NULL NOT NULL, b INT NOT NULL CHECK (b <> '--')))sql",
    R"sql(CREATE TABLE t (a INT CHECK (a IN (1, 2, (3))), b TEXT CHECK (b NOT LIKE '%(%'
ESCAPE '\')))sql",
    R"sql(CREATE TABLE t (a TEXT CHECK (CASE WHEN a IS NULL THEN 1 ELSE length(a) > 0 END)))sql",
    // Constraints of the table.
    R"sql(CREATE TABLE t (a INT, b INT, PRIMARY KEY (a COLLATE nocase DESC, b ASC) ON CONFLICT
FAIL))sql",
    R"sql(CREATE TABLE t (a, b, UNIQUE ((a) COLLATE 'nocase', ((b))) ON CONFLICT IGNORE, CHECK
(a) ON CONFLICT ABORT))sql",
    R"sql(CREATE TABLE t (a INTEGER, PRIMARY KEY (a AUTOINCREMENT)))sql",
    R"sql(CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC AUTOINCREMENT) ON CONFLICT IGNORE))sql",
    R"sql(CREATE TABLE t (a, b, CHECK (a > 0)CHECK (b > 0) CONSTRAINT u UNIQUE (a)FOREIGN KEY
(b) REFERENCES p CONSTRAINT last))sql",
    R"sql(CREATE TABLE t (a, CONSTRAINT x, CONSTRAINT y CONSTRAINT z, CHECK (a)))sql",
    R"sql(CREATE TABLE t (a CONSTRAINT before, CHECK (a > 0), CHECK (a < 9)))sql",
    R"sql(CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0) -- positive
, CONSTRAINT d CHECK (a < 9) -- small
))sql",
    R"sql(CREATE TABLE t (a INT,
  UNIQUE (a) ON CONFLICT ABORT CHECK (a > 0)CHECK (a < 9)
))sql",
    // Foreign keys.
    R"sql(CREATE TABLE t (a INT REFERENCES p, b REFERENCES p(id)ON DELETE CASCADE, c
REFERENCES p (id) ON UPDATE SET NULL ON DELETE SET DEFAULT))sql",
    R"sql(CREATE TABLE t (a REFERENCES p ON DELETE CASCADE ON DELETE SET NULL ON INSERT
CASCADE ON UPDATE NO ACTION MATCH FULL))sql",
    R"sql(CREATE TABLE t (a REFERENCES p(id)DEFERRABLE INITIALLY DEFERRED, b REFERENCES p NOT
DEFERRABLE INITIALLY IMMEDIATE NOT NULL))sql",
    R"sql(CREATE TABLE t (a INT REFERENCES p NOT NULL DEFERRABLE INITIALLY DEFERRED, b INT))sql",
    R"sql(CREATE TABLE t (a INT REFERENCES p, b INT NOT DEFERRABLE, c DEFERRABLE))sql",
    R"sql(CREATE TABLE t (a, b, FOREIGN KEY (a, b) REFERENCES p (x, y) ON DELETE /* c */ SET -- d
 NULL))sql",
    R"sql(CREATE TABLE t (a, b, FOREIGN KEY (A) REFERENCES P(ID)ON UPDATE CASCADE,FOREIGN
KEY("B") REFERENCES 'p'('id') MATCH simple DEFERRABLE))sql",
    R"sql(CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INT REFERENCES tree (id) ON DELETE
CASCADE, FOREIGN KEY (parent) REFERENCES tree))sql",
    R"sql(CREATE TABLE t (a REFERENCES p CHECK (a > 0) REFERENCES p (id) ON DELETE RESTRICT
UNIQUE))sql",
    // Generated columns.
    R"sql(CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2), c AS (a || ')') STORED NOT
NULL, d INT NOT NULL GENERATED ALWAYS AS (a) VIRTUAL))sql",
    R"sql(CREATE TABLE t (a, b GENERATED ALWAYS AS (a), c AS (b)VIRTUAL CHECK (c > 0), d TEXT
AS (a)STORED))sql",
    R"sql(CREATE TABLE t (a INT AS (b + 1) STORED UNIQUE, b INT, c INT CONSTRAINT g AS (b)))sql",
    // Options.
    R"sql(CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID)sql",
    R"sql(CREATE TABLE t (a TEXT, b INT, PRIMARY KEY (b DESC, a), UNIQUE (a)) without /* x */
rowid;)sql",
    R"sql(CREATE TABLE t (a INT, b TEXT NOT NULL, c ANY, d BLOB) STRICT)sql",
    R"sql(CREATE TABLE t (a INT PRIMARY KEY, b REAL) WITHOUT ROWID, STRICT)sql",
    R"sql(CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER)STRICT--end)sql",
    // As ALTER TABLE leaves them.
    R"sql(CREATE TABLE "t" (a INT, "renamed" TEXT, b INT DEFAULT 0, c TEXT))sql",
    R"sql(CREATE TABLE t (a INT -- last
, b TEXT, c INT REFERENCES "p" (id)))sql",
};

}  // namespace

std::span<const absl::string_view> HardTables() { return kHardTables; }

}  // namespace daybook::sqltext
