"""The command `irosurvey report`: the study, whole, into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from irosurvey._files import require_folder
from irosurvey.study.words import listed, lower_first

if TYPE_CHECKING:
    from irosurvey.study.whole import WholeStudy

__all__ = ["add_report"]


def add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "report",
        help="write the study, whole: one page, its tables and its charts",
        description="""\
Everything that the printed figures of the NCB survey can bear, and everything that its answers
would say: weights and what they change, what non-respondents could have said, three groups
compared, caseloads and what goes with them, enquiries for advice, the guidance, other studies.

Without files the answers are SYNTHETIC, and whatever is made of them says so.""",
        epilog="""\
files:
  as for irosurvey reproduce. --advice is a file with a row for each enquiry: authority (code of
  2013), month (201204) and topic. --iros is a CSV file with the columns code and iros, or 'none'.

exit status:
  0  written, and every finding of the survey that is printed as a number is reproduced
  1  written, but some are not
  2  the input is wrong, or rows and what became of them don't add up
  3  written, but something can't be said: a question was answered by nobody of a group, or by too
     few; the report says which, in each section that lacks it

examples:
  irosurvey report --out study
  irosurvey report --iro iro.sav --manager managers.sav --dcs directors.sav --advice enquiries.csv
  irosurvey report --iros none --out unweighted""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whose = {
        "iro": "answers of the IROs",
        "manager": "answers of the IRO managers",
        "dcs": "answers of the Directors of Children's Services",
        "advice": "enquiries to advice services",
    }
    for option, what in whose.items():
        parser.add_argument(
            f"--{option}", metavar="FILE", type=Path, help=f"{what} (default: SYNTHETIC)"
        )
    parser.add_argument(
        "--codebook",
        metavar="FILE",
        type=Path,
        help="what was asked, and how findings are counted (default: the package's own)",
    )
    parser.add_argument(
        "--iros",
        metavar="FILE",
        default="children",
        help="IROs in each authority: a file, 'children' (in proportion to looked-after children: "
        "the default) or 'none'",
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("report"), help="folder (default: report)"
    )
    parser.add_argument(
        "--policy",
        metavar="NAME",
        default="dfe",
        help="disclosure control of the tables in published/: dfe (default), tre, nchs or none",
    )
    parser.set_defaults(run=_report)


def _report(given: argparse.Namespace) -> int:
    from irosurvey.study.whole import whole_study
    from irosurvey.tables.policy import Policy

    require_folder(given.out)
    policy = Policy.preset(given.policy)
    study = whole_study(
        iro=given.iro,
        manager=given.manager,
        dcs=given.dcs,
        advice=given.advice,
        codebook=given.codebook,
        iros=given.iros,
    )
    written = study.write(given.out, policy)
    print(f"{written[0]} and {len(written) - 1} tables and charts beside it.{_mark(study)}")
    if not study.can_publish:
        print("Too few answered for any of the tables that may be published.")
    elif policy.suppresses:
        print("Only what is in published/ has been through disclosure control.")
    else:
        print(f"Nothing has been through disclosure control: policy {policy.name} hides no count.")
    wrong = study.reproduction.disagreements
    if wrong:
        print(f"Not reproduced: {', '.join(wrong)}.")
    if study.gaps:
        names = dict.fromkeys(f"{one.variable or one.about} ({one.group})" for one in study.gaps)
        print(f"Not shown, for want of answers: {'; '.join(names)}.")
        return 3
    return 1 if wrong else 0


def _mark(study: WholeStudy) -> str:
    """Whose answers are made up, if any are."""
    if not study.real:
        return " SYNTHETIC: no result about IROs."
    if not study.synthetic:
        return ""
    return f" SYNTHETIC in part: {lower_first(listed(study.made_up))} are made up."
