#!/usr/bin/env python3
"""tidy.py BUILD_DIR [FILE...]: clang-tidy over the sources of this project.

BUILD_DIR is configured as a unity build: clang-tidy spends most of its time in
the headers of libraries, and reads them once for all sources of a target that
it is given together. A target that is clean leaves a mark named by the hash of
all that was looked at: the sources and the headers of this checkout they
include, the command line, the settings and the version. Marks lie in the
user's cache folder, as ccache's objects do, so a second clone has them too.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-14"
JOBS = int(os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", "2"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "daybook-tidy"


def unity_sources(build, named):
    """{unity source: compile command}: all, or those that hold a named file."""
    wanted = {str(pathlib.Path(name).resolve()) for name in named}
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if path.parent.name == "Unity" and (not wanted or wanted & set(quoted_includes(path))):
            found[path] = entry["command"]
    return found


def quoted_includes(path):
    return re.findall(r'^\s*#\s*include\s*"([^"]+)"', path.read_text(errors="replace"), re.M)


def unused_usings(path):
    """The using declarations of a source that nothing else in it names. The
    check of clang-tidy for them sees only the unity source itself."""
    text = path.read_text()
    for using in re.finditer(r"^using ::[\w:]*?(\w+);$", text, re.M):
        if not re.search(rf"\b{using[1]}\b", text.replace(using[0], "")):
            line = text.count("\n", 0, using.start()) + 1
            yield f"{path}:{line}:1: error: nothing needs {using[0]}\n"


def included(path, folders, seen):
    """Adds to `seen` the files of this checkout that `path` includes."""
    if path in seen:
        return
    seen.add(path)
    for header in quoted_includes(path):
        for folder in (path.parent, *folders):
            if (folder / header).is_file():
                included(folder / header, folders, seen)
                break


def fingerprint(path, command, version):
    words = shlex.split(command)
    folders = [pathlib.Path(word[2:] if word.startswith("-I") else after)
               for word, after in zip(words, words[1:]) if word.startswith(("-I", "-isystem"))]
    files = {ROOT / ".clang-tidy"}
    included(path, [f for f in folders if f.is_relative_to(ROOT)], files)
    digest = hashlib.sha256((version + command.replace(str(ROOT), ".")).encode())
    for file in sorted(files):
        text = file.read_bytes().replace(str(ROOT).encode(), b".")
        digest.update(f"\n{file.relative_to(ROOT)}\n".encode() + text)
    return digest.hexdigest()


def tidy(build, path, look):
    """What is wrong with the sources in `path`; nothing when they are clean."""
    before = look()
    findings = "".join(finding for source in quoted_includes(path)
                       for finding in unused_usings(pathlib.Path(source)))
    done = subprocess.run([TIDY, "--quiet", "-p", build, path], capture_output=True, text=True)
    if done.returncode != 0:
        findings += done.stdout or done.stderr
    if not findings and look() == before:  # nobody changed it meanwhile
        (CACHE / before).touch()
    return findings


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    CACHE.mkdir(parents=True, exist_ok=True)
    looks = {path: functools.partial(fingerprint, path, command, version)
             for path, command in unity_sources(build, sys.argv[2:]).items()}
    if not looks:
        sys.exit("tidy.py: no such source")
    stale = [path for path, look in looks.items() if not (CACHE / look()).exists()]
    print(f"{len(looks)} groups of sources, {len(stale)} of them new or changed since they were clean", flush=True)
    findings = set()  # a header's are found again by each source that includes it
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        runs = {pool.submit(tidy, build, path, looks[path]): path for path in stale}
        for run in concurrent.futures.as_completed(runs):
            for finding in re.split(r"(?m)^(?=\S+:\d+:\d+: (?:error|warning):)", run.result()):
                if finding.strip() and finding not in findings:
                    findings.add(finding)
                    print(finding, end="", flush=True)
    if findings:
        print(f"clang-tidy: {len(findings)} findings")
    return 1 if findings else 0


sys.exit(main())
