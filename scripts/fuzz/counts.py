#!/usr/bin/env python3
"""What each operation has answered: counts.py WORLD. Fails on a 500; tells where the fuzzer itself never got through."""

import glob, json, sys
from collections import Counter, defaultdict

world = json.load(open(sys.argv[1], encoding="utf-8"))
fuzzed = defaultdict(Counter)
for path in glob.glob(f"{sys.argv[1]}.*"):
    for name, counts in json.load(open(path, encoding="utf-8")).items():
        fuzzed[name].update(counts)


def kinds(counts):
    found = Counter()
    for status, times in counts.items():
        found[int(status) // 100] += times
    return " ".join(f"{found[kind]:7}" for kind in (2, 4, 5))


print(f"{'operation':42} {'walk: 2xx':>7}     4xx     5xx {'fuzzer: 2xx':>7}     4xx     5xx")
never, broken = [], []
for name in sorted(world["seen"]):
    print(f"{name:42} {kinds(world['seen'][name]):>25} {kinds(fuzzed[name]):>27}")
    if not any(200 <= int(status) < 300 for status in fuzzed[name]):
        never.append(name)
    if any(int(status) == 500 for status in fuzzed[name]):
        broken.append(name)
print(f"the fuzzer sent {sum(sum(counts.values()) for counts in fuzzed.values())} requests; it never got through to: {', '.join(never) or 'nothing'}")
sys.exit(", ".join(broken) if broken else 0)
