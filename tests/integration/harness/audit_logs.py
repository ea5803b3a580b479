"""A database of an application with its audit_logs, and the importer run on it."""

import contextlib
import json
import sqlite3
import subprocess

from harness.environment import program
from harness.migrate import run

COLUMNS = ("id", "user_id", "telegram_id", "action", "resource_type", "resource_id", "details",
           "ip_address", "user_agent", "created_at")

SCHEMA = """CREATE TABLE audit_logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, telegram_id TEXT, action TEXT NOT NULL,
  resource_type TEXT, resource_id INTEGER, details TEXT, ip_address TEXT, user_agent TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP)"""


class AppDatabase:
    """The file of an application that kept its audit log itself."""

    def __init__(self, path, schema=SCHEMA):
        self.path = path
        self.sql(schema)

    def connect(self):
        return contextlib.closing(sqlite3.connect(self.path))

    def sql(self, script):
        with self.connect() as database:
            database.executescript(script)

    def insert(self, **values):
        """Adds a row; its id."""
        names = ", ".join(values)
        with self.connect() as database, database:
            return database.execute(
                f"INSERT INTO audit_logs ({names}) VALUES ({', '.join('?' * len(values))})",
                list(values.values())).lastrowid

    def fill(self, rows):
        """Adds so many rows, each with every column and values of its own."""
        with self.connect() as database, database:
            database.executemany(
                f"INSERT INTO audit_logs ({', '.join(COLUMNS[1:])}) VALUES "
                f"({', '.join('?' * len(COLUMNS[1:]))})",
                ((number, f"tg-{number}", "deposit_confirmed", "deposit", number * 2,
                  f'{{"n": {number},  "텍스트": "값"}}', f"203.0.113.{number % 256}", "bot/1.0",
                  f"2026-01-{1 + number % 28:02} {number % 24:02}:30:{number % 60:02}")
                 for number in range(rows)))

    def ids(self):
        with self.connect() as database:
            return [row[0] for row in database.execute("SELECT id FROM audit_logs ORDER BY id")]


class Importer:
    """Runs `daybook import` from one database into one service."""

    def __init__(self, database, address, producer="shop"):
        self._command = [program("daybook"), "--address", address, "import", "--from",
                         f"sqlite:{database.path}", "--producer", producer]

    def run(self, *arguments):
        return run([*self._command, *map(str, arguments)])

    def launch(self, *arguments):
        """Begins, with lines of JSON."""
        return subprocess.Popen([*self._command, *map(str, arguments), "--json"], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def results(self, *arguments):
        """Runs it with --json; how it ended, and its lines by event."""
        ended = self.run(*arguments, "--json")
        lines = {}
        for text in ended.out.splitlines():
            line = json.loads(text)
            lines.setdefault(line["event"], []).append(line)
        return ended, lines
