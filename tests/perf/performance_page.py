"""Writes what bench.py measured into docs/performance.md, between its markers.

Usage: performance_page.py BENCH.json PAGE.md
"""

import json
import pathlib
import sys

BEGIN, END = "<!-- numbers: written by scripts/bench.sh -->", "<!-- end of numbers -->"


def table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def whole(number):
    return f"{number:,.0f}"


def program_row(row):
    reached = "" if row["reached"] == row["hosts"] else f" ({whole(row['reached'])} reached)"
    return [row["program"], row["fleet"], whole(row["hosts"]) + reached,
            whole(row["hosts_per_s"]), f"{row['cpu_us_per_host']:,.1f}", whole(row["peak_rss_mb"])]


def ratio_row(ratio):
    bound = "at least" if ratio["at_least"] else "at most"
    return [ratio["what"], f"{ratio['value']:,.2f}",
            f"{bound} {ratio['limit']:.3g}" + ("" if ratio["good"] else ", missed")]


def section(result):
    machine = result["machine"]
    said = (f"Measured on {machine['date']}, commit {machine['commit']}, on {machine['cpu']}, "
            f"{machine['cores']} cores, Linux {machine['kernel']}; the simulated fleet runs on the same cores; medians of {result['rounds']} runs, taken in turn; load "
            f"before the first {machine['load_before']:.1f}"
            f"{', all of it at real-time priority' if machine['realtime'] else ''}.")
    return "\n\n".join([
        said,
        table(["program", "fleet", "hosts", "hosts/s", "CPU µs/host", "peak RSS MB"],
              [program_row(row) for row in result["rows"]]),
        table(["held against", "measured", "wanted"],
              [ratio_row(ratio) for ratio in result["ratios"]])])


def main():
    source, page = map(pathlib.Path, sys.argv[1:3])
    result = json.loads(source.read_text())
    if not result["complete"]:
        print(f"{page} is left as it is: not all parts were measured")
        return
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        sys.exit(f"{page}: needs the lines '{BEGIN}' and '{END}' once each, in this order")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{section(result)}\n\n{END}{after}")


if __name__ == "__main__":
    main()
