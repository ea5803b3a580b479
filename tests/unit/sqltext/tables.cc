#include "unit/sqltext/tables.h"

namespace daybook::sqltext {

const std::vector<std::string>& HardTables() {
  static const auto* const tables = new std::vector<std::string>{
      // Those of the sources.
      "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, telegram_id TEXT UNIQUE NOT NULL, "
      "username TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP)",
      "CREATE TABLE user_deposits (\n  id INTEGER PRIMARY KEY AUTOINCREMENT,\n  user_id INTEGER "
      "NOT "
      "NULL UNIQUE,\n  balance INTEGER NOT NULL DEFAULT 0,\n  created_at DATETIME DEFAULT "
      "CURRENT_TIMESTAMP,\n  FOREIGN KEY (user_id) REFERENCES p(id)\n)",
      // Layout and comments.
      "CREATE TABLE t(a)",
      "CREATE TABLE t\n(\n\ta INT -- first\n\t,b INT -- second\n\t,c INT -- third\n)",
      "CREATE TABLE t (\r\n  a INT, -- first\r\n  b INT  -- second\r\n)",
      "CREATE TABLE t (\r\n  a INT,\r\n  b INT,\r\n  UNIQUE (a)\r\n);",
      "CREATE TABLE t (\n  a INT, -- about a\n  b INT  -- about b\n  -- the end\n)",
      "CREATE TABLE t (\n  a INT, -- about a\n  -- keys\n  PRIMARY KEY (a) -- the key\n)",
      "CREATE TABLE t (a INT, /* about b */ b INT /* more */, /* keys */ UNIQUE (a) /* end */)",
      "CREATE TABLE t (a INT, b INT,\n                c INT)",
      "CREATE TABLE t (a,b,c,UNIQUE(a),UNIQUE(b))",
      "CREATE TABLE t (a INT -- only\n)",
      "CREATE TABLE t (a INT CHECK(a>0)--x\nNOT NULL--y\n,b--z\n)",
      "CREATE TABLE t (a INT /* -- not a line comment */, b /*,*/ INT)",
      "CREATE TABLE t (a INT,--,\nb INT--)\n)",
      "/* before */ CREATE /* a */ TABLE /* b */ t /* c */ ( /* d */ a /* e */ ) /* f */ ; -- g",
      "CREATE TABLE t (a\n\n\n,\n\n\nb\n\n\n)",
      "CREATE TABLE t (\n  a INT\n  , b INT\n  , CONSTRAINT c\n    CHECK (\n      a > 0 -- "
      "positive\n "
      "     AND b > 0\n    )\n)",
      "CREATE TABLE t (\f a \t INT , b )",
      "CREATE TABLE t (\"a\"\xEF\xBB\xBF, \xEF\xBB\xBF\"b\" \xEF\xBB\xBF)",
      "CREATE TABLE t (a \x0bINT, b \x0b)",
      // Names.
      "CREATE TABLE \"t\"(\"a\"INT,\"b\"INT)",
      "CREATE TABLE't'('a'TEXT,'b'TEXT,PRIMARY KEY('a'),UNIQUE('b'))",
      "CREATE TABLE [a table](`one \"col\"` INT, [two] INT, \"three \"\"x\"\"\" INT)",
      "CREATE TABLE \"quo\"\"te\" (\"a\"\"b\" INT CHECK (\"a\"\"b\" > 0))",
      "CREATE TABLE left (right INT, inner, outer, cross, natural, full, indexed INT)",
      "CREATE TABLE t (key INT, action, abort, replace TEXT, temp, view, trigger, rowid2, end, "
      "match, like, glob, row, of, do, no)",
      "CREATE TABLE t (if, generated, always INT, virtual, stored, strict, without, autoinc)",
      "CREATE TABLE 한글 (\"이름\" TEXT, 값 INT CHECK (값 >= 0), é, É)",
      "CREATE TABLE t (a$ INT, a$b, _c, d9)",
      "CREATE TABLE t (\"\" INT, \" \" INT, \".\" INT)",
      "CREATE TABLE main . t (a)",
      "CREATE TABLE IF NOT EXISTS main.\"t\" (a INT)",
      "CREATE TEMP TABLE t (a INT)",
      "create temporary table if not exists temp.t (a int)",
      "CREATE TABLE t (\"check\" INT, \"constraint\" INT, [primary], `foreign`, 'unique')",
      // Types.
      "CREATE TABLE t (a DOUBLE PRECISION, b UNSIGNED BIG INT, c VARYING CHARACTER(255))",
      "CREATE TABLE t (a DECIMAL(10,2), b NUMERIC( +10 , -2 ), c FLOAT(1.5), d X(0x1F))",
      "CREATE TABLE t (a \"quoted type\", b 'string type', c [br] `ack` et, d INT -- x\n UNSIGNED)",
      "CREATE TABLE t (a GENERATED, b ALWAYS, c KEY, d \"NOT\" NULL, e ANY)",
      // Defaults.
      "CREATE TABLE t (a DEFAULT 1, b DEFAULT -1, c DEFAULT + 1.5e3, d DEFAULT 'it''s', e DEFAULT "
      "NULL, f DEFAULT x'AB', g DEFAULT (1 + 2), h DEFAULT (datetime('now')), i DEFAULT "
      "CURRENT_DATE)",
      "CREATE TABLE t (a DEFAULT word, b DEFAULT \"quoted\", c DEFAULT true, d DEFAULT [br], e "
      "DEFAULT key, f DEFAULT -'x', g DEFAULT .5)",
      "CREATE TABLE t (a DEFAULT ( /* c */ ')' || '(' -- d\n ), b INT DEFAULT 0 NOT NULL)",
      "CREATE TABLE t (a DEFAULT 1 DEFAULT 2, b DEFAULT 0x1F, c DEFAULT 'x'CHECK(c))",
      // Constraints of columns.
      "CREATE TABLE t (a TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT "
      "REPLACE, "
      "b COLLATE 'rtrim' COLLATE \"binary\")",
      "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, b INT NULL, c NULL ON CONFLICT FAIL NOT NULL)",
      "CREATE TABLE t (a INTEGER CONSTRAINT pk PRIMARY KEY ASC ON CONFLICT ROLLBACK AUTOINCREMENT)",
      "CREATE TABLE t (a INT CONSTRAINT x, b INT CONSTRAINT y CONSTRAINT z CHECK (b > 0) "
      "CONSTRAINT w)",
      "CREATE TABLE t (a INT CONSTRAINT one CHECK (a > 1)CHECK(a > 2)CONSTRAINT three CHECK(a>3))",
      "CREATE TABLE t (a CONSTRAINT 'str' CHECK (a IS NOT ')'), b CONSTRAINT [br] NOT NULL)",
      "CREATE TABLE t (a INT NOT NULL NOT NULL, b INT NOT NULL CHECK (b <> '--'))",
      "CREATE TABLE t (a INT CHECK (a IN (1, 2, (3))), b TEXT CHECK (b NOT LIKE '%(%' ESCAPE "
      "'\\'))",
      "CREATE TABLE t (a TEXT CHECK (CASE WHEN a IS NULL THEN 1 ELSE length(a) > 0 END))",
      // Constraints of the table.
      "CREATE TABLE t (a INT, b INT, PRIMARY KEY (a COLLATE nocase DESC, b ASC) ON CONFLICT FAIL)",
      "CREATE TABLE t (a, b, UNIQUE ((a) COLLATE 'nocase', ((b))) ON CONFLICT IGNORE, CHECK (a) ON "
      "CONFLICT ABORT)",
      "CREATE TABLE t (a INTEGER, PRIMARY KEY (a AUTOINCREMENT))",
      "CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC AUTOINCREMENT) ON CONFLICT IGNORE)",
      "CREATE TABLE t (a, b, CHECK (a > 0)CHECK (b > 0) CONSTRAINT u UNIQUE (a)FOREIGN KEY (b) "
      "REFERENCES p CONSTRAINT last)",
      "CREATE TABLE t (a, CONSTRAINT x, CONSTRAINT y CONSTRAINT z, CHECK (a))",
      "CREATE TABLE t (a CONSTRAINT before, CHECK (a > 0), CHECK (a < 9))",
      "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0) -- positive\n, CONSTRAINT d CHECK (a < 9) "
      "-- "
      "small\n)",
      "CREATE TABLE t (a INT,\n  UNIQUE (a) ON CONFLICT ABORT CHECK (a > 0)CHECK (a < 9)\n)",
      // Foreign keys.
      "CREATE TABLE t (a INT REFERENCES p, b REFERENCES p(id)ON DELETE CASCADE, c REFERENCES p "
      "(id) ON "
      "UPDATE SET NULL ON DELETE SET DEFAULT)",
      "CREATE TABLE t (a REFERENCES p ON DELETE CASCADE ON DELETE SET NULL ON INSERT CASCADE ON "
      "UPDATE "
      "NO ACTION MATCH FULL)",
      "CREATE TABLE t (a REFERENCES p(id)DEFERRABLE INITIALLY DEFERRED, b REFERENCES p NOT "
      "DEFERRABLE "
      "INITIALLY IMMEDIATE NOT NULL)",
      "CREATE TABLE t (a INT REFERENCES p NOT NULL DEFERRABLE INITIALLY DEFERRED, b INT)",
      "CREATE TABLE t (a INT REFERENCES p, b INT NOT DEFERRABLE, c DEFERRABLE)",
      "CREATE TABLE t (a, b, FOREIGN KEY (a, b) REFERENCES p (x, y) ON DELETE /* c */ SET -- d\n "
      "NULL)",
      "CREATE TABLE t (a, b, FOREIGN KEY (A) REFERENCES P(ID)ON UPDATE CASCADE,FOREIGN KEY(\"B\") "
      "REFERENCES 'p'('id') MATCH simple DEFERRABLE)",
      "CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INT REFERENCES tree (id) ON DELETE "
      "CASCADE, "
      "FOREIGN KEY (parent) REFERENCES tree)",
      "CREATE TABLE t (a REFERENCES p CHECK (a > 0) REFERENCES p (id) ON DELETE RESTRICT UNIQUE)",
      // Generated columns.
      "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2), c AS (a || ')') STORED NOT NULL, "
      "d INT "
      "NOT NULL GENERATED ALWAYS AS (a) VIRTUAL)",
      "CREATE TABLE t (a, b GENERATED ALWAYS AS (a), c AS (b)VIRTUAL CHECK (c > 0), d TEXT AS "
      "(a)STORED)",
      "CREATE TABLE t (a INT AS (b + 1) STORED UNIQUE, b INT, c INT CONSTRAINT g AS (b))",
      // Options.
      "CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
      "CREATE TABLE t (a TEXT, b INT, PRIMARY KEY (b DESC, a), UNIQUE (a)) without /* x */ rowid;",
      "CREATE TABLE t (a INT, b TEXT NOT NULL, c ANY, d BLOB) STRICT",
      "CREATE TABLE t (a INT PRIMARY KEY, b REAL) WITHOUT ROWID, STRICT",
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER)STRICT--end",
      // As ALTER TABLE leaves them.
      "CREATE TABLE \"t\" (a INT, \"renamed\" TEXT, b INT DEFAULT 0, c TEXT)",
      "CREATE TABLE t (a INT -- last\n, b TEXT, c INT REFERENCES \"p\" (id))",
  };
  return *tables;
}

}  // namespace daybook::sqltext
