"""Shells complete the command line by the scripts that it prints; groff reads its manual page."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness.environment import PATIENCE, program, require_tool
from harness.migrate import run

# Prints what bash would offer for its arguments, the last of which is being typed.
BASH = """
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_daybook
printf '%s\\n' "${COMPREPLY[@]}"
"""


def printed(*arguments):
    ended = run([program("daybook"), *arguments])
    assert ended.code == 0, ended
    return ended.out


class Completion(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="daybook-test-")))

    def script(self, shell):
        path = self.folder / f"completion.{shell}"
        path.write_text(printed("completion", shell))
        return str(path)

    def in_bash(self, *words):
        out = subprocess.run([require_tool("bash", "bash"), "-c", BASH, "bash",
                              self.script("bash"), "daybook", *words], cwd=self.folder,
                             capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
        return out.split("\n")[:-1]

    def test_bash_offers_commands_and_flags(self):
        self.assertEqual(self.in_bash("que"), ["query"])
        self.assertEqual(self.in_bash("query", "--li"), ["--limit"])
        self.assertEqual(self.in_bash("key", "ro"), ["rotate"])
        self.assertEqual(self.in_bash("completion", "z"), ["zsh"])
        self.assertIn("--address", self.in_bash("query", "--"))
        self.assertNotIn("--output", self.in_bash("query", "--"))

    def test_bash_offers_values(self):
        self.assertEqual(self.in_bash("query", "--color", "a"), ["auto", "always"])
        self.assertEqual(self.in_bash("query", "--color", "=", "n"), ["never"])
        self.assertEqual(self.in_bash("query", "--order", "seq "), ["seq\\ desc"])
        self.assertEqual(self.in_bash("query", "--actor", "a"), [""])

    def test_bash_offers_files(self):
        (self.folder / "out put").touch()

        self.assertEqual(self.in_bash("export", "-o", "out"), ["out put"])

    def test_fish_offers_commands_flags_and_values(self):
        fish = shutil.which("fish")
        if fish is None:
            self.skipTest("fish is not installed")

        def offered(line):
            out = subprocess.run([fish, "--no-config", "-c",
                                  f"source {self.script('fish')}; complete -C '{line}'"],
                                 capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
            return [found.split("\t")[0] for found in out.splitlines()]

        self.assertEqual(offered("daybook que"), ["query"])
        self.assertEqual(offered("daybook query --li"), ["--limit"])
        self.assertIn("rotate", offered("daybook key "))
        self.assertEqual(sorted(offered("daybook query --color a")), ["always", "auto"])
        self.assertIn("seq desc", offered("daybook query --order "))

    def test_zsh_reads_its_script(self):
        zsh = shutil.which("zsh")
        if zsh is None:
            self.skipTest("zsh is not installed")
        # Stands in for what the completion system offers: prints what it is given.
        stand_in = """
            compset() { return 1 }; _files() { print files }; _message() { print message }
            compadd() { shift; print -l -- "$@" }
            _describe() { [[ $1 == -o ]] && shift; print -l -- ${(P)2} }
            compdef() { }
            source "$1"; shift
            words=("$@"); CURRENT=$#; PREFIX=${words[-1]}
            _daybook
        """

        def offered(*words):
            return subprocess.run([zsh, "-f", "-c", stand_in, "zsh", self.script("zsh"), "daybook",
                                   *words], capture_output=True, text=True, timeout=PATIENCE,
                                  check=True).stdout.splitlines()

        self.assertIn("query:Show events, newest first", offered(""))
        self.assertIn("rotate", [each.split(":")[0] for each in offered("key", "")])
        self.assertIn("--limit", [each.split(":")[0] for each in offered("query", "")])
        self.assertEqual(offered("query", "--color", ""), ["auto", "always", "never"])
        self.assertEqual(offered("export", "-o", ""), ["files"])

    def test_groff_reads_the_manual_page_without_a_warning(self):
        groff = shutil.which("groff")
        if groff is None:
            self.skipTest("groff is not installed")
        ended = run([groff, "-man", "-Tutf8", "-ww", "-K", "utf8"], input=printed("man"))

        self.assertEqual((ended.code, ended.err), (0, ""))
        self.assertIn("daybook query", ended.out)

    def test_a_shell_that_is_none_ends_with_2(self):
        self.assertEqual(run([program("daybook"), "completion", "csh"]).code, 2)


if __name__ == "__main__":
    unittest.main()
