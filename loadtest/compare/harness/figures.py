"""Rows to figures: which runs count, medians, spreads and ratios."""
import operator
import statistics

from peers import NAMES as PEERS

QUIET_CORES = 0.25  # other processes may use so much of a core during a run that counts as quiet


class Figure:
    """A median with its spread; `mark` is † when it had to be made of runs that were disturbed."""

    def __init__(self, values, disturbed):
        self.values, self.mark = values, " †" if disturbed else ""
        self.median = statistics.median(values) if values else None

    def text(self, form="{:.1f}"):
        if not self.values:
            return "–"
        middle, low, high = (form.format(x) for x in (self.median, min(self.values), max(self.values)))
        return middle + (f" ({low}–{high})" if len(self.values) > 1 else "") + self.mark

    def marked(self, form):
        """The median with its mark."""
        return self.middle(form) + (self.mark if self.values else "")

    def middle(self, form):
        """The median alone."""
        return form.format(self.median) if self.values else "–"


class Figures:
    """All rows of one comparison."""

    def __init__(self, rows):
        self.rows = rows
        self.labels = {row["peer"]: row["label"] for row in rows if "peer" in row}
        self.peers = sorted(self.labels, key=PEERS.index)

    def of(self, **wanted):
        return [row for row in self.rows if all(row.get(name) == value for name, value in wanted.items())]

    def keys(self, **wanted):
        return sorted({row["keys"] for row in self.of(**wanted)})

    def peers_with(self, **wanted):
        return [peer for peer in self.peers if self.of(peer=peer, **wanted)]

    def one(self, field, scale=1, **wanted):
        """A field over the rounds, or what a function makes of each row."""
        value = field if callable(field) else operator.itemgetter(field)
        return self.chosen([([row], scale * value(row)) for row in self.of(**wanted)])

    def pair(self, combine, field, peer, other, **wanted):
        """combine(peer's, other's) round by round: what disturbs a whole round cancels out."""
        theirs = {row["round"]: row for row in self.of(peer=other, **wanted)}
        both = [(row, theirs[row["round"]]) for row in self.of(peer=peer, **wanted) if row["round"] in theirs]
        return self.chosen([(two, combine(two[0][field], two[1][field])) for two in both if two[1][field]])

    def chosen(self, found):
        """The quiet values if there are two, or all values are quiet; else every value, marked."""
        quiet = [value for rows, value in found if all(row["foreign_cores"] <= QUIET_CORES for row in rows)]
        if quiet and (len(quiet) > 1 or len(quiet) == len(found)):
            return Figure(quiet, False)
        return Figure([value for _, value in found], True)
