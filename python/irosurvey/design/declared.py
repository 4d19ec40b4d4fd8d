"""A design that the core knows: what everything that can be done with it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from irosurvey import _core
from irosurvey._checked import checked_methods
from irosurvey._core import Frame
from irosurvey.conventions import Conventions, ConventionsName
from irosurvey.replicates import Replicates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from irosurvey.design.design import Design
    from irosurvey.design.options import DomainSingletons, SingletonRule

__all__ = ["Declaration", "Declared", "Step"]

Declaration: TypeAlias = """tuple[
    str | None,
    str | Sequence[str | None] | None,
    str | Sequence[str] | None,
    str | float | Sequence[str | float | None] | None,
    SingletonRule,
    Replicates | None,
    DomainSingletons,
    ConventionsName,
]"""
"""What a design was declared with after its data, in the order of its arguments."""

Step: TypeAlias = tuple[str, dict[str, Any], list[str]]
"""An adjustment of the weights: the core's function, its arguments, the columns that it reads."""


@checked_methods
class Declared:
    """Data, weights and conventions of a design."""

    _declared: _core.Design
    _declaration: Declaration
    _conventions: Conventions
    _steps: tuple[Step, ...] = ()

    @property
    def frame(self) -> Frame:
        """The data."""
        return self._declared.frame

    @property
    def weights(self) -> NDArray[np.float64]:
        """One weight a row, in the order of the data; nobody may write to it."""
        return self._declared.weights

    @property
    def conventions(self) -> Conventions:
        """The choices that stand where a question names none."""
        return self._conventions

    @property
    def replicates(self) -> int:
        """How many replicates variances come from; 0: they come from linearization."""
        return self._declared.replicates

    def replicate_weights(self, replicate: int) -> NDArray[np.float64]:
        """One replicate's weight of every row, `replicate` counted from 0.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"y": [3.0, 5.0]}).with_replicates("JK1")
        >>> design.replicate_weights(0)
        array([0., 2.])
        """
        return self._declared.replicate_weights(replicate)

    def _itself(self) -> Design:
        """The design: no other class stands on this one."""
        return cast("Design", self)

    def _changed(self, **attributes: Any) -> Design:
        """A copy with some attributes in the place of its own."""
        changed = object.__new__(type(self))
        changed.__dict__.update(self.__dict__, **attributes)
        return changed._itself()

    def _adjusted(self, name: str, arguments: dict[str, Any], columns: list[str]) -> Design:
        """The design after an adjustment of its weights."""
        return self._changed(
            _declared=getattr(_core, name)(self._declared, **arguments),
            _steps=(*self._steps, (name, arguments, columns)),
        )
