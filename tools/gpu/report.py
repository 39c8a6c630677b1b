#!/usr/bin/env python3
"""Puts the results of tools/gpu/run together: JSON for machines, a short table for people.

  report.py row NAME < LINE               our JSON line, with the row's name
  report.py skips FOLDER                  fails when a test in the JUnit reports was skipped
  report.py failed FOLDER < TESTS         the classes of the console's list that no report has as passed
  report.py table FOLDER SECONDS          writes FOLDER/results.json and prints the table
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree


def lines(file):
    path = pathlib.Path(file)
    if not path.exists():
        return []
    return list(objects(path.read_text(errors="replace").splitlines()))


def objects(lines):
    """The JSON objects among lines; a program that was ended may leave part of one."""
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def row(name):
    found = list(objects(sys.stdin))
    if not found:
        sys.exit("no result")
    print(json.dumps({"row": name, **found[-1]}))


def cases(folder):
    for file in pathlib.Path(folder).glob("*.xml"):
        yield from xml.etree.ElementTree.parse(file).getroot().iter("testcase")


def skips(folder):
    ran, skipped = 0, []
    for case in cases(folder):
        ran += 1
        for skip in case.iter("skipped"):
            why = (skip.text or skip.get("message") or "").strip()
            skipped.append(f"{case.get('classname')}.{case.get('name')}: {why[:200]}")
    print(f"{ran} tests, {len(skipped)} skipped")
    print("\n".join(skipped))
    sys.exit(1 if skipped or ran == 0 else 0)


def failed(folder):
    passed, bad = set(), set()
    for case in cases(folder):
        outcomes = bad if list(case.iter("failure")) or list(case.iter("error")) else passed
        outcomes.add(case.get("classname"))
    print(*sorted(set(re.findall(r"\[class:([\w.]+)\]", sys.stdin.read())) - (passed - bad)), sep="\n")


def rate(samples):
    return f"{samples / 1e6:.2f} M/s" if samples >= 1e6 else f"{samples / 1e3:.1f} K/s"


def fastest(others, row, modes):
    """Ours were run in no mode."""
    same = [p for p in others if p["row"] == row["row"] and p["precision"] == row["precision"] and p.get("how") in modes]
    return max(same, key=lambda p: p["samples_per_s"], default=None)


def table(folder, seconds):
    out = pathlib.Path(folder)
    steps = [line.split("\t") for line in (out / "steps.tsv").read_text().splitlines()]
    ours, base = lines(out / "rows.jsonl"), lines(out / "baseline.jsonl")
    peers = [peer for log in sorted(out.glob("peer-*.log")) for peer in lines(log)]
    doctor = out / "doctor.json"
    try:
        machine = json.loads(doctor.read_text())
    except (OSError, ValueError):
        machine = {}
    unreached = out / "not-reached.txt"
    results = {
        "machine": machine,
        "seconds": int(seconds),
        "steps": [{"name": s[0], "outcome": s[1], "seconds": int(s[2])} for s in steps],
        "rates": (lines(out / "rates.log") or [None])[-1],
        "rows": ours,
        "baseline": base,
        "peer": peers,
        "kernels": lines(out / "kernel-times.log"),
        "not_reached": unreached.read_text().splitlines() if unreached.exists() else [],
    }
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{machine.get('cuda', 'no device')}; {seconds} s; {out / 'results.json'}")
    for name, outcome, took in steps:
        word = "ok  " if outcome == "0" else "TIME" if outcome in ("124", "137") else "FAIL"
        print(f"  {outcome if outcome in ('absent', 'skipped') else word} {name} ({took} s)")
    print(f"\n  {'row':<30} {'':5} {'step us':>9} {'samples':>11} {'x base':>8} {'x eager':>8} {'x graph':>8}")
    for r in ours:
        cells = []
        for others, modes in ((base, (None,)), (peers, ("eager",)), (peers, ("graph", "compile"))):
            p = fastest(others, r, modes)
            cells.append(f"{r['samples_per_s'] / p['samples_per_s']:.1f}" if p else "-")
        print(f"  {r['row']:<30} {r['precision']:5} {r['step_us']:9.1f} {rate(r['samples_per_s']):>11}"
              f" {cells[0]:>8} {cells[1]:>8} {cells[2]:>8}")
    if results["not_reached"]:
        print(f"  not reached in time: {len(results['not_reached'])}, first {results['not_reached'][0]}")
    bad = [s[0] for s in steps if s[1] not in ("0", "absent", "skipped")]
    if bad:
        print(f"\nFAILED: {', '.join(bad)}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    commands = {"row": row, "skips": skips, "failed": failed, "table": table}
    commands[sys.argv[1]](*sys.argv[2:])
