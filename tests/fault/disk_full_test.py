"""A full disk refuses events and loses none; recording resumes once there is space.

Mounts a small tmpfs in a mount namespace of its own, and lets it grow, which
takes root on most machines.
"""

import subprocess
import unittest

from grpc import RpcError, StatusCode

from harness.book import Book
from harness.case import StoreCase
from harness.client import Event, Failure
from harness.environment import PATIENCE
from harness.migrate import make_store
from harness.mount_namespace import enter_mount_namespace

MIB = 1 << 20


class DiskFull(StoreCase):

    def setUp(self):
        super().setUp()
        self.disk = self.folder.parent
        run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", self.disk)
        self.addCleanup(run, "umount", "--lazy", self.disk)
        self.book = Book()
        self.sent = 0

    def grow_disk(self):
        run("mount", "-o", "remount,size=64m", self.disk)

    def record(self, client, count=1, padding=1000):
        """Records one event, or a batch; the Failure where it is refused."""
        requests = []
        for _ in range(count):
            self.sent += 1
            details = f'{{"padding":"{"x" * padding}"}}'
            requests.append((f"event-{self.sent}", Event(action="login", details=details)))
        try:
            self.book.send(client, requests)
        except RpcError as error:
            self.book.forget(requests)
            return Failure.of(error)
        return None

    def fill(self, client, **options):
        for _ in range(4 * MIB // 1000):
            if failure := self.record(client, **options):
                return failure
        return self.fail("the disk never became full")

    def assert_full(self, failure):
        self.assertEqual((failure.code, failure.reason),
                         (StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL"), failure)

    def assert_records_again(self, daemon, client):
        for _ in range(50):
            self.assertIsNone(self.record(client))
        self.book.check(client, self)
        client.close()
        self.assertEqual(daemon.stop(), 0)
        self.book.check(self.client_of(self.start()), self)

    def test_is_told_and_reads_go_on(self):
        make_store(self.folder)
        daemon = self.start()
        client = self.client_of(daemon)

        self.assert_full(self.fill(client))
        for _ in range(20):
            if failure := self.record(client):
                self.assert_full(failure)

        self.assertTrue(daemon.is_running())
        self.assertEqual(self.book.check(client, self), self.book.acknowledged)
        self.assertEqual(client.get(0).request_id, "event-1")

    def test_recording_resumes_when_the_disk_grows(self):
        make_store(self.folder)
        daemon = self.start()
        client = self.client_of(daemon)
        self.assert_full(self.fill(client))

        self.grow_disk()

        self.assert_records_again(daemon, client)

    def test_recording_resumes_when_a_file_is_deleted(self):
        filler = self.disk / "filler"
        filler.write_bytes(b"x" * MIB)
        make_store(self.folder)
        daemon = self.start()
        client = self.client_of(daemon)
        self.assert_full(self.fill(client))

        filler.unlink()

        self.assert_records_again(daemon, client)

    def test_refuses_batches_whole(self):
        make_store(self.folder)
        daemon = self.start()
        client = self.client_of(daemon)

        self.assert_full(self.fill(client, count=40))

        self.assertEqual(self.book.check(client, self) % 40, 0)
        self.grow_disk()
        self.assert_records_again(daemon, client)

    def test_is_told_where_a_new_segment_does_not_fit(self):
        make_store(self.folder, "--segment-events", 4)
        daemon = self.start()
        client = self.client_of(daemon)

        self.assert_full(self.fill(client, padding=10))
        self.grow_disk()

        self.assert_records_again(daemon, client)

    def test_every_segment_can_be_read(self):
        make_store(self.folder, "--segment-events", 4)
        client = self.client_of(self.start())

        self.assert_full(self.fill(client, padding=10))

        for seq in range(self.book.acknowledged):
            self.assertEqual(client.get(seq).request_id, f"event-{seq + 1}")
        self.book.check(client, self)

    def test_a_daemon_started_on_it_says_so_and_serves_once_there_is_space(self):
        make_store(self.folder)
        daemon = self.start()
        self.assert_full(self.fill(self.client_of(daemon)))
        daemon.kill()

        daemon = self.launch()
        client = self.client_of(daemon)
        self.assert_full(self.record(client))
        self.grow_disk()
        daemon.wait_for_line("serving")

        self.assert_records_again(daemon, client)

    def test_survives_a_sigkill_and_a_restart_with_space(self):
        make_store(self.folder)
        daemon = self.start()
        self.assert_full(self.fill(self.client_of(daemon)))

        daemon.kill()
        self.grow_disk()

        daemon = self.start()
        self.assert_records_again(daemon, self.client_of(daemon))


def run(*command):
    subprocess.run(list(map(str, command)), check=True, timeout=PATIENCE)


if __name__ == "__main__":
    enter_mount_namespace()
    unittest.main()
