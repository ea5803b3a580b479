"""What has no room says so before it begins, and leaves everything as it is.

Mounts a small tmpfs in a mount namespace of its own, which takes root on most
machines.
"""

import subprocess
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import PATIENCE
from harness.mount_namespace import enter_mount_namespace


class SmallDiskCase(AppCase):
    """A folder with one MiB for all that is in it."""

    def setUp(self):
        super().setUp()
        self.small = self.folder / "small"
        self.small.mkdir()
        mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", self.small)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.small], check=True)
        self.migration("0001_nonneg.textproto", NONNEG + "strategy: SINGLE_TX")

    def fill(self):
        self.accounts(0)
        self.sql("CREATE TABLE padding (x); INSERT INTO padding VALUES (zeroblob(600000))")


class Trials(SmallDiskCase):

    def setUp(self):
        super().setUp()
        self.fill()

    def test_are_11_before_anything_is_copied(self):
        for command in ("test", "rehearse"):
            result = self.assert_ends(11, command, "--work-dir", self.small, result="resources")
            self.assertIn("a copy of the database, and a run on it, need", result["message"])
            self.assertIn("--work-dir", result["next"])
            self.assertEqual(list(self.small.iterdir()), [])

    def test_are_no_matter_once_there_is_space(self):
        mount("-o", "remount,size=16m", self.small)
        for command in ("test", "rehearse"):
            self.assert_ends(0, command, "--work-dir", self.small)
            self.assertEqual(list(self.small.iterdir()), [])


class Apply(SmallDiskCase):

    def assert_refused(self, what):
        before = self.database.read_bytes()
        for command in ("preflight", "apply"):
            result = self.assert_ends(11, command, *self.backups, result="resources")
            self.assertRegex(result["message"], rf"needed in {what}, and \d+ are free")
        self.assertEqual(self.database.read_bytes(), before)
        mount("-o", "remount,size=64m", self.small)
        self.assert_ends(0, "apply", *self.backups)

    def test_without_room_to_write_the_tables_anew_is_11(self):
        self.database = self.small / "app.db"
        self.backups = ("--backup-dir", self.folder)
        self.fill()
        self.assert_refused(self.small)
        self.assertEqual(self.rows("SELECT count(*) FROM padding"), [(1,)])

    def test_without_room_for_the_backup_is_11(self):
        self.fill()
        self.sql("INSERT INTO padding VALUES (zeroblob(600000))")
        self.backups = ("--backup-dir", self.small)
        self.assert_refused(self.small)


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True, timeout=PATIENCE)


if __name__ == "__main__":
    enter_mount_namespace()
    unittest.main()
