"""Runs daybookd."""

import json
import shutil
import signal
import subprocess
import threading

from harness.environment import PATIENCE, program


class DaemonProcess:
    """A daybookd, run by `command` with `options` of subprocess.Popen.

    As a context manager it starts, waits until it serves, and leaves nothing
    running behind.
    """

    def __init__(self, command, **options):
        self._command = [*_dies_with_the_test(), *command]
        self._options = options
        self._changed = threading.Condition()
        self._lines = []
        self._is_at_end = False
        self._process = None
        self._reader = None

    def __enter__(self):
        self.launch()
        try:
            self.wait_for_line("serving")
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        if self.is_running():
            self.kill()

    def launch(self):
        assert self._process is None, "was launched before"
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="backslashreplace", **self._options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self):
        for text in self._process.stderr:
            with self._changed:
                self._lines.append(text)
                self._changed.notify_all()
        with self._changed:
            self._is_at_end = True
            self._changed.notify_all()

    @property
    def pid(self):
        return self._process.pid

    @property
    def address(self):
        return self.wait_for_line("listening")["listen"]

    @property
    def metrics_address(self):
        return self.wait_for_line("listening")["metrics_listen"]

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def stderr_lines(self):
        with self._changed:
            return list(self._lines)

    def log(self, event=None):
        """The log lines so far: all, or those of one event."""
        parsed = [_parsed(text) for text in self.stderr_lines()]
        return [line for line in parsed if line and event in (None, line["event"])]

    def wait_for_line(self, event, **fields):
        """The first log line of that event with those fields, once it is written."""
        found = {}

        def has_come():
            for text in self._lines:
                line = _parsed(text)
                if line.get("event") == event and fields.items() <= line.items():
                    found.update(line)
                    return True
            return self._is_at_end

        with self._changed:
            self._changed.wait_for(has_come, timeout=PATIENCE)
        if not found:
            raise AssertionError(f"no line {event} {fields}; stderr: {''.join(self.stderr_lines())}")
        return found

    def wait_until(self, holds):
        """Waits for a log where `holds()` is true."""
        with self._changed:
            if not self._changed.wait_for(holds, timeout=PATIENCE):
                raise AssertionError(f"not met; stderr: {''.join(self._lines)}")

    def stop(self, by=signal.SIGTERM):
        """Asks it to stop, and returns its exit code."""
        self._process.send_signal(by)
        return self.wait()

    def wait(self):
        code = self._process.wait(timeout=PATIENCE)
        self._finish_reading()
        return code

    def kill(self):
        self._process.kill()
        self._process.wait(timeout=PATIENCE)
        self._finish_reading()

    def _finish_reading(self):
        self._reader.join(timeout=PATIENCE)
        if self._reader.is_alive():  # closing would wait for it for ever
            raise AssertionError("it is gone, and another process still holds its stderr")
        self._process.stderr.close()


class Daemon(DaemonProcess):
    """Over the store in `folder`, on ports of its own choice.

    `wrapper` is put before the command, as in strace.
    """

    def __init__(self, folder, *arguments, listen="127.0.0.1:0", wrapper=()):
        super().__init__([
            *wrapper, program("daybookd"), f"--data-dir={folder}", f"--listen={listen}",
            "--metrics-listen=127.0.0.1:0", *arguments])


def _dies_with_the_test():
    """A test that is cut off leaves no daemon behind."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _parsed(text):
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}
