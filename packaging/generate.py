#!/usr/bin/env python3
"""Writes what names every package: debian/control and packaging/rpm/koinos.spec.

Both come from a template beside them (control.in, koinos.spec.in), with a package for each row of
systemd/services.table and a description of packaging/descriptions. --check changes nothing and fails
when a file is not what it would be. --list NAME tells the services of a list, as packages name them.
"""

import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
# What a node needs, and what the whole of it has besides, so far as it is there.
CORE = ["chain", "block_store", "mempool", "block_producer", "jsonrpc", "p2p"]
PRODUCER = ["chain", "block_store", "mempool", "block_producer", "p2p"]


def rows():
    """The services of the table: name and title, in its order."""
    for line in (TOP / "systemd/services.table").read_text().splitlines():
        if line and not line.startswith("#"):
            fields = line.split(None, 6)
            yield fields[0], fields[6]


def descriptions():
    """Synopsis and description for each service that has them."""
    found, name = {}, None
    for line in (TOP / "packaging/descriptions").read_text().splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(" "):
            found[name][1].append(line[1:])
        else:
            name, synopsis = line.split(": ", 1)
            found[name] = (synopsis, [])
    return found


def package(service):
    return "koinos-" + service.replace("_", "-")


def lists(names):
    """The services of the packages that bring several, so far as the table has them."""
    return {
        "core": [name for name in CORE if name in names],
        "producer": [name for name in PRODUCER if name in names],
        "rest": [name for name in names if name not in CORE],
    }


def fill(template, kind):
    """The template with its @...@ replaced, and its block of one service repeated for all."""
    services = list(rows())
    known = descriptions()
    names = [name for name, _ in services]
    head, block, tail = template.split("@each@\n")
    blocks = []
    for name, title in services:
        synopsis, text = known.get(name, (title, [f"The service {name} of a node."]))
        lead = " " if kind == "deb" else ""
        blocks.append(
            block.replace("@package@", package(name))
            .replace("@service@", name)
            .replace("@synopsis@", synopsis)
            .replace("@description@", "\n".join(lead + line for line in text))
        )
    text = head + "".join(blocks) + tail
    for key, members in lists(names).items():
        if kind == "deb":
            lines = [f" {package(name)} (= ${{binary:Version}})," for name in members]
        else:
            lines = [f"Requires:       {package(name)} = %{{version}}-%{{release}}" for name in members]
        # A list may be empty as long as its services are not there.
        text = text.replace(f"@{key}@\n", "".join(line + "\n" for line in lines))
    return text


def main():
    if sys.argv[1:2] == ["--list"]:
        for name in lists([name for name, _ in rows()])[sys.argv[2]]:
            print(name.replace("_", "-"))
        return 0
    check = sys.argv[1:] == ["--check"]
    stale = False
    for template, output, kind in [
        ("debian/control.in", "debian/control", "deb"),
        ("packaging/rpm/koinos.spec.in", "packaging/rpm/koinos.spec", "rpm"),
    ]:
        text = fill((TOP / template).read_text(), kind)
        path = TOP / output
        if check:
            if not path.exists() or path.read_text() != text:
                print(f"{output} is not what packaging/generate.py makes; run it", file=sys.stderr)
                stale = True
        else:
            path.write_text(text)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
