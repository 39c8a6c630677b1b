#!/usr/bin/env python3
"""Runs cases of the peer's script one after another in one process, so that PyTorch is imported once.

  peer.py SCRIPT SECONDS < CASES     a case on each line: ROW PRECISION HOW OPTIONS..., HOW being eager, graph, ...

Prints the script's JSON lines, each with its row and how it was run, and "done: ROW PRECISION HOW" after each case,
those that failed too; begins none after the seconds. Exits with 1 when a case failed.
"""
import contextlib
import importlib.util
import io
import json
import sys
import time
import traceback

script, seconds = sys.argv[1], float(sys.argv[2])
end = time.monotonic() + seconds
spec = importlib.util.spec_from_file_location("peer_script", script)
peer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peer)
import torch  # after the script, which may have to prepare it
import torch._dynamo



class Results(io.TextIOBase):
    """Takes what a case prints, and passes lines of results on at once: its process may be ended within a case."""

    def __init__(self, **case):
        self.case, self.line = case, ""

    def write(self, text):
        *lines, self.line = (self.line + text).split("\n")
        for line in lines:
            self.take(line)
        return len(text)

    def take(self, line):
        """Libraries may print others, and that of the best says nothing new."""
        try:
            timed = json.loads(line)
        except ValueError:
            return
        if isinstance(timed, dict) and "samples_per_s" in timed:
            print(json.dumps({**timed, **self.case}), file=sys.__stdout__, flush=True)


failed = False
for case in sys.stdin.read().splitlines():
    if time.monotonic() > end:
        break
    row, precision, how, *options = case.split()
    sys.argv = [script, *options]
    try:
        torch.cuda.empty_cache()
        torch._dynamo.reset()  # or it stops compiling after a few shapes
        with contextlib.redirect_stdout(Results(row=row, how=how, precision=precision)):
            peer.main()
    except (Exception, SystemExit):
        failed = True
        print(f"failed: {case}\n{traceback.format_exc()}", file=sys.stderr)
    print(f"done: {row} {precision} {how}", flush=True)
sys.exit(failed)
