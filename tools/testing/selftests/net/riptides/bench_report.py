# SPDX-License-Identifier: GPL-2.0-only
"""Rows of figures as a table, as Markdown, as reStructuredText, as plots."""

import html
import statistics

COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568",
           "#b7791f")


def number(value):
    """Three digits or four, never as a power of ten."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


class Row:
    """A ratio of each round, what it is to be, and what it is made of."""

    def __init__(self, name, ratios, goal="", ours="", theirs="", judged=True):
        self.name = name
        self.ratios = ratios
        self.goal = goal
        self.ours = ours
        self.theirs = theirs
        self.judged = judged

    @property
    def verdict(self):
        if not self.goal:
            return ""
        if not self.judged:
            return "not judged here"
        sign, limit = self.goal.split()
        middle = statistics.median(self.ratios)
        good = middle >= float(limit) if sign == ">=" else \
            middle <= float(limit)
        return "met" if good else "MISSED"

    def cells(self):
        middle = statistics.median(self.ratios)
        return [self.name, number(middle), f"{number(min(self.ratios))} to "
                f"{number(max(self.ratios))}", self.goal, self.verdict,
                self.ours, self.theirs]


class Absent:
    """A row that could not be had, and why."""

    def __init__(self, name, reason):
        self.name = name
        self.reason = reason

    def cells(self):
        return [self.name, "not measured", self.reason, "", "", "", ""]


class Section:
    HEAD = ["ratio", "median", "spread", "goal", "", "ours", "theirs"]

    def __init__(self, title, lab, rows=(), head=None):
        self.title = title
        self.lab = lab
        self.rows = list(rows)
        self.head = head or self.HEAD
        self.plots = []     # (name, svg)

    def table(self):
        """Cells of all rows, without columns that nobody fills."""
        rows = [row.cells() if hasattr(row, "cells") else row
                for row in self.rows]
        keep = [i for i in range(len(self.head))
                if any(str(row[i]) for row in rows)]
        return ([self.head[i] for i in keep],
                [[str(row[i]) for i in keep] for row in rows])


def text(section):
    head, rows = section.table()
    widths = [max(len(row[i]) for row in [head, *rows])
              for i in range(len(head))]
    out = ["", section.title, "  (" + section.lab + ")"]
    for row in [head, *rows]:
        out.append("  " + "  ".join(cell.ljust(width) for cell, width in
                                    zip(row, widths)).rstrip())
    return "\n".join(out)


def markdown(section):
    head, rows = section.table()
    out = ["", "## " + section.title, "", section.lab, ""]
    out.append("| " + " | ".join(cell or " " for cell in head) + " |")
    out.append("|" + "---|" * len(head))
    for row in rows:
        out.append("| " + " | ".join(cell.replace("|", "/") for cell in row) +
                   " |")
    for name, _ in section.plots:
        out += ["", f"![{name}]({name}.svg)"]
    return "\n".join(out)


def rest(section):
    head, rows = section.table()
    out = ["", section.title, "=" * len(section.title), "", section.lab, "",
           ".. list-table::", "   :header-rows: 1", ""]
    for row in [head, *rows]:
        for i, cell in enumerate(row):
            out.append(("   * - " if not i else "     - ") + cell)
    return "\n".join(line.rstrip() for line in out)


def _svg(width, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="{width}" height="{height}" fill="white"/>\n' +
            "\n".join(body) + "\n</svg>\n")


def _say(x, y, words, anchor="start", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>'
            f'{html.escape(words)}</text>')


def bars(title, unit, values):
    """A bar for each (name, median, least, most)."""
    top = max(most for _, _, _, most in values) or 1
    left, span, step = 190, 420, 26
    out = [_say(10, 20, f"{title} ({unit})", more=' font-weight="bold"')]
    for i, (name, middle, least, most) in enumerate(values):
        y = 34 + i * step
        colour = COLOURS[0] if name.startswith("riptides") or \
            name.startswith("ours") else COLOURS[5]
        out.append(_say(left - 8, y + 14, name, "end"))
        out.append(f'<rect x="{left}" y="{y}" width="{span * middle / top:.1f}"'
                   f' height="18" fill="{colour}"/>')
        out.append(f'<path d="M{left + span * least / top:.1f} {y + 9}H'
                   f'{left + span * most / top:.1f}" stroke="black"/>')
        out.append(_say(left + span * most / top + 6, y + 14, number(middle)))
    return _svg(left + span + 90, 44 + len(values) * step, out)


def lines(title, unit, xs, series):
    """A line for each (name, values at xs); xs by their logarithm's order."""
    left, span, high = 70, 420, 180
    top = max(max(values) for _, values in series) or 1
    out = [_say(10, 20, f"{title} ({unit})", more=' font-weight="bold"'),
           f'<path d="M{left} 34V{34 + high}H{left + span}" fill="none" '
           'stroke="black"/>',
           _say(left - 6, 40, number(top), "end"),
           _say(left - 6, 34 + high, "0", "end")]
    at = [left + span * (i + 0.5) / len(xs) for i in range(len(xs))]
    for x, place in zip(xs, at):
        out.append(_say(place, 34 + high + 16, f"{x:,}", "middle"))
    for i, (name, values) in enumerate(series):
        points = " ".join(f"{x:.1f},{34 + high * (1 - v / top):.1f}"
                          for x, v in zip(at, values))
        colour = COLOURS[i % len(COLOURS)]
        out.append(f'<polyline points="{points}" fill="none" '
                   f'stroke="{colour}" stroke-width="2"/>')
        out.append(_say(left + span + 8, 46 + 16 * i, name,
                        more=f' fill="{colour}"'))
    return _svg(left + span + 150, high + 70, out)
