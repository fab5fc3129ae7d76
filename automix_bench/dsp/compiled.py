"""How loops over samples are compiled: `@compiled` and, below that, `@typing.no_type_check`, which
keeps the shape checks of the tests from wrapping what numba has to read.

Without the interpreter's lock, so threads run side by side; kept on disk, so only the first run of
a machine waits for it; and without `fastmath`, so the bits do not depend on the compiler's mood.
"""

from __future__ import annotations

from typing import Any

import numba

compiled: Any = numba.njit(nogil=True, cache=True)
