#!/usr/bin/env python3
"""What is inside the programs: the libraries of Cargo.lock that each of them is made of.

    sbom.py embed PROGRAM FILE       writes the list into the ELF section .dep-v0 of FILE, in the form of
                                     cargo-auditable, which `cargo audit bin` and scanners read
    sbom.py documents TREE OUTPUT    writes a CycloneDX document for every program in TREE/usr/bin to
                                     OUTPUT/PACKAGE/usr/share/doc/PACKAGE/sbom.cdx.json
    sbom.py document PROGRAM         prints one

The lists come from `cargo metadata` for this machine's target, so nothing is built and nothing fetched.
"""

import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import uuid
import zlib

TOP = pathlib.Path(__file__).resolve().parent.parent


@functools.cache
def metadata():
    rustc = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    target = next(line[6:] for line in rustc.splitlines() if line.startswith("host: "))
    command = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
    command += ["--filter-platform", target]
    run = subprocess.run(command, check=True, capture_output=True, cwd=TOP)
    return json.loads(run.stdout)


def libraries(program):
    """The packages of a program: id -> (package, whether it runs in it, ids of its dependencies)."""
    data = metadata()
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    root = next(
        package["id"]
        for package in data["packages"]
        if package["source"] is None
        and any(t["name"] == program and "bin" in t["kind"] for t in package["targets"])
    )
    edges = {}

    def walk(start, follow, into):
        stack = [start]
        while stack:
            here = stack.pop()
            if here in into:
                continue
            into.add(here)
            for dependency in nodes[here]["deps"]:
                kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
                if kinds & follow:
                    edges.setdefault(here, set()).add(dependency["pkg"])
                    stack.append(dependency["pkg"])

    runtime, everything = set(), set()
    walk(root, {None}, runtime)
    # What only helps to build it is listed too, as such. A macro is part of the build in the same sense,
    # but cargo calls it a normal dependency, and so does cargo-auditable.
    walk(root, {None, "build"}, everything)
    return root, {
        id: (packages[id], id in runtime, sorted(edges.get(id, set()))) for id in everything
    }


def ordered(found):
    key = lambda id: (found[id][0]["name"], found[id][0]["version"], id)
    return sorted(found, key=key)


def audit_data(program):
    """The JSON of cargo-auditable."""
    root, found = libraries(program)
    order = ordered(found)
    index = {id: number for number, id in enumerate(order)}
    entries = []
    for id in order:
        package, runtime, dependencies = found[id]
        source = package["source"]
        entry = {
            "name": package["name"],
            "version": package["version"],
            "source": "local" if source is None else "crates.io" if "crates.io" in source else "registry",
        }
        if not runtime:
            entry["kind"] = "build"
        if dependencies:
            entry["dependencies"] = sorted(index[other] for other in dependencies)
        if id == root:
            entry["root"] = True
        entries.append(entry)
    return json.dumps({"packages": entries}, separators=(",", ":")).encode()


def embed(program, file):
    with tempfile.NamedTemporaryFile() as section:
        section.write(zlib.compress(audit_data(program), 9))
        section.flush()
        added = f".dep-v0={section.name}"
        flags = ".dep-v0=noload,readonly"
        command = ["objcopy", "--add-section", added, "--set-section-flags", flags, file]
        subprocess.run(command, check=True)


def component(package, kind):
    reference = f"pkg:cargo/{package['name']}@{package['version']}"
    entry = {
        "type": kind,
        "bom-ref": reference,
        "name": package["name"],
        "version": package["version"],
        "purl": reference,
    }
    if package["license"]:
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    return entry


def document(program):
    """The CycloneDX document, the same for the same Cargo.lock and SOURCE_DATE_EPOCH."""
    root, found = libraries(program)
    order = ordered(found)
    when = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    references = {id: component(found[id][0], "library")["bom-ref"] for id in order}
    digest = uuid.uuid5(uuid.NAMESPACE_URL, program + "\n" + audit_data(program).decode())
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{digest}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", when),
            "component": component(found[root][0], "application"),
        },
        "components": [component(found[id][0], "library") for id in order if id != root],
        "dependencies": [
            {"ref": references[id], "dependsOn": sorted(references[other] for other in found[id][2])}
            for id in order
        ],
    }


def documents(tree, output):
    for program in sorted(pathlib.Path(tree, "usr/bin").iterdir()):
        directory = pathlib.Path(output, program.name, "usr/share/doc", program.name)
        directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document(program.name), indent=1) + "\n"
        (directory / "sbom.cdx.json").write_text(text)


def main(arguments):
    match arguments:
        case ["embed", program, file]:
            embed(program, file)
        case ["documents", tree, output]:
            documents(tree, output)
        case ["document", program]:
            json.dump(document(program), sys.stdout, indent=1)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
