"""An export that meets a full disk says so, and goes on once there is space."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from harness.case import ServiceCase
from harness.client import Client, Event
from harness.environment import PATIENCE, program
from harness.migrate import run
from harness.mount_namespace import enter_mount_namespace

DONE, UNAVAILABLE = 0, 4
EVENTS = 5_000


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True, timeout=PATIENCE)


class ExportDiskFull(ServiceCase):

    def test_goes_on_once_there_is_space(self):
        with Client(self.daemon.address) as client:
            for _ in range(EVENTS // 1_000):
                client.batch([("", Event(action="login", user_agent="x" * 200))] * 1_000)
        disk = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="daybook-test-")))
        mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", disk)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
        command = [program("daybook"), "export", "-o", str(disk / "out"), "--address",
                   self.daemon.address]

        for _ in range(2):
            ended = run(command)
            self.assertEqual(ended.code, UNAVAILABLE, ended)
            self.assertIn("no space left on the disk", ended.err)
            self.assertIn("the same command goes on", ended.err)
            self.assertFalse((disk / "out").exists())

        mount("-o", "remount,size=16m", disk)
        ended = run(command)
        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("goes on behind", ended.err)
        lines = (disk / "out").read_text().splitlines()
        self.assertEqual([int(json.loads(line)["seq"]) for line in lines], list(range(EVENTS)))


if __name__ == "__main__":
    enter_mount_namespace()
    unittest.main()
