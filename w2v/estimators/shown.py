"""What a notebook shows of an estimator."""

from __future__ import annotations

from typing import Any

from w2v.checks import quoted
from w2v.diagram import curves
from w2v.explanation import Part, fragment
from w2v.networks.shown import picture_of

FEW = 10  # classes that are named


def estimator_html(estimator: Any) -> str:
    """Return an estimator as HTML: parameters that are not the defaults, and what it learnt."""
    found = vars(estimator)
    changed = [f"{name}={quoted(value)}" for name, value in estimator._changed().items()]
    lines = [f"parameters: {', '.join(changed)}; else the defaults" if changed else "all defaults"]
    if not estimator.__sklearn_is_fitted__():
        return fragment([Part(f"{type(estimator).__name__}, not fitted", lines)])
    if "vectors_" in found:
        kv = found["vectors_"]
        lines.append(f"vectors: {len(kv):,} words, {kv.vector_size} numbers each")
    else:
        lines.append(found.get("report_", f"{found['n_iter_']:,} epochs{_loss(found)}"))
    network, picture = found.get("network_"), ""
    if network is not None:
        sizes = "-".join(
            str(n) for n in (network.n_inputs, *(layer.units for layer in network.layers))
        )
        lines.append(f"network: {sizes}, {len(network.parameters):,} parameters")
        picture = picture_of(network)
    if "classes_" in found:
        classes = found["classes_"].tolist()
        more = f" … ({len(classes):,} classes)" if len(classes) > FEW else ""
        lines.append(f"classes: {', '.join(map(quoted, classes[:FEW]))}{more}")
    series = {
        label: found.get(name) or []
        for name, label in (
            ("loss_curve_", "loss"),
            ("validation_loss_curve_", "validation"),
            ("errors_curve_", "wrong patterns"),
        )
    }
    picture += curves(series, "epochs")
    return fragment([Part(type(estimator).__name__, lines)], picture)


def _loss(found: dict[str, Any]) -> str:
    curve = found.get("loss_curve_")
    return f", loss {curve[-1]:.4g}" if curve else ""
