"""Sum up what gcov says of the C core: lines and branches reached, and each that is not.

A source that is compiled once per instruction set and precision counts once: a branch is reached if
one of its instances has gone that way.
"""

import gzip
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

copy = Path(sys.argv[1]).resolve()
data = [str(path) for path in copy.rglob("*.gcda") if "csrc" in path.parts]
lines = defaultdict(lambda: defaultdict(int))  # file -> line -> times
ways = defaultdict(lambda: defaultdict(int))  # file -> (line, number of the branch) -> times
with tempfile.TemporaryDirectory() as folder:
    for path in data:
        subprocess.run(["gcov", "-b", "-j", path], cwd=folder, check=True, capture_output=True)
        for report in Path(folder).glob("*.gcov.json.gz"):
            for file in json.loads(gzip.decompress(report.read_bytes()))["files"]:
                if "csrc/" not in file["file"]:
                    continue
                name = Path(file["file"]).name
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[name][number] += line["count"]
                    for way, branch in enumerate(line["branches"]):
                        ways[name][number, way] += branch["count"]
            report.unlink()

print(f"{'file':24}{'lines':>8}{'reached':>9}{'branches':>10}{'reached':>9}")
totals = [0] * 4
for name in sorted(lines):
    row = [
        len(lines[name]),
        sum(n > 0 for n in lines[name].values()),
        len(ways[name]),
        sum(n > 0 for n in ways[name].values()),
    ]
    totals = [a + b for a, b in zip(totals, row, strict=True)]
    print(f"{name:24}{row[0]:8}{row[1]:9}{row[2]:10}{row[3]:9}")
print(f"{'all':24}{totals[0]:8}{totals[1]:9}{totals[2]:10}{totals[3]:9}")
print(f"lines: {totals[1] / totals[0]:.2%}, branches: {totals[3] / totals[2]:.2%}\n\nnot reached:")
for name in sorted(lines):
    source = (copy / "w2v/csrc" / name).read_text().splitlines()
    missed = {number for number, times in lines[name].items() if not times}
    missed |= {number for (number, _), times in ways[name].items() if not times}
    for number in sorted(missed):
        print(f"{name}:{number}: {source[number - 1].strip()}")
