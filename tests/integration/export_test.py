"""An export holds every event once, whenever it is killed, and has its name only when it is whole."""

import csv
import json
import os
import pathlib
import subprocess
import threading
import unittest

from harness.case import ServiceCase
from harness.client import Client, Event
from harness.environment import PATIENCE, program
from harness.following import Following
from harness.migrate import run
from harness.proxy import Proxy
from harness.terminal import on_terminal

import harness.stubs  # noqa: F401  makes the next import possible
from daybook.audit.v1 import audit_service_pb2

DONE, REFUSED, USAGE, NOT_FOUND, UNAVAILABLE = range(5)
EVENTS = 4_500


class StopsAfter:
    """Lets so many pages through; the next one waits until the test ends."""

    def __init__(self, pages):
        self._left = pages
        self.is_stuck = threading.Event()
        self.goes_on = threading.Event()

    def __call__(self, answer):
        self._left -= 1
        if self._left < 0:
            self.is_stuck.set()
            self.goes_on.wait(PATIENCE)
        return answer


def without_token(answer):
    page = audit_service_pb2.QueryEventsResponse.FromString(answer)
    page.next_page_token = "AAAA" if page.next_page_token else ""
    return page.SerializeToString()


class Export(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with_client = cls.enterClassContext(Client(cls.daemon.address))
        for begin in range(0, EVENTS, 500):
            with_client.batch([("", Event(action="even" if i % 2 == 0 else "odd_failed",
                                          actor=f"=홍,\"{i}\"\n", user_id=i))
                               for i in range(begin, begin + 500)])

    def setUp(self):
        super().setUp()
        self.out = self.folder.parent / "out"

    def export(self, *arguments, address=None):
        return run(self.command(*arguments, address=address))

    def command(self, *arguments, address=None):
        return [program("daybook"), "export", "-o", str(self.out), *map(str, arguments),
                "--address", address or self.daemon.address]

    def killed(self, pages, *arguments):
        """Kills an export with SIGKILL while it waits for another page."""
        stops = StopsAfter(pages)
        with Proxy(self.daemon.address, QueryEvents=stops) as proxy:
            process = subprocess.Popen(self.command(*arguments, address=proxy.address),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertTrue(stops.is_stuck.wait(PATIENCE))
            process.kill()
            process.wait(PATIENCE)
            stops.goes_on.set()
        self.assertFalse(self.out.exists())

    def assert_done(self, *arguments):
        ended = self.export(*arguments)
        self.assertEqual(ended.code, DONE, ended)
        return ended

    def seqs(self):
        return [int(json.loads(line)["seq"]) for line in self.out.read_text().splitlines()]

    def left_beside(self):
        return sorted(path.name for path in self.out.parent.iterdir() if path.name != "store")

    def test_holds_every_event_in_order(self):
        ended = self.assert_done()

        self.assertEqual(self.seqs(), list(range(self.size())))
        self.assertIn(f"complete as of size {self.size()}", ended.out)
        self.assertEqual(self.left_beside(), ["out"])

    def test_holds_what_the_filter_asks_for(self):
        self.assert_done("user_id < 1500", "--outcome", "failure", "--as-of-size", 1000)

        self.assertEqual(self.seqs(), list(range(1, 1000, 2)))

    def test_values_are_read_back(self):
        self.assert_done("--format", "csv")

        with self.out.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([int(row["seq"]) for row in rows], list(range(self.size())))
        self.assertEqual(rows[7]["actor"], "'=홍,\"7\"\n")

    def test_goes_on_where_it_was_killed(self):
        for form in ("jsonl", "csv"):
            with self.subTest(form):
                self.assert_done("--format", form, "--force")
                at_once = self.out.read_bytes()
                self.out.unlink()

                self.killed(1, "--format", form)
                self.killed(2, "--format", form)
                ended = self.assert_done("--format", form)

                self.assertIn("goes on behind", ended.err)
                self.assertEqual(self.out.read_bytes(), at_once)
                self.assertEqual(self.left_beside(), ["out"])

    def test_what_was_half_written_is_written_again(self):
        for form in ("jsonl", "csv"):
            self.assert_done("--format", form, "--force")
            at_once = self.out.read_bytes()
            self.out.unlink()
            for torn in (1, 200_000):  # within a line, and within the lines of another page
                with self.subTest(form=form, torn=torn):
                    self.killed(2, "--format", form)
                    partial = pathlib.Path(f"{self.out}.partial")
                    whole = self.whole_bytes()
                    partial.write_bytes(at_once[:whole + torn])

                    self.assert_done("--format", form)

                    self.assertEqual(self.out.read_bytes(), at_once)
                    self.out.unlink()

    def whole_bytes(self):
        """How much of an unfinished file is whole, as its state has it."""
        lines = pathlib.Path(f"{self.out}.partial.state").read_text(encoding="utf-8").splitlines()
        value, = (line.split(" ")[1] for line in lines if line.startswith("bytes "))
        return int(value)

    def test_stdout_gets_the_events_and_nothing_else(self):
        self.assert_done("--format", "csv")
        expected = self.out.read_bytes()
        for name in ("-", "/dev/stdout", "/dev/fd/1"):
            with self.subTest(name):
                ended = self.streamed_to(name, "--format", "csv", stdout=subprocess.PIPE)
                self.assertEqual((ended.returncode, ended.stdout), (DONE, expected))
                self.assertIn(f"{name}: {self.size()} events, complete as of size", ended.stderr)
                self.assertEqual(self.left_beside(), ["out"])

    def test_stdout_that_is_a_file_is_appended_to(self):
        for name in ("-", "/dev/stdout"):
            with self.subTest(name):
                self.out.write_text("mine\n")
                with self.out.open("ab") as file:
                    ended = self.streamed_to(name, "seq < 3", "--json", stdout=file)

                self.assertEqual(ended.returncode, DONE, ended)
                mine, *lines = self.out.read_text().splitlines()
                self.assertEqual((mine, [int(json.loads(line)["seq"]) for line in lines]),
                                 ("mine", [0, 1, 2]))
                self.assertEqual(json.loads(ended.stderr)["events"], 3)
                self.assertEqual(self.left_beside(), ["out"])

    def test_a_reader_of_stdout_that_goes_ends_it_with_0(self):
        with Following("export", "-o", "-", "--address", self.daemon.address) as followed:
            followed.line()
            followed.stop_reading()

            self.assertEqual(followed.wait(), DONE)
            self.assertEqual(followed.rest_told(), [])

    def test_a_pipe_with_a_name_gets_the_events(self):
        reader = self.read_by("cat")

        self.assert_done("seq < 3")

        read, _ = reader.communicate(timeout=PATIENCE)
        self.assertEqual([int(json.loads(line)["seq"]) for line in read.splitlines()], [0, 1, 2])
        self.assertTrue(self.out.is_fifo())
        self.assertEqual(self.left_beside(), ["out"])

    def test_a_pipe_with_a_name_that_nobody_reads_any_more_is_a_failure(self):
        self.read_by("head", "-c", "1")

        ended = self.export()

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("nobody reads it any more", ended.err)
        self.assertTrue(self.out.is_fifo())

    def read_by(self, *command):
        """Makes a pipe of the export, which this command reads; the command's process."""
        os.mkfifo(self.out)
        reader = self.enterContext(subprocess.Popen([*command, str(self.out)],
                                                    stdout=subprocess.PIPE))
        self.addCleanup(reader.kill)  # where no writer comes it would wait for ever
        return reader

    def test_devices_are_written_to_and_stay_what_they_are(self):
        for name, code, said in (("/dev/null", DONE, ""),
                                 ("/dev/full", UNAVAILABLE, "no space left")):
            for force in ((), ("--force",)):
                with self.subTest(name=name, force=force):
                    ended = self.streamed_to(name, *force, stdout=subprocess.PIPE)
                    self.assertEqual(ended.returncode, code, ended)
                    self.assertIn(said, ended.stderr)
                    self.assertNotIn("goes on", ended.stderr)
                    self.assertTrue(pathlib.Path(name).is_char_device())
                    self.assertEqual([*pathlib.Path("/dev").glob("*.partial*")], [])

    def test_what_takes_no_lines_is_refused_at_once(self):
        self.out.mkdir()
        for name, why in ((self.out, "is a folder"), ("", "name of a file")):
            for force in ((), ("--force",)):
                with self.subTest(name=name, force=force):
                    ended = self.streamed_to(name, *force, stdout=subprocess.PIPE)
                    self.assertEqual((ended.returncode, ended.stdout), (USAGE, b""), ended)
                    self.assertIn(why, ended.stderr)
        self.assertEqual(self.left_beside(), ["out"])

    def test_values_drive_no_terminal(self):
        command = self.to("-", "seq < 3", "--format", "csv")

        shown = on_terminal(command, columns=80)

        self.assertNotIn("\x1b", shown)
        self.assertEqual(shown.count("\\u000a"), 3, shown)
        self.assertIn("-: 3 events, complete as of size", shown)

    def to(self, name, *arguments):
        return [program("daybook"), "export", "-o", str(name), *map(str, arguments),
                "--address", self.daemon.address]

    def streamed_to(self, name, *arguments, stdout):
        """How it ended, its stdout as bytes and its stderr as text."""
        ended = subprocess.run(self.to(name, *arguments), stdout=stdout, stderr=subprocess.PIPE,
                               cwd=self.out.parent, timeout=PATIENCE, check=False)
        ended.stderr = ended.stderr.decode()
        return ended

    def test_stays_with_the_log_of_its_beginning(self):
        size = self.size()
        self.killed(2)
        with Client(self.daemon.address) as client:
            client.record(action="later")

        ended = self.assert_done()

        self.assertIn(f"complete as of size {size}", ended.out)
        self.assertEqual(self.seqs(), list(range(size)))

    def test_goes_on_when_its_token_is_too_old(self):
        with Proxy(self.daemon.address, QueryEvents=without_token) as proxy:
            ended = self.export("--as-of-size", EVENTS, address=proxy.address)
        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("the same command goes on", ended.err)

        self.assert_done("--as-of-size", EVENTS)

        self.assertEqual(self.seqs(), list(range(EVENTS)))

    def test_a_filter_with_a_name_like_the_function_is_gone_on_with(self):
        question = ("actor != santiago", "--as-of-size", EVENTS)
        with Proxy(self.daemon.address, QueryEvents=without_token) as proxy:
            self.assertEqual(self.export(*question, address=proxy.address).code, REFUSED)

        self.assert_done(*question)

        self.assertEqual(self.seqs(), list(range(EVENTS)))

    def test_a_filter_that_means_something_else_by_now_is_not_gone_on_with(self):
        question = 'created_at > ago("1h")'
        with Proxy(self.daemon.address, QueryEvents=without_token) as proxy:
            self.export(question, address=proxy.address)

        ended = self.export(question)

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertFalse(self.out.exists())

    def test_overwrites_nothing(self):
        self.out.write_text("mine")

        ended = self.export()

        self.assertEqual((ended.code, self.out.read_text()), (REFUSED, "mine"), ended)
        self.assertIn("--force", ended.err)
        self.assert_done("--force", "seq = 0")
        self.assertEqual(self.seqs(), [0])

    def test_another_question_does_not_go_on_with_it(self):
        self.killed(1)

        ended = self.export("action = even")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("another export", ended.err)
        self.assert_done("user_id < 10", "--force")
        self.assertEqual(self.seqs(), list(range(10)))

    def test_two_do_not_write_to_one_file(self):
        stops = StopsAfter(1)
        with Proxy(self.daemon.address, QueryEvents=stops) as proxy:
            process = subprocess.Popen(self.command(address=proxy.address),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertTrue(stops.is_stuck.wait(PATIENCE))
            ended = self.export()
            stops.goes_on.set()
            self.assertEqual(process.wait(PATIENCE), DONE)

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("writes to it now", ended.err)
        self.assertEqual(self.seqs(), list(range(self.size())))

    def test_a_mistake_leaves_nothing(self):
        ended = self.export("nonsense = 1")

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertEqual(self.left_beside(), [])

    def test_a_file_of_somebody_else_is_not_touched(self):
        foreign = pathlib.Path(f"{self.out}.partial")
        foreign.write_text("mine")

        self.assertEqual(self.export().code, REFUSED)

        self.assertEqual(foreign.read_text(), "mine")

    def test_without_a_service_it_ends_with_4(self):
        self.assertEqual(self.export(address="127.0.0.1:1").code, UNAVAILABLE)
        self.assertEqual(self.left_beside(), [])

    def test_a_terminal_is_left_clean(self):
        shown = on_terminal(self.command("seq < 3"), columns=80)

        self.assertTrue(shown.replace("\r\x1b[K", "").endswith(
            f"{self.out}: 3 events, complete as of size {self.size()}\n"), shown)

    def size(self):
        with Client(self.daemon.address) as client:
            return client.size()


if __name__ == "__main__":
    unittest.main()
