"""A daemon cosigns another's checkpoints, and never two histories; signed a second time here."""

import contextlib
import shutil
import stat
import subprocess
import time
import unittest

import grpc
from grpc import StatusCode

from harness import merkle
from harness.case import StoreCase
from harness.client import BatchRecordEventsRequest, Event, Failure, RecordEventRequest
from harness.environment import PATIENCE, program
from harness.ledger import (DONE, NOT_VERIFIED, REFUSED, UNAVAILABLE, USAGE, Ledger, daybook,
                            parse_proof, size_in, verifier_file)
from harness.metrics import metrics_of
from harness.migrate import make_store
from harness.witness import Witness, cosigned_at

# Generated; found once the client is imported.
from daybook.audit.v1 import audit_service_pb2 as audit


def verifier_in(folder):
    return (folder / "verifier.key").read_text().strip()


class WitnessCase(StoreCase):
    """A log, in self.folder, and another daemon, which knows it."""

    def setUp(self):
        super().setUp()
        self.other = self.folder.with_name("other")
        self.signer = self.folder.with_name("store.signer")
        self.witness_folder = self.folder.with_name("other.witness")
        make_store(self.folder)
        make_store(self.other)
        self.start().stop()  # makes its key
        self.witness_daemon = self.start_witness()
        self.trusting = ["--trusted-witness", verifier_in(self.witness_folder)]
        self.serve()

    def serve(self):
        """Starts the log, which trusts the witness."""
        self.daemon = self.start(*self.trusting)
        self.client = self.client_of(self.daemon)
        self.ledger = Ledger(self.client)
        self.key = merkle.SigningKey(self.signer / "signing.key")

    def start_witness(self):
        self.witness_daemon = self.launch_in(
            self.other, "--witness-log", verifier_in(self.signer),
            "--witness-name", "audit.example/w")
        self.witness_daemon.wait_for_line("serving")
        self.witness = Witness(self.client_of(self.witness_daemon), self.witness_folder)
        return self.witness_daemon

    def grow(self, count, action="login"):
        """Records and has it signed; the note."""
        self.ledger.record_all(count * [Event(action=action)])
        return self.ledger.checkpoint()

    def leaves(self):
        return [self.client.get(seq).leaf_hash for seq in range(self.client.size())]

    def cosign(self, *arguments):
        return daybook("cosign", *arguments, "--address", self.daemon.address,
                       "--witness", self.witness_daemon.address)

    @contextlib.contextmanager
    def carrying(self):
        """`daybook cosign --every`, as long as the body takes."""
        carrier = subprocess.Popen(
            [program("daybook"), "cosign", "--every", "50ms", "--address", self.daemon.address,
             "--witness", self.witness_daemon.address],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield carrier
        finally:
            carrier.kill()
            carrier.wait()

    def assert_cosigned(self, note, lines):
        """The witness's signature over the note, and nothing else."""
        before, after = time.time() - PATIENCE, time.time() + 1
        self.assertEqual(lines, self.witness.key.cosignature(note, cosigned_at(lines)))
        self.assertTrue(before < cosigned_at(lines) < after, lines)


class Cosigning(WitnessCase):

    def test_a_checkpoint_that_is_cosigned_is_shown_so(self):
        with self.assert_fails(StatusCode.NOT_FOUND, "CHECKPOINT_NOT_FOUND"):
            self.ledger.checkpoint(witnessed=True)
        note = self.grow(3)
        lines = self.witness.add(note)
        self.assert_cosigned(note, lines)
        self.assertEqual(self.witness.key.verifier, verifier_in(self.witness_folder))

        kept = self.ledger.add_cosignatures(note + lines)

        self.assertEqual((kept.tree_size, list(kept.witnesses)), (3, ["audit.example/w"]))
        self.assertEqual(self.ledger.checkpoint(witnessed=True), note + lines)
        newer = self.grow(2)
        self.assertEqual(self.ledger.checkpoint(), newer)
        self.assertEqual(self.ledger.checkpoint(witnessed=True), note + lines)
        self.assertEqual(self.daemon.stop(), 0)
        self.serve()
        self.assertEqual(self.ledger.checkpoint(witnessed=True), note + lines)
        shown = daybook("checkpoint", "--witnessed", "--address", self.daemon.address,
                        "--verify", verifier_file(self.folder))
        self.assertEqual((shown.code, shown.out), (DONE, note + lines))
        self.assertEqual(metrics_of(self.daemon)["daybook_ledger_witnessed_size", frozenset()], 3)

    def test_every_growth_is_cosigned_with_its_proof(self):
        known = 0
        for count in (1, 4, 300, 1):
            note = self.grow(count)
            leaves = self.leaves()
            proof = merkle.consistency(known, leaves) if known else []
            self.assert_cosigned(note, self.witness.add(note, known, proof))
            known = len(leaves)
        labels = frozenset({("log", self.key.name)})
        told = metrics_of(self.witness_daemon)
        self.assertEqual(told["daybook_witness_cosigned_total", labels], 4)
        self.assertEqual(told["daybook_witness_size", labels], known)

    def test_the_command_carries_checkpoints(self):
        note = self.grow(3)
        ended = self.cosign("--json")
        self.assertEqual(ended.code, DONE, ended)
        told = ended.result()
        self.assertEqual((told["origin"], told["size"], told["witnesses"]),
                         (self.key.name, "3", ["audit.example/w"]))
        self.assertEqual(told["checkpoint"], self.ledger.checkpoint(witnessed=True))
        self.assert_cosigned(note, told["checkpoint"].removeprefix(note))

        self.grow(5)
        ended = self.cosign()
        self.assertEqual((ended.code, ended.out),
                         (DONE, f"cosigned: {self.key.name} of 8 events by audit.example/w\n"))
        self.assertEqual(self.cosign().code, DONE)  # the same once more
        self.assertEqual(size_in(self.ledger.checkpoint(witnessed=True)), 8)

    def test_who_waits_for_a_witness_gets_its_cosignature(self):
        def waiting(action):
            return RecordEventRequest(event=Event(action=action),
                                      wait_for=audit.WAIT_FOR_WITNESSED)

        with self.carrying():
            receipts = [self.client.call("RecordEvent", waiting("single")).receipt]
            batch = BatchRecordEventsRequest(
                requests=[RecordEventRequest(event=Event(action="batch")) for _ in range(3)],
                wait_for=audit.WAIT_FOR_WITNESSED)
            receipts += self.client.call("BatchRecordEvents", batch).receipts
            stream = self.client.stub.StreamRecordEvents(
                iter([audit.StreamRecordEventsRequest(request=waiting("stream"))]),
                timeout=PATIENCE)
            receipts += [answer.receipt for answer in stream]

        self.assertEqual(len(receipts), 5)
        leaves = self.leaves()
        for receipt in receipts:
            index, hashes, checkpoint = parse_proof(receipt.proof)
            own = self.key.checkpoint(leaves[:size_in(checkpoint)])
            self.assert_cosigned(own, checkpoint.removeprefix(own))
            self.assertEqual(index, receipt.seq)
            self.assertEqual(hashes, merkle.inclusion(index, leaves[:size_in(checkpoint)]))

    def test_two_daemons_can_be_witnesses_of_each_other(self):
        self.daemon.stop()
        self.trusting += ["--witness-log", verifier_in(self.other.with_name("other.signer"))]
        self.serve()
        mine = Witness(self.client, self.folder.with_name("store.witness"))
        theirs = Ledger(self.client_of(self.witness_daemon))
        theirs.record(action="login")

        note = theirs.checkpoint()

        lines = mine.add(note)
        self.assertEqual(lines, mine.key.cosignature(note, cosigned_at(lines)))


class OtherHistories(WitnessCase):

    def setUp(self):
        super().setUp()
        self.grow(3)
        self.copies = [(each, each.with_name(f"{each.name}.copy"))
                       for each in (self.folder, self.signer)]
        self.daemon.stop()
        for original, copy in self.copies:
            shutil.copytree(original, copy)
        self.serve()
        self.cosigned = self.grow(2)
        ended = self.cosign()
        self.assertEqual(ended.code, DONE, ended)

    def put_back(self):
        """Store and signer as they were: only a witness can tell."""
        self.daemon.stop()
        for original, copy in self.copies:
            shutil.rmtree(original)
            copy.rename(original)
        self.serve()

    def assert_not_cosigned(self, why):
        ended = self.cosign()
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertIn(why, ended.err)
        self.assertEqual(self.ledger_of_the_witness(), self.cosigned)

    def ledger_of_the_witness(self):
        (last,) = (self.witness_folder / "logs").glob("*.checkpoint")
        return last.read_text()

    def test_a_log_that_shrank_is_refused(self):
        self.put_back()
        self.assert_not_cosigned("events were taken away")

    def test_another_history_of_the_same_size_is_kept_as_proof(self):
        self.put_back()
        forked = self.grow(2, action="logout")
        self.assert_not_cosigned("two roots over 5 events")
        with self.assert_fails(StatusCode.FAILED_PRECONDITION, "LOG_FORKED"):
            self.witness.add(forked, 5)

        line = self.witness_daemon.wait_for_line("log_forked", log=self.key.name)
        self.assertEqual((line["cosigned"], line["other"]), (self.cosigned, forked))
        (proof,) = (self.witness_folder / "logs").glob("*.fork")
        self.assertEqual(proof.read_text(), f"{self.cosigned}\n{forked}")
        self.assertEqual(metrics_of(self.witness_daemon)["daybook_witness_forks_total",
                                                         frozenset()], 2)

    def test_another_history_that_has_grown_is_refused(self):
        self.put_back()
        forked = self.grow(6, action="logout")
        self.assert_not_cosigned("does not show that the log of 9 events begins with the 5")
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PROOF_INVALID", "proof"):
            self.witness.add(forked, 5, merkle.consistency(5, self.leaves()))

    def test_a_witness_that_was_killed_keeps_its_word(self):
        self.witness_daemon.kill()
        self.start_witness()
        self.put_back()
        forked = self.grow(2, action="logout")
        with self.assert_fails(StatusCode.FAILED_PRECONDITION, "LOG_FORKED"):
            self.witness.add(forked)
        newer = self.grow(2)
        with self.assert_fails(StatusCode.ABORTED, "CHECKPOINT_CONFLICT") as failure:
            self.witness.add(newer)
        self.assertEqual(failure.metadata, {"known_size": "5"})

    def test_a_witness_killed_at_work_knows_at_least_what_it_answered(self):
        for _ in range(3):
            with self.carrying() as carrier:
                for _ in range(5):
                    self.grow(1)
                self.witness_daemon.kill()
                carrier.kill()
                carrier.wait()
            answered = size_in(self.ledger.checkpoint(witnessed=True))
            self.start_witness()
            with self.assertRaises(grpc.RpcError) as raised:
                self.witness.add(self.grow(1))
            known = int(Failure.of(raised.exception).metadata["known_size"])
            self.assertGreaterEqual(known, answered)
            self.assertEqual(self.ledger_of_the_witness(),
                             self.key.checkpoint(self.leaves()[:known]))


class Refusals(WitnessCase):

    def test_a_log_that_is_not_known_is_refused(self):
        theirs = Ledger(self.client_of(self.witness_daemon))
        theirs.record(action="login")
        with self.assert_fails(StatusCode.NOT_FOUND, "LOG_UNKNOWN"):
            self.witness.add(theirs.checkpoint())

    def test_what_the_log_has_not_signed_is_refused(self):
        note = self.grow(2)
        text = note[:note.index("\n\n") + 1]
        forged = note.replace("\n2\n", "\n3\n")
        with self.assert_fails(StatusCode.PERMISSION_DENIED, "SIGNATURE_INVALID"):
            self.witness.add(forged)
        cosignature_alone = text + "\n" + self.witness.key.cosignature(note, 1)
        with self.assert_fails(StatusCode.PERMISSION_DENIED, "SIGNATURE_INVALID"):
            self.witness.add(cosignature_alone)

    def test_what_is_no_request_is_refused(self):
        note = self.grow(2)
        for arguments, field in ((("nonsense",), "checkpoint"), ((note, 3), "old_size"),
                                 ((note, 1, [b"short"]), "proof[0]")):
            with self.assert_fails(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", field):
                self.witness.add(*arguments)

    def test_a_daemon_that_knows_no_log_is_no_witness(self):
        with self.assert_fails(StatusCode.FAILED_PRECONDITION, "WITNESS_NOT_CONFIGURED"):
            Witness(self.client, self.witness_folder).add("x")
        self.grow(1)
        ended = daybook("cosign", "--address", self.daemon.address,
                        "--witness", self.daemon.address)
        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("WITNESS_NOT_CONFIGURED", ended.err)

    def test_only_witnesses_that_are_trusted_count(self):
        note = self.grow(2)
        lines = self.witness.add(note)
        with self.assert_fails(StatusCode.PERMISSION_DENIED, "WITNESS_UNKNOWN"):
            self.ledger.add_cosignatures(note)
        with self.assert_fails(StatusCode.PERMISSION_DENIED, "SIGNATURE_INVALID"):
            self.ledger.add_cosignatures(self.grow(1) + lines)
        self.daemon.stop()
        self.trusting = []
        self.serve()
        with self.assert_fails(StatusCode.FAILED_PRECONDITION, "WITNESS_NOT_CONFIGURED"):
            self.ledger.add_cosignatures(note + lines)
        with self.assert_fails(StatusCode.FAILED_PRECONDITION, "WITNESS_NOT_CONFIGURED"):
            self.client.call("RecordEvent", RecordEventRequest(
                event=Event(action="login"), wait_for=audit.WAIT_FOR_WITNESSED))
        self.assertEqual(self.client.size(), 3)

    def test_the_command_says_what_is_wrong(self):
        self.assertEqual(self.cosign("--every", "soon").code, USAGE)
        ended = daybook("cosign", "--address", self.daemon.address, "--timeout", "2",
                        "--witness", "127.0.0.1:1")
        self.assertEqual(ended.code, 3, ended)  # the log is empty
        self.grow(1)
        ended = daybook("cosign", "--address", self.daemon.address, "--timeout", "2",
                        "--witness", "127.0.0.1:1")
        self.assertEqual(ended.code, UNAVAILABLE, ended)
        self.assertIn("127.0.0.1:1", ended.err)


class Configuration(WitnessCase):

    def test_the_key_is_for_its_owners_eyes(self):
        mode = stat.S_IMODE((self.witness_folder / "witness.key").stat().st_mode)
        self.assertEqual(mode, 0o600)
        line = self.witness_daemon.wait_for_line("witnessing", logs=1)
        self.assertEqual(line["verifier_key"], verifier_in(self.witness_folder))

    def test_logs_can_be_named_in_a_file(self):
        self.witness_daemon.stop()
        logs = self.folder.with_name("logs.txt")
        logs.write_text(f"# ours\n\n{verifier_in(self.signer)}\n")
        daemon = self.launch_in(self.other, "--witness-logs", logs)
        daemon.wait_for_line("serving")
        self.witness = Witness(self.client_of(daemon), self.witness_folder)
        note = self.grow(1)
        self.assert_cosigned(note, self.witness.add(note))

    def test_what_cannot_be_ends_the_start(self):
        self.witness_daemon.stop()
        logs = self.folder.with_name("logs.txt")
        logs.write_text("nonsense\n")
        log = ["--witness-log", verifier_in(self.signer)]
        for arguments, why in (
                (["--witness-logs", logs], "line 1"),
                (["--witness-logs", "/nowhere"], "cannot read"),
                ([*log, "--witness-dir", self.other / "witness"], "lies in the data directory"),
                ([*log, "--witness-name", "another"], "--witness-name says"),
                ([*log, "--witness-key", "/nowhere"], "there is no witness key")):
            with self.subTest(why):
                daemon = self.launch_in(self.other, *arguments)
                self.assertIn(why, daemon.wait_for_line("cannot_witness")["message"])
                self.assertEqual(daemon.wait(), 78)
        for flag, key in (("--witness-log", verifier_in(self.witness_folder)),
                          ("--witness-log", "nonsense"),
                          ("--trusted-witness", verifier_in(self.signer))):
            with self.subTest(flag, key=key):
                self.assertEqual(self.launch_in(self.other, flag, key).wait(), 2)

    def test_two_daemons_do_not_share_a_witness(self):
        daemon = self.launch("--witness-log", verifier_in(self.signer),
                             "--witness-dir", self.witness_folder)
        self.assertEqual(daemon.wait(), 75)


if __name__ == "__main__":
    unittest.main()
