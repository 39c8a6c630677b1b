#!/usr/bin/env python3
"""What the device can do at most, in PyTorch: copies (bytes read and written) and matrix products. JSON."""
import json
import statistics

import torch


def milliseconds(work):
    for _ in range(3):
        work()
    times = []
    for _ in range(10):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end))
    return statistics.median(times)


def product(dtype, tf32, n=8192):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    a, b = (torch.randn(n, n, device="cuda", dtype=dtype) for _ in range(2))
    out = torch.empty_like(a)
    return round(2 * n**3 / milliseconds(lambda: torch.mm(a, b, out=out)) / 1e9)


source = torch.empty(1 << 30, device="cuda", dtype=torch.float32).normal_()
target = torch.empty_like(source)
copy = 2 * source.numel() * 4 / milliseconds(lambda: target.copy_(source)) / 1e9
del source, target
print(json.dumps({
    "torch": torch.__version__,
    "copy_tb_per_s": round(copy, 2),
    "bf16_tflop_per_s": product(torch.bfloat16, False),
    "tf32_tflop_per_s": product(torch.float32, True),
    "fp32_tflop_per_s": product(torch.float32, False),
}))
