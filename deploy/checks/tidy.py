#!/usr/bin/env python3
"""tidy.py BUILD_DIR [FILE...]: clang-tidy over the sources of this project.

A clean source leaves a mark named by the hash of all that clang-tidy looked
at: the source and the headers of this checkout it includes, the command line,
the settings and the version. Marks lie in the user's cache folder, as ccache's
objects do, so a second clone has them too.
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
FOLDERS = ("services", "migrator")  # the tests are not clean yet
JOBS = int(os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", "2"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "daybook-tidy"


def sources(build, named):
    """{source: compile command} of our own files."""
    wanted = {pathlib.Path(name).resolve() for name in named}
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        ours = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS
        if ours and (not wanted or path in wanted):
            found[path] = entry["command"]
    return found


def included(path, folders, seen):
    """Adds to `seen` the files of this checkout that `path` includes."""
    if path in seen:
        return
    seen.add(path)
    text = path.read_text(errors="replace")
    for header in re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.M):
        for folder in (path.parent, *folders):
            if (folder / header).is_file():
                included(folder / header, folders, seen)
                break


def fingerprint(path, command, version):
    words = shlex.split(command)
    folders = [pathlib.Path(word[2:] if word.startswith("-I") else after)
               for word, after in zip(words, words[1:]) if word.startswith(("-I", "-isystem"))]
    files = set()
    included(path, [f for f in folders if f.is_relative_to(ROOT)], files)
    files.update(folder / ".clang-tidy" for folder in path.parents
                 if folder.is_relative_to(ROOT) and (folder / ".clang-tidy").is_file())
    digest = hashlib.sha256((version + command.replace(str(ROOT), ".")).encode())
    for file in sorted(files):
        digest.update(f"\n{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def tidy(build, path, look):
    """What clang-tidy says of `path`; nothing when it is clean."""
    before = look()
    done = subprocess.run([TIDY, "--quiet", "-p", build, path], capture_output=True, text=True)
    if done.returncode == 0:
        if look() == before:  # nobody changed it meanwhile
            (CACHE / before).touch()
        return ""
    return done.stdout or done.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    CACHE.mkdir(parents=True, exist_ok=True)
    looks = {path: functools.partial(fingerprint, path, command, version)
             for path, command in sources(build, sys.argv[2:]).items()}
    stale = [path for path, look in looks.items() if not (CACHE / look()).exists()]
    print(f"{len(looks)} sources, {len(stale)} of them new or changed since clang-tidy saw them", flush=True)
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
