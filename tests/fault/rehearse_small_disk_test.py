"""A trial that has no room for its copy says so first, and leaves nothing.

Mounts a small tmpfs in a mount namespace of its own, which takes root on most
machines.
"""

import os
import subprocess
import sys
import tempfile
import unittest

from harness.app import AppCase, NONNEG
from harness.environment import PATIENCE, require_tool, skip

INSIDE = "DAYBOOK_TEST_IN_MOUNT_NAMESPACE"


class SmallDisk(AppCase):

    def setUp(self):
        super().setUp()
        self.work = self.folder / "work"
        self.work.mkdir()
        mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", self.work)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.work], check=True)
        self.accounts(0)
        self.sql("CREATE TABLE padding (x); INSERT INTO padding VALUES (zeroblob(600000))")
        self.migration("0001_nonneg.textproto", NONNEG)

    def test_is_11_before_anything_is_copied(self):
        for command in ("test", "rehearse"):
            result = self.assert_ends(11, command, "--work-dir", self.work, result="resources")
            self.assertIn("a copy of the database, and a run on it, need", result["message"])
            self.assertIn("--work-dir", result["next"])
            self.assertEqual(list(self.work.iterdir()), [])

    def test_is_no_matter_once_there_is_space(self):
        mount("-o", "remount,size=16m", self.work)
        for command in ("test", "rehearse"):
            self.assert_ends(0, command, "--work-dir", self.work)
            self.assertEqual(list(self.work.iterdir()), [])


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True, timeout=PATIENCE)


def enter_mount_namespace():
    """Begins again in a mount namespace where a tmpfs can be mounted."""
    unshare = [require_tool("unshare", "util-linux"), "--mount"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    trial = f"mount -t tmpfs -o size=1m tmpfs '{tempfile.gettempdir()}'"
    probe = subprocess.run([*unshare, "sh", "-c", trial], capture_output=True, text=True,
                           timeout=PATIENCE, check=False)
    if probe.returncode != 0:
        skip(f"cannot mount a tmpfs here (run as root): {probe.stderr.strip()}")
    os.environ[INSIDE] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


if __name__ == "__main__":
    if INSIDE not in os.environ:
        enter_mount_namespace()
    unittest.main()
