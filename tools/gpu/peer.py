#!/usr/bin/env python3
"""Runs cases of the peer's script one after another in one process, so that PyTorch is imported once.

  peer.py SCRIPT SECONDS < CASES     a case on each line: ROW PRECISION HOW OPTIONS..., HOW being eager, graph, ...

Prints the script's JSON lines, each with its row and how it was run; cases that the seconds did not reach are
named on stderr, as are those that failed.
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

for case in sys.stdin.read().splitlines():
    row, precision, how, *options = case.split()
    if time.monotonic() > end:
        print(f"not reached: {row} {precision} {how}", file=sys.stderr)
        continue
    sys.argv = [script, *options]
    printed = io.StringIO()
    try:
        torch._dynamo.reset()  # or it stops compiling after a few shapes
        with contextlib.redirect_stdout(printed):
            peer.main()
    except (Exception, SystemExit):
        print(f"failed: {case}\n{traceback.format_exc()}", file=sys.stderr)
    for line in printed.getvalue().splitlines():
        timed = json.loads(line)
        if "samples_per_s" in timed:  # the line of the best says nothing new
            print(json.dumps({"row": row, "how": how, **timed, "precision": precision}), flush=True)
    torch.cuda.empty_cache()
