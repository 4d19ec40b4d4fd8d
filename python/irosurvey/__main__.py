"""`python -m irosurvey`: the command line, where its program isn't on the path."""

from __future__ import annotations

import sys

from irosurvey.cli import main

if __name__ == "__main__":
    sys.exit(main())
