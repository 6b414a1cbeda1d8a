"""What a notebook shows of a model of words, and of its training."""

from __future__ import annotations

from typing import Any

from w2v.diagram import curves
from w2v.explanation import Part, fragment

LATEST = 5  # records that are shown


class History(list[dict[str, Any]]):
    """The records of a training, a list of dict; a notebook shows them as a table with curves."""

    def _repr_html_(self) -> str:
        """Return the latest records, and the losses of all."""
        return fragment([self.part()], self.picture())

    def part(self) -> Part:
        """Return the latest records as a table."""
        shown = self[-LATEST:]
        columns = list(dict.fromkeys(name for record in shown for name in record))
        rows = [[_rounded(record.get(name)) for name in columns] for record in shown]
        left = len(self) - len(shown)
        note = f"the first {left:,} of {len(self):,} records are left out" if left else ""
        lines = [] if self else ["no training yet"]
        return Part("Training", lines, columns, rows, note, shaded=False)

    def picture(self) -> str:
        """Return the losses as curves over the epochs, if there are two epochs."""
        series = {
            label: [record[name] for record in self if name in record]
            for name, label in (("loss", "loss"), ("val_loss", "validation"))
        }
        return curves(series, "epochs")


def _rounded(value: Any) -> Any:
    """Leave out the fraction of a large number, such as one of words a second."""
    return round(value) if isinstance(value, float) and 1000 <= abs(value) < 1e15 else value


def model_html(model: Any) -> str:
    """Return a model as HTML: its size, the settings that are not the defaults, its training."""
    name = model.settings_kind.model
    defaults = model.settings_kind()
    changed = [
        f"{key}={value!r}" for key, value in model.settings.items() if value != defaults[key]
    ]
    settings = f"settings: {', '.join(changed)}; else the defaults" if changed else "all defaults"
    if not hasattr(model, "W_in"):
        return fragment([Part(f"{name}, not trained", [settings])])
    size = f"{len(model.vocabulary):,} words, {model.W_in.shape[1]:,} numbers each"
    lines = [settings]
    if stats := model.corpus_stats:
        lines.append(f"trained on {stats['tokens_read']:,} words in {stats['lines']:,} lines")
    head = Part(f"{name}: {size}", lines)
    if not model.history:
        return fragment([head])
    return fragment([head, model.history.part()], model.history.picture())
