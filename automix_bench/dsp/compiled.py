"""Compile loops over samples: `@compiled` and, below that, `@typing.no_type_check`, which keeps the
shape checks of the tests from wrapping what numba has to read.

Compiled loops run without the interpreter's lock, so threads run side by side. They are cached on
disk, so only the first run on a machine waits for the compiler. `fastmath` is off, so that results
are bit-identical whatever the compiler optimises.
"""

from __future__ import annotations

from typing import Any

import numba

compiled: Any = numba.njit(nogil=True, cache=True)
