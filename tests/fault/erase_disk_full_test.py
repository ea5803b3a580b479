"""On a full disk an erasure is declared or it is not; what was declared is
completed once there is space.

Mounts a small tmpfs in a mount namespace of its own, and lets it grow, which
takes root on most machines.
"""

import subprocess
import unittest

import grpc
from grpc import StatusCode

from harness.case import StoreCase
from harness.client import Event, Failure
from harness.environment import PATIENCE
from harness.erasing import erase, files_holding, is_settled, wait_until_settled
from harness.ledger import daybook
from harness.migrate import make_store
from harness.mount_namespace import enter_mount_namespace
from harness.waiting import wait_until

MIB = 1 << 20
PERSON = "the-person-of-these-events"


class EraseOnAFullDisk(StoreCase):

    def setUp(self):
        super().setUp()
        self.disk = self.folder.parent
        run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", self.disk)
        self.addCleanup(run, "umount", "--lazy", self.disk)
        make_store(self.folder, "--segment-events", 1024)
        self.daemon = self.start()
        self.client = self.client_of(self.daemon)
        # One sealed segment and an active one, of about a megabyte each.
        for _ in range(15):
            self.client.batch([("", Event(action="login", telegram_id=PERSON,
                                          details='{"x":"' + "x" * 700 + '"}'))] * 100)
        self.wait_until_sealed()

    def wait_until_sealed(self):
        """Sealing takes space for a while, and gives it back."""
        wait_until(lambda: '"state":"sealed"' in daybook("store", "--data-dir", self.folder,
                                                        "--json").out, "nothing was sealed")

    def fill_disk(self, but):
        """Leaves so many bytes free."""
        free = int(run("stat", "-f", "-c", "%a %S", self.disk).split()[0]) * 4096
        (self.disk / "filler").write_bytes(b"x" * (free - but))

    def grow_disk(self):
        run("mount", "-o", "remount,size=64m", self.disk)

    def assert_completed_by_itself(self):
        wait_until_settled(self.daemon, self.client)
        self.assertEqual(self.client.all(filter=f'telegram_id = "{PERSON}"'), [])
        self.assertEqual(files_holding(self.folder, PERSON), [])

    def erase_without_space(self):
        with self.assert_fails(StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL") as failure:
            erase(self.client, f'telegram_id = "{PERSON}"')
        return failure

    def test_what_is_declared_is_completed_once_there_is_space(self):
        self.fill_disk(but=MIB // 2)

        failure = self.erase_without_space()

        self.assertIn("declared as event 1500", failure.message)
        self.assertEqual(self.client.get(1500).action, "audit.erased")
        self.client.record(action="login")  # the rest goes on
        self.grow_disk()
        self.assert_completed_by_itself()

    def test_also_after_a_kill(self):
        self.fill_disk(but=MIB // 2)
        self.erase_without_space()

        self.daemon.kill()
        self.grow_disk()

        self.daemon = self.start()
        self.client = self.client_of(self.daemon)
        self.assert_completed_by_itself()

    def test_what_cannot_be_declared_is_not_begun(self):
        self.fill_disk(but=0)
        try:
            while True:
                self.client.record(action="login", details='{"x":"' + "x" * 700 + '"}')
        except grpc.RpcError as error:
            self.assertEqual(Failure.of(error).reason, "STORE_FULL")

        with self.assertRaises(grpc.RpcError) as raised:
            erase(self.client, f'telegram_id = "{PERSON}"')
        self.assertNotIn("declared as", Failure.of(raised.exception).message)
        self.grow_disk()

        self.assertTrue(is_settled(self.daemon, self.client))
        self.assertEqual(self.client.all(filter="action = audit.erased"), [])
        self.assertEqual(len(self.client.all(filter=f'telegram_id = "{PERSON}"', page_size=1000)),
                         1500)


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, timeout=PATIENCE,
                          capture_output=True, text=True).stdout


if __name__ == "__main__":
    enter_mount_namespace()
    unittest.main()
