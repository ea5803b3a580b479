"""daybookd serves only a store that suits it, alone, and says what to do else."""

import contextlib
import json
import shutil
import sqlite3
import unittest

from grpc import StatusCode

from harness.case import StoreCase
from harness.client import Event
from harness.environment import program
from harness.health import SERVING, NOT_SERVING, health_of, wait_for_health
from harness.migrate import make_store, run

SERVICES = ("", "daybook.audit.v1.AuditService", "daybook.ledger.v1.LedgerService")


class Gate(StoreCase):

    def set_version(self, version, suits_from):
        """Makes the store look as if a later build had migrated it."""
        self.sql("INSERT INTO mig_history VALUES (?, 'future', 'x', ?, 0, 0, 'test')",
                 version, suits_from)

    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger, ledger:
            ledger.execute(statement, values)

    def assert_outdated(self, client):
        for method, request in (("record", {"action": "login"}), ("query", {}),
                                ("get", {"seq": 0}), ("batch", {"requests": []})):
            with self.subTest(method):
                with self.assert_fails(StatusCode.FAILED_PRECONDITION, "SCHEMA_OUTDATED") as told:
                    getattr(client, method)(**request)
                self.assertIn("daybook-migrate", told.message)

    def test_no_store_ends_with_78_and_names_the_command(self):
        self.folder.mkdir()
        for folder in (self.folder, self.folder / "missing"):
            daemon = self.launch_in(folder)

            self.assertEqual(daemon.wait(), 78)
            message = daemon.log("no_store")[0]["message"]
            self.assertIn(f"daybook-migrate apply --database sqlite:{folder}", message)

    def test_the_named_command_makes_it_serve(self):
        self.folder.mkdir()
        daemon = self.launch_in(self.folder)
        self.assertEqual(daemon.wait(), 78)
        message = daemon.log("no_store")[0]["message"]
        command = message[message.index("`") + 1:message.rindex("`")].split()

        ended = run([program(command[0]), *command[1:]])

        self.assertEqual(ended.code, 0, ended)
        self.start()

    def test_a_store_out_of_range_is_not_served_until_it_is_put_back(self):
        make_store(self.folder)
        self.set_version(99, suits_from=99)
        daemon = self.launch()
        client = self.client_of(daemon)

        self.assert_outdated(client)
        for service in SERVICES:
            self.assertEqual(health_of(client, service), NOT_SERVING)
        self.assertTrue(daemon.is_running())
        self.assertFalse(daemon.log("serving"))

        self.sql("DELETE FROM mig_history WHERE version = 99")

        daemon.wait_for_line("serving")
        for service in SERVICES:
            wait_for_health(client, SERVING, service)
        self.assertEqual(client.record(action="login").seq, 0)

    def test_a_store_out_of_range_is_told_once_in_the_log(self):
        make_store(self.folder)
        self.set_version(99, suits_from=99)
        daemon = self.launch()
        daemon.wait_for_line("not_serving", reason="SCHEMA_OUTDATED")

        # The daemon looks again each second; its stop comes behind such looks.
        self.set_version(100, suits_from=100)
        self.wait_for_lines(daemon, "not_serving", 2)

        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(daemon.log("not_serving")), 2)

    def wait_for_lines(self, daemon, event, count):
        daemon.wait_until(lambda: len(daemon.log(event)) >= count)

    def test_a_newer_store_that_suits_this_build_is_served(self):
        make_store(self.folder)
        self.set_version(99, suits_from=1)

        client = self.client_of(self.start())

        client.batch([("", Event(action="login"))])
        self.assertEqual(health_of(client), SERVING)

    def test_a_store_that_another_daemon_holds_is_served_once_it_is_free(self):
        make_store(self.folder)
        first = self.start()
        self.client_of(first).record("id-1", action="login")

        second = self.launch()
        client = self.client_of(second)
        with self.assert_fails(StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE"):
            client.record(action="login")
        self.assertEqual(health_of(client), NOT_SERVING)
        self.assertTrue(first.is_running())
        first.kill()

        second.wait_for_line("serving")
        self.assertTrue(client.record("id-1", action="login").duplicate)

    def test_a_taken_address_ends_with_75(self):
        make_store(self.folder)
        first = self.start()

        second = self.launch(listen=first.address)

        self.assertEqual(second.wait(), 75)
        self.assertTrue(second.log("cannot_listen"))

    def test_a_second_start_leaves_the_ready_file_of_the_first(self):
        make_store(self.folder)
        ready_file = self.folder.with_suffix(".ready")
        first = self.start(f"--ready-file={ready_file}")
        self.assertEqual(json.loads(ready_file.read_text())["listen"], first.address)

        second = self.launch(f"--ready-file={ready_file}", listen=first.address)

        self.assertEqual(second.wait(), 75)
        self.assertEqual(json.loads(ready_file.read_text())["listen"], first.address)

    def test_a_store_that_lost_its_segments_is_damaged_not_absent(self):
        make_store(self.folder)
        shutil.rmtree(self.folder / "segments")

        daemon = self.launch()

        with self.assert_fails(StatusCode.DATA_LOSS, "STORE_DAMAGED") as told:
            self.client_of(daemon).record(action="login")
        self.assertIn("segments", told.message)

    def test_an_address_beyond_loopback_needs_a_flag(self):
        make_store(self.folder)

        daemon = self.launch(listen="0.0.0.0:0")

        self.assertEqual(daemon.wait(), 78)
        self.assertIn("--allow-unauthenticated", daemon.log("refused_to_listen")[0]["message"])

    def test_an_unknown_flag_ends_with_2(self):
        self.assertEqual(self.launch("--explode").wait(), 2)


if __name__ == "__main__":
    unittest.main()
