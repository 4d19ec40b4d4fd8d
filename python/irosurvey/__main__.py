"""``python -m irosurvey``: the command line, where no ``irosurvey`` is on the path."""

from irosurvey.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
