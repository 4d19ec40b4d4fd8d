"""Draw the pictures of the README and the guide, each from a real result."""

from __future__ import annotations

from pathlib import Path

import irosurvey

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def height_by_age() -> None:
    """Mean height by age group in NHANES II."""
    nhanes = irosurvey.read(ROOT / "tests" / "data" / "nhanes2.dta")
    design = irosurvey.Design(nhanes, weights="finalwgt", strata="strata", clusters="psu")
    axes = design.mean("height", by="agegrp").plot()
    # Without a version of the drawing library in it, the same picture has the same bytes.
    axes.figure.savefig(
        HERE / "height_by_age.png", dpi=110, bbox_inches="tight", metadata={"Software": None}
    )


if __name__ == "__main__":
    height_by_age()
