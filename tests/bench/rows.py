"""The rows of the report."""
import dataclasses


@dataclasses.dataclass
class Row:
    what: str
    target: str
    measured: str
    met: bool | None  # None where there is no target
    beside: str  # the baseline, or what else was found


def table(groups):
    """Markdown, from {name of --rows: rows as dictionaries}."""
    lines = ["| what | target | measured | | beside | `--rows` |", "|---|---|---|---|---|---|"]
    mark = {True: "met", False: "missed", None: ""}
    for group, rows in groups.items():
        for row in rows:
            cells = (row["what"], row["target"], row["measured"], mark[row["met"]], row["beside"], group)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
