"""`daybook erase` takes a person out of the log, and every leaf stays what it was."""

import json
import os
import pty
import socket
import subprocess
import unittest

from grpc import StatusCode

from harness.case import StoreCase
from harness.client import Client, Event
from harness.environment import PATIENCE, program
from harness.erasing import OBJECT, SUBJECT, erase, files_holding, is_settled
from harness.migrate import make_store, run

DONE, REFUSED, USAGE, NOT_FOUND, UNAVAILABLE = range(5)
PERSON, ADDRESS, AGENT, WORDS = "tg-of-the-person", "2001:db8::77:1234", "agent-of-it", "secret-note"
EVENTS = 50


class EraseCase(StoreCase):
    """A store of three full segments and an active one; each third event is a person's."""

    def setUp(self):
        super().setUp()
        make_store(self.folder, "--segment-events", 16)
        self.daemon = self.start()
        self.client = self.client_of(self.daemon)
        for i in range(EVENTS):
            mine = i % 3 == 1
            self.client.record(
                request_id=f"request-{i}", action="login", telegram_id=PERSON if mine else f"o-{i}",
                user_id=7 if mine else 1000 + i, ip_address=ADDRESS if mine else "192.0.2.1",
                user_agent=AGENT if mine else "curl", details=json.dumps({"note": WORDS})
                if mine else "", resource_type="order", resource_id=f"r-{i}")
        self.leaves = [self.client.get(seq).leaf_hash for seq in range(EVENTS)]
        self.persons = [i for i in range(EVENTS) if i % 3 == 1]

    def daybook(self, *arguments, **options):
        return run([program("daybook"), *map(str, arguments), "--address", self.daemon.address],
                   **options)

    def erase(self, *arguments, groups="subject,client", **options):
        return self.daybook("erase", *arguments, "--groups", groups, "--reason", "was asked to",
                            "--ticket", "DPO-17", **options)

    def assert_erases(self, *arguments, events=len(range(1, EVENTS, 3)), **options):
        ended = self.erase(*arguments, "--yes", "--json", **options)
        self.assertEqual(ended.code, DONE, ended)
        answer = ended.result()
        self.assertEqual(answer["events"], events, ended)
        return answer

    def assert_leaves_as_before(self):
        self.assertEqual([self.client.get(seq).leaf_hash for seq in range(EVENTS)], self.leaves)

    def restart(self, erased):
        """Stops the service, verifies the store, in which so many events are erased, and
        starts it again."""
        self.client.close()
        self.assertEqual(self.daemon.stop(), 0)
        verified = run([program("daybook"), "verify", str(self.folder), "--json"])
        self.assertEqual(verified.code, DONE, verified)
        self.assertEqual(verified.result()["erased_events"], erased, verified)
        self.daemon = self.start()
        self.client = self.client_of(self.daemon)


class Erase(EraseCase):

    def test_of_a_person_leaves_nothing_to_find_and_every_leaf(self):
        self.assertNotEqual(files_holding(self.folder, PERSON), [])

        answer = self.assert_erases("--telegram-id", PERSON, "--by", "dpo")

        self.assertEqual(answer["segments"], 4)
        self.assertEqual(answer["declaration_seqs"], [EVENTS])
        for _ in range(2):
            for text in (PERSON, ADDRESS, AGENT):
                self.assertEqual(files_holding(self.folder, text), [], text)
            self.assertEqual(self.client.all(filter=f'telegram_id = "{PERSON}"'), [])
            self.assertEqual(self.client.all(filter="user_id = 7"), [])
            self.assert_leaves_as_before()
            self.restart(erased=17)
        self.assertEqual(len(self.client.all(filter="action = login")), EVENTS)
        self.assertEqual(len(self.client.all(filter='telegram_id = "o-2"')), 1)

    def test_keeps_the_other_groups(self):
        self.assert_erases("--telegram-id", PERSON)

        event = self.client.get(4)
        self.assertEqual((event.telegram_id, event.HasField("user_id"), event.ip_address,
                          event.user_agent), ("", False, "", ""))
        self.assertEqual((event.action, event.resource_id, event.request_id, event.details),
                         ("login", "r-4", "request-4", json.dumps({"note": WORDS})))

    def test_says_in_the_log_who_did_it_and_why_and_of_whom_not(self):
        self.assert_erases("--user-id", 7, "--by", "dpo")

        declaration = self.client.get(EVENTS)
        self.assertEqual((declaration.action, declaration.producer, declaration.source),
                         ("audit.erased", "daybook", 1))
        self.assertEqual(json.loads(declaration.public_details),
                         {"by": "dpo", "ticket": "DPO-17", "reason": "was asked to",
                          "groups": ["subject", "client"], "count": len(self.persons), "part": 1,
                          "of": 1})
        self.assertEqual(json.loads(declaration.details),
                         {"ranges": [[seq, seq] for seq in self.persons]})

    def test_again_finds_nothing_to_do(self):
        self.assert_erases("--telegram-id", PERSON)

        again = self.assert_erases("--telegram-id", PERSON, events=0)

        self.assertEqual(again["declaration_seqs"], [])
        self.assertEqual(self.client.size(), EVENTS + 1)

    def test_of_another_group_later(self):
        self.assert_erases("--telegram-id", PERSON)
        self.restart(erased=17)

        self.assert_erases("--filter", "action = login", groups="details,object", events=EVENTS)

        self.assertEqual(files_holding(self.folder, WORDS), [])
        self.assert_leaves_as_before()
        self.restart(erased=EVENTS)
        self.assert_leaves_as_before()
        self.assertEqual(self.client.get(4).resource_type, "order")

    def test_of_the_object_forgets_the_request(self):
        self.assert_erases("--telegram-id", PERSON, "--filter", 'resource_id = "r-4"',
                           groups="object", events=1)
        event = self.client.get(7)

        receipt = self.client.record(request_id="request-4", action="login")

        self.assertFalse(receipt.duplicate)
        self.assertEqual(receipt.seq, EVENTS + 1)
        with self.assert_fails(StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED"):
            self.client.record(request_id=event.request_id, action="login")

    def test_of_one_group_lets_no_request_be_recorded_again(self):
        self.assert_erases("--telegram-id", PERSON)

        with self.assert_fails(StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED"):
            self.client.record(request_id="request-4", action="login", telegram_id=PERSON)
        self.assertEqual(files_holding(self.folder, PERSON), [])

    def test_dry_runs_only_count(self):
        ended = self.erase("--telegram-id", PERSON, "--dry-run")

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn(f"{len(self.persons)} events have something to erase, in 4 segments",
                      ended.out)
        self.assertEqual(self.client.size(), EVENTS)
        self.assertEqual(self.client.get(4).telegram_id, PERSON)

    def test_names_the_declaration_and_what_it_does_not_reach(self):
        ended = self.erase("--telegram-id", PERSON, "--yes")

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn(f"declared as event {EVENTS}\n", ended.out)
        for copies in ("backups", "exports", "evidence"):
            self.assertIn(copies, ended.out)

    def test_asks_where_nobody_said_yes(self):
        ended = self.erase("--telegram-id", PERSON, stdin=subprocess.DEVNULL)
        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("--yes", ended.err)

        for typed, code, left in ((b"no\n", REFUSED, PERSON), (b"yes\n", DONE, "")):
            mine, other = pty.openpty()
            os.write(mine, typed)
            ended = self.erase("--telegram-id", PERSON, stdin=other)
            os.close(other)
            os.close(mine)
            self.assertEqual(ended.code, code, ended)
            self.assertEqual(self.client.get(4).telegram_id, left)

    def test_mistakes_change_nothing(self):
        for arguments, code in (
                (("--groups", "subject"), USAGE),
                (("--telegram-id", PERSON, "--groups", "person"), USAGE),
                (("--filter", "", "--groups", "subject"), REFUSED),
                (("--filter", "nobody = 7", "--groups", "subject"), REFUSED)):
            ended = self.daybook("erase", *arguments, "--reason", "r", "--ticket", "t", "--yes")
            self.assertEqual(ended.code, code, ended)
        self.assertEqual(self.client.size(), EVENTS)

    def test_stops_at_an_event_that_was_changed(self):
        # Leaves are stored once a tile of 256 is complete.
        self.client.batch([("", Event(action="login"))] * 256)
        size = self.client.size()
        self.client.close()
        self.assertEqual(self.daemon.stop(), 0)
        segment = next(self.folder.rglob("000000.db"))
        subprocess.run(
            ["sqlite3", segment, "DROP TRIGGER audit_logs_no_update;"
             " UPDATE audit_logs SET user_agent = 'another' WHERE id = 4"], check=True,
            timeout=PATIENCE)
        self.daemon = self.start()
        self.client = self.client_of(self.daemon)

        ended = self.erase("--telegram-id", PERSON, "--yes")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("DATA_LOSS / STORE_DAMAGED", ended.err)
        self.assertIn("event 4 ", ended.err)
        self.assertEqual(self.client.size(), size)
        self.assertEqual(self.client.get(7).telegram_id, PERSON)

    def test_goes_on_while_events_are_recorded_and_read(self):
        erased = subprocess.Popen(
            [program("daybook"), "erase", "--telegram-id", PERSON, "--groups", "subject",
             "--reason", "r", "--ticket", "t", "--yes", "--address", self.daemon.address],
            stdout=subprocess.DEVNULL)
        more = 0
        while erased.poll() is None:
            more += 1
            self.client.record(request_id=f"more-{more}", action="login", telegram_id="o-new")
            self.assertEqual(len(self.client.all(filter='telegram_id = "o-2"')), 1)

        self.assertEqual(erased.wait(), DONE)
        self.assertEqual(len(self.client.all(filter='telegram_id = "o-new"')), more)
        self.assert_leaves_as_before()


class OtherMachines(StoreCase):

    def test_are_not_answered(self):
        make_store(self.folder)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))
            except OSError:
                self.skipTest("this machine has no address but loopback")
            own = probe.getsockname()[0]
        if own.startswith("127."):
            self.skipTest("this machine has no address but loopback")
        daemon = self.start("--allow-unauthenticated", listen="0.0.0.0:0")
        port = daemon.address.rsplit(":", 1)[1]
        client = self.enterContext(Client(f"{own}:{port}"))

        with self.assert_fails(StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"):
            erase(client, "action = login", groups=(SUBJECT, OBJECT))
        local = self.enterContext(Client(f"127.0.0.1:{port}"))
        self.assertTrue(is_settled(daemon, local))


if __name__ == "__main__":
    unittest.main()
