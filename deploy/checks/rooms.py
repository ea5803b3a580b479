#!/usr/bin/env python3
"""Holds every #include under services/ and migrator/ to the CMakeLists.txt.

Fails when a file includes a room that its own room neither links nor gets
through PUBLIC links, a third-party header that another room keeps, or a
generated header without the target that makes it; and when a file belongs to
no room and no program.
"""
import dataclasses
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("services", "migrator")
PROGRAMS = {"daybookd", "daybook", "daybook-migrate"}

# Header prefix -> the only rooms and programs that include it.
KEEPERS = {
    "SQLiteCpp/": {"db_sqlite"},
    "sqlite3.h": {"db_sqlite"},
    "libpq-fe.h": {"db_postgres"},
    "openssl/": {"ledger", "auth", "vault"},
    "prometheus/": {"telemetry"},
    "grpcpp/": {"rpc", "proto_grpc", "daybookd", "daybook"},
    "grpc/": {"rpc", "proto_grpc", "daybookd", "daybook"},
    "boost/": {"gateway"},
    "CLI/": PROGRAMS,
    "utf8proc.h": {"daybook"},
}
# Made or brought by the proto targets, so they have no file of ours.
GENERATED = [
    (re.compile(r"\.grpc\.pb\.h$"), "proto_grpc"),
    (re.compile(r"^(daybook|google/rpc)/.*\.pb\.h$"), "proto"),
    (re.compile(r"^google/protobuf/"), "proto"),
]


@dataclasses.dataclass
class Room:
    """A room or a program, as its CMakeLists.txt declares it."""

    name: str
    public: set
    private: set
    files: list  # paths from ROOT


def links(body):
    return set(re.findall(r"daybook::(\w+)", body))


def sections(body):
    """{keyword: text} of a call's arguments; the name comes under ""."""
    parts = re.split(r"\b(FOLDER|HEADERS|SOURCES|PUBLIC|PRIVATE|LINKS)\b", body)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2]))}


def read_rooms():
    rooms = {
        "proto": Room("proto", set(), set(), []),
        "proto_grpc": Room("proto_grpc", {"proto"}, set(), []),
    }
    for folder in FOLDERS:
        for lists in sorted((ROOT / folder).rglob("CMakeLists.txt")):
            text = re.sub(r"#.*", "", lists.read_text())
            for kind, body in re.findall(r"\bdaybook_(room|program)\((.*?)\)", text, re.S):
                part = sections(body)
                name = part[""].split()[0]
                files = (part.get("HEADERS", "") + part.get("SOURCES", "")).split()
                if kind == "program":
                    files.append("main.cc")
                rooms[name] = Room(
                    name,
                    links(part.get("PUBLIC", "") + part.get("LINKS", "")),
                    links(part.get("PRIVATE", "")),
                    [(lists.parent / file).relative_to(ROOT) for file in files],
                )
    return rooms


def reach(room, rooms):
    """What `room` may include: its links, and what those link publicly."""
    found, queue = set(), list(room.public | room.private)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue.extend(rooms[name].public if name in rooms else ())
    return found


def header_name(path):
    """How an #include names `path`: from services/, or from the checkout."""
    return str(path.relative_to("services") if path.parts[0] == "services" else path)


def check_include(room, header, quoted, owners, allowed):
    """Why `room` may not include `header`, or None."""
    for prefix, keepers in KEEPERS.items():
        if header.startswith(prefix) and room.name not in keepers:
            return f"<{header}> is kept by {', '.join(sorted(keepers))}; {room.name} may not include it"
    for pattern, target in GENERATED:
        if pattern.search(header):
            if target in allowed:
                return None
            return f'{room.name} includes "{header}" but does not link daybook::{target}'
    owner = owners.get(header)
    if owner is None:
        if quoted and not header.startswith("absl/"):
            return f'"{header}" is no header of a room; name it from services/'
        return None
    if owner != room.name and owner not in allowed:
        return f'{room.name} includes "{header}" but does not link daybook::{owner}'
    return None


def main():
    rooms, problems, owners = read_rooms(), [], {}
    for room in rooms.values():
        for path in room.files:
            if header_name(path) in owners:
                problems.append(f"{path}: in two rooms, {owners[header_name(path)]} and {room.name}")
            owners[header_name(path)] = room.name
    for room in rooms.values():
        allowed = reach(room, rooms)
        for path in filter(lambda path: (ROOT / path).exists(), room.files):
            for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
                match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
                problem = match and check_include(
                    room, match.group(2), match.group(1) == '"', owners, allowed)
                if problem:
                    problems.append(f"{path}:{number}: {problem}")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cc") and header_name(path.relative_to(ROOT)) not in owners:
                problems.append(f"{path.relative_to(ROOT)}: in no room and no program")
    print("\n".join(problems) or
          f"{len(owners)} files in {len(rooms)} rooms and programs: every include is declared")
    return 1 if problems else 0


sys.exit(main())
