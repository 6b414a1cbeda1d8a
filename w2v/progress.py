"""The progress bar of everything that takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(**settings: Any) -> tqdm[Any]:
    """Return a tqdm bar on standard error that leaves no thread behind."""
    from tqdm import tqdm

    class Bar(tqdm):
        monitor_interval = 0  # else tqdm starts a thread that never ends

    return Bar(unit_scale=True, **settings)
