"""``python -m irosurvey``: the command line, where no ``irosurvey`` is on the path."""

from irosurvey.cli import main

raise SystemExit(main())
