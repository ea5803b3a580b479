"""The command line records events, shows them, and ends with stable codes."""

import csv
import io
import json
import os
import re
import subprocess
import unittest
from unicodedata import east_asian_width

from harness.case import ServiceCase
from harness.client import Event
from harness.environment import PATIENCE, program
from harness.following import Following
from harness.migrate import run
from harness.terminal import on_terminal

FAMILY = "홍길동👨‍👩‍👧‍👦"

DONE, REFUSED, USAGE, NOT_FOUND, UNAVAILABLE = range(5)


def run_into(stdout, *arguments):
    """Runs `daybook` with this file as its stdout."""
    return subprocess.run([program("daybook"), *map(str, arguments)], stdout=stdout,
                          stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)


class CommandLine(ServiceCase):

    def daybook(self, *arguments, address=None):
        return run([program("daybook"), *map(str, arguments), "--address",
                    address or self.daemon.address])

    def assert_done(self, *arguments):
        ended = self.daybook(*arguments)
        self.assertEqual(ended.code, DONE, ended)
        return ended

    def recorded(self, *arguments):
        answer = json.loads(self.assert_done("record", *arguments, "--json").out)
        return int(answer["receipt"]["seq"])

    def test_record_writes_every_field(self):
        seq = self.recorded(
            "--action", "login_failed", "--reason", "BAD_PASSWORD", "--user-id", 7,
            "--telegram-id", "tg-1", "--actor", "user:7", "--resource-type", "session",
            "--resource-id", "s-1", "--details", '{"amount": 1.50}', "--ip-address", "203.0.113.9",
            "--user-agent", "curl/8", "--tenant", "shop-1", "--producer", "billing",
            "--event-time", "2026-01-31T09:30:00Z", "--correlation-id", "c-1")

        event = self.client.get(seq)
        self.assertEqual(
            (event.action, event.reason, event.user_id, event.telegram_id, event.actor),
            ("login_failed", "BAD_PASSWORD", 7, "tg-1", "user:7"))
        self.assertEqual((event.resource_type, event.resource_id, event.details),
                         ("session", "s-1", '{"amount": 1.50}'))
        self.assertEqual((event.ip_address, event.user_agent, event.tenant, event.producer),
                         ("203.0.113.9", "curl/8", "shop-1", "billing"))
        self.assertEqual(event.event_time.ToJsonString(), "2026-01-31T09:30:00Z")
        self.assertEqual((event.correlation_id, event.outcome), ("c-1", 2))

    def test_record_for_people_names_the_event(self):
        ended = self.assert_done("record", "--action", "login")

        self.assertIn(f"event {self.client.size() - 1} ", ended.out)

    def test_record_with_the_same_request_id_records_once(self):
        arguments = ("--action", "login", "--request-id", "cli-1")

        self.assertEqual(self.recorded(*arguments), self.recorded(*arguments))

    def test_what_the_service_refuses_ends_with_1_and_says_why(self):
        before = self.client.size()

        ended = self.daybook("record", "--action", "login", "--details", "[1]")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("details", ended.err)
        self.assertEqual(self.client.size(), before)

    def test_wrong_arguments_end_with_2(self):
        for arguments in ((), ("record",), ("explode",), ("get",), ("get", "seven"),
                          ("record", "--action", "login", "--user-id", "seven"),
                          ("query", "--timeout", "nan"), ("query", "--timeout", "0")):
            with self.subTest(arguments):
                self.assertEqual(self.daybook(*arguments).code, USAGE)

    def test_a_number_is_its_digits(self):
        for arguments in (("query", "--limit", "-1"), ("query", "--limit=1e3"),
                          ("top", "--min-count", "+5"), ("patterns", "--more-than", "0x10"),
                          ("tail", "--since-seq", " 5"),
                          ("export", "-o", "x", "--as-of-size", "-1"),
                          ("import", "--from", "sqlite:x", "--batch", "-1"), ("get", "--", "-1")):
            with self.subTest(arguments):
                ended = self.daybook(*arguments)
                self.assertEqual((ended.code, ended.out), (USAGE, ""), ended)
                self.assertIn("takes a whole number", ended.err)

        number = self.recorded("--action", "numbered", "--user-id", "-0100")
        self.assertEqual(self.client.get(number).user_id, -100)

    def test_get_shows_one_event(self):
        seq = self.recorded("--action", "login", "--actor", "user:show-me")

        self.assertIn("user:show-me", self.assert_done("get", seq).out)
        event = json.loads(self.assert_done("get", seq, "--json").out)
        self.assertEqual((event["seq"], event["actor"]), (str(seq), "user:show-me"))

    def test_get_beyond_the_end_ends_with_3(self):
        ended = self.daybook("get", 10**6)

        self.assertEqual(ended.code, NOT_FOUND, ended)
        self.assertTrue(ended.err)

    def test_query_prints_one_json_object_a_line_newest_first(self):
        seqs = [self.recorded("--action", "queried", "--user-id", i) for i in range(5)]

        ended = self.assert_done("query", "action = queried", "--json")

        events = [json.loads(line) for line in ended.out.splitlines()]
        self.assertEqual([int(event["seq"]) for event in events], seqs[::-1])

    def test_query_options_become_a_filter(self):
        name = 'a "b\\\\ c*\nd'
        mine = self.recorded("--action", "opted", "--actor", name, "--user-id", 5)
        self.recorded("--action", "opted", "--actor", name + "x", "--user-id", 5)
        denied = self.recorded("--action", "opted", "--outcome", "DENIED", "--actor", "other")

        def seqs(*arguments):
            out = self.assert_done("query", *arguments, "--json").out
            return [int(json.loads(line)["seq"]) for line in out.splitlines()]

        self.assertEqual(seqs("--actor", name), [mine])
        self.assertEqual(seqs("--actor", name, "--actor", "other", "--action", "opt*"),
                         [denied, mine])
        self.assertEqual(seqs("action = opted OR action = x", "--outcome", "denied"), [denied])
        self.assertEqual(seqs("--action", "opted", "--user-id", 5, "--order", "seq")[0], mine)
        self.assertEqual(seqs("--action", "opted", "--until", "2020-01-01"), [])
        self.assertEqual(len(seqs("--action", "opted", "--since", "1h")), 3)

    def test_query_shows_the_whole_filter_where_options_moved_its_columns(self):
        ended = self.daybook("query", "nonsense = 1", "--user-id", 7)

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("(nonsense = 1) AND (user_id = 7)", ended.err)

    def test_query_refuses_times_that_are_none(self):
        for arguments in (("--since", "yesterday"), ("--until", "2026-02-30"),
                          ("--json", "--csv"), ("--outcome", "MAYBE"), ("--order", "actor")):
            with self.subTest(arguments):
                self.assertEqual(self.daybook("query", *arguments).code, USAGE)

    def test_query_writes_values_that_are_read_back(self):
        seq = self.recorded("--action", "csv", "--actor", '=1+1,"x"\nå', "--user-agent", "홍")

        ended = self.assert_done("query", f"seq = {seq}", "--csv")

        row, = csv.DictReader(io.StringIO(ended.out, newline=""))
        self.assertEqual((row["seq"], row["action"], row["outcome"]), (str(seq), "csv", "SUCCESS"))
        self.assertEqual((row["actor"], row["user_agent"]), ("'" + '=1+1,"x"\nå', "홍"))
        self.assertTrue(row["created_at"].endswith("Z"))

    def test_values_drive_no_terminal_and_are_exact_in_a_pipe(self):
        actor = "\x1b[2Jx\r\ny"
        seq = self.recorded("--action", "csv_failed", "--actor", actor)
        for arguments in (("query", f"seq = {seq}"), ("top", f"seq = {seq}", "--by", "actor"),
                          ("patterns", f"seq = {seq}", "--more-than", 0)):
            with self.subTest(arguments):
                command = [program("daybook"), *map(str, arguments), "--csv", "--address",
                           self.daemon.address]
                shown = on_terminal(command, columns=80)
                exact = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE,
                                       check=True).stdout

                self.assertIn("\\u001b[2Jx\\u000d\\u000ay", shown)
                self.assertNotIn("\x1b", shown)
                self.assertIn(actor.encode(), exact)

    def test_query_shows_local_time_with_its_zone(self):
        seq = self.recorded("--action", "timed")
        command = [program("daybook"), "query", f"seq = {seq}", "--address", self.daemon.address]

        def shown(*arguments):
            return run([*command, *arguments], env=os.environ | {"TZ": "Asia/Seoul"}).out

        self.assertIn("+09:00", shown())
        self.assertIn("+00:00", shown("--utc"))

    def test_query_on_a_terminal_has_colours_and_fits_it(self):
        seq = self.recorded("--action", "seen_failed", "--actor", "\x1b[2J" + FAMILY * 7,
                            "--resource-type", "r" * 60)
        command = [program("daybook"), "query", f"seq = {seq}", "--address", self.daemon.address]

        shown = on_terminal(command, columns=100)

        self.assertIn("\x1b[1;31mFAILURE\x1b[0m", shown)
        self.assertNotIn("\x1b[2J", shown)
        self.assertIn("…", shown)
        for line in re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines():
            columns = sum(2 if east_asian_width(c) == "W" else 1
                          for c in line.replace(FAMILY[3:], "xx"))
            self.assertLessEqual(columns, 100, line)
        self.assertNotIn("\x1b", on_terminal(command, columns=100, NO_COLOR="1"))
        self.assertNotIn("\x1b", on_terminal([*command, "--color", "never"], columns=100))
        self.assertIn("\x1b[1;31m", run([*command, "--color", "always"]).out)
        self.assertNotIn("…", run(command).out)

    def test_query_is_limited(self):
        for _ in range(4):
            self.recorded("--action", "limited")

        ended = self.assert_done("query", "action = limited", "--limit", 3, "--json")

        self.assertEqual(len(ended.out.splitlines()), 3)

    def test_json_that_was_cut_is_told_on_stderr(self):
        for _ in range(2):
            self.recorded("--action", "cut")

        ended = self.assert_done("query", "action = cut", "--limit", 1, "--json")

        self.assertEqual(len(ended.out.splitlines()), 1)
        self.assertIn("--limit 0", ended.err)

    def test_output_that_cannot_be_written_is_no_success(self):
        seq = self.recorded("--action", "login")
        with open("/dev/full", "wb") as full:
            ended = run_into(full, "get", seq, "--address", self.daemon.address)

        self.assertEqual(ended.returncode, REFUSED)
        self.assertIn("could not be written", ended.stderr)

    def test_a_reader_that_is_gone_from_the_beginning_is_no_failure(self):
        self.recorded("--action", "unread_failed", "--actor", "user:unread")
        for arguments in (("get", 0), ("get", 0, "--json"), ("query",), ("query", "--csv"),
                          ("query", "--json", "--limit", 1), ("tail", "--since-seq", 0),
                          ("top", "--by", "actor"), ("top", "--by", "actor", "--csv"),
                          ("top", "--by", "actor", "--json", "--limit", 1), ("patterns",),
                          ("patterns", "--csv", "--more-than", 0), ("detections", "--csv"),
                          ("man",)):
            with self.subTest(arguments):
                unread, stdout = os.pipe()
                os.close(unread)
                with open(stdout, "wb") as written:
                    ended = run_into(written, *arguments, "--address", self.daemon.address)
                self.assertEqual((ended.returncode, ended.stderr), (DONE, ""))

    def test_a_reader_that_goes_ends_it_with_0_and_without_a_word(self):
        self.client.batch([("", Event(action="long", user_agent="x" * 1_000))] * 900)
        for form in ("--json", "--csv"):
            with self.subTest(form), Following("query", "action = long", "--limit", 0, form,
                                               "--address", self.daemon.address) as followed:
                followed.line()
                followed.stop_reading()

                self.assertEqual(followed.wait(), DONE)
                self.assertEqual(followed.rest_told(), [])

    def test_what_is_refused_is_told_also_where_nobody_reads(self):
        unread, stdout = os.pipe()
        os.close(unread)
        with open(stdout, "wb") as written:
            ended = run_into(written, "query", "action is login", "--csv", "--address",
                             self.daemon.address)

        self.assertEqual(ended.returncode, REFUSED)
        self.assertIn("column", ended.stderr)

    def test_query_for_people_says_how_many(self):
        self.recorded("--action", "counted", "--actor", "user:counted")

        ended = self.assert_done("query", "action = counted")

        self.assertIn("user:counted", ended.out)
        self.assertIn("1 event", ended.out)

    def test_query_with_a_bad_filter_ends_with_1(self):
        ended = self.daybook("query", "action is login")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("column", ended.err)

    def test_text_cannot_drive_the_terminal(self):
        seq = self.recorded("--action", "login", "--actor", "a\x1b[31mb\rc\nd")

        for arguments in (("get", seq), ("query", f"seq = {seq}")):
            out = self.assert_done(*arguments).out
            self.assertNotIn("\x1b", out)
            self.assertNotIn("\r", out)

    def test_without_a_service_it_ends_with_4(self):
        ended = self.daybook("get", 0, "--timeout", 5, address="127.0.0.1:1")

        self.assertEqual(ended.code, UNAVAILABLE, ended)

    def test_the_address_can_come_from_the_environment(self):
        environment = os.environ | {"DAYBOOK_ADDRESS": self.daemon.address}

        ended = run([program("daybook"), "record", "--action", "login"], env=environment)

        self.assertEqual(ended.code, DONE, ended)

    def test_store_lists_the_segments(self):
        for action in ("a", "b", "c", "d", "e"):
            self.recorded("--action", action)

        ended = run([program("daybook"), "store", "--data-dir", self.shared_folder, "--json"])

        self.assertEqual(ended.code, DONE, ended)
        segment = json.loads(ended.out)
        self.assertEqual((segment["segment"], segment["state"], segment["first_seq"]),
                         (0, "active", 0))
        self.assertGreaterEqual(segment["last_seq"], 4)
        self.assertGreater(segment["bytes"], 0)
        for_people = run([program("daybook"), "store", "--data-dir", self.shared_folder])
        self.assertIn("active", for_people.out)

    def test_store_of_a_folder_without_a_store(self):
        ended = run([program("daybook"), "store", "--data-dir", "/nonexistent"])

        self.assertEqual(ended.code, NOT_FOUND, ended)
        self.assertIn("no store", ended.err)


if __name__ == "__main__":
    unittest.main()
