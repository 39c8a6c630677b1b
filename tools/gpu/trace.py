#!/usr/bin/env python3
"""Where the time of a step goes: the kernels of the graph that was launched most often, in the order in which they
begin, in microseconds (medians over its launches), of a file that trace.cpp wrote.

  trace.py FILE
"""
import re
import statistics
import sys
from collections import defaultdict


def short(name):
    """The function's name of a mangled one; with what its template was made for, as far as that is a number."""
    if not name.startswith("_ZN"):
        return re.sub(r"^_Z\d+", "", name)[:60]
    at, parts = 3, []
    while match := re.match(r"\d+", name[at:]):
        at += match.end()
        parts.append(name[at:at + int(match.group())])
        at += int(match.group())
    numbers = re.findall(r"L[ij](\d+)E", name[at:].split("EEv")[0]) if name[at:at + 1] == "I" else []
    return parts[-1] + (f"<{', '.join(numbers)}>" if numbers else "")


def launches(records):
    """The kernels of each launch: as many as the graph has nodes, as launches follow each other."""
    nodes = len({node for _, _, node, _ in records})
    records.sort()
    return [records[i:i + nodes] for i in range(0, len(records) - nodes + 1, nodes)]


def idle(launch):
    """How long nothing ran between the first kernel's start and the last one's end."""
    total, until = 0, launch[0][0]
    for start, end, _, _ in launch:
        total += max(0, start - until)
        until = max(until, end)
    return total


def main(path):
    graphs = defaultdict(list)
    with open(path) as lines:
        for line in lines:
            start, end, graph, node, name = line.rstrip("\n").split(" ", 4)
            if graph != "0":
                graphs[graph].append((int(start), int(end), node, name))
    if not graphs:
        sys.exit(f"trace: {path} has no kernel of a graph")
    runs = launches(max(graphs.values(), key=len))
    begins, lasts, names = defaultdict(list), defaultdict(list), {}
    for launch in runs:
        for start, end, node, name in launch:
            begins[node].append((start - launch[0][0]) / 1000)
            lasts[node].append((end - start) / 1000)
            names[node] = short(name)
    print(f"{'begins':>9} {'takes':>8}  kernel   ({len(runs)} launches of {len(names)} kernels, us)")
    for node in sorted(names, key=lambda n: statistics.median(begins[n])):
        print(f"{statistics.median(begins[node]):9.1f} {statistics.median(lasts[node]):8.1f}  {names[node]}")
    spans = [(max(end for _, end, _, _ in launch) - launch[0][0]) / 1000 for launch in runs]
    print(f"{statistics.median(spans):9.1f} us from the first kernel to the last, "
          f"{sum(statistics.median(v) for v in lasts.values()):.1f} us in kernels, "
          f"{statistics.median(idle(launch) for launch in runs) / 1000:.1f} us without any")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
