#!/bin/sh
# Run r_survey.R again and compare what it writes with r_survey.csv, byte by byte.
#
#   tests/reference/check_r_reference.sh
#
# Needs Debian 12's r-base-core 4.2.2 and r-cran-survey 4.1-1; no part of `make test`.
# Exit status: 0 same bytes, 1 other bytes (then the largest relative difference is shown), 2 could not be run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v Rscript >/dev/null || { echo "Rscript not found: apt-get install r-base-core r-cran-survey" >&2; exit 2; }
again=$(mktemp)
trap 'rm -f "$again"' EXIT
Rscript "$here/r_survey.R" "$again" || exit 2
if cmp -s "$here/r_survey.csv" "$again"; then
    echo "r_survey.csv: same bytes ($(grep -vc '^#' "$again") lines)"
    exit 0
fi
# Another BLAS or processor may change the last digits; another key or a larger difference is news.
awk -F, '
    { key = $1; for (i = 2; i <= 6; i++) key = key FS $i }
    FNR == NR { value[key] = $7; next }
    !(key in value) { print "new: " key; next }
    { d = $7 - value[key]; s = value[key] < 0 ? -value[key] : value[key]
      if (d < 0) d = -d; if (s > 0) d /= s; if (d > worst) { worst = d; at = key }
      delete value[key] }
    END { for (key in value) print "gone: " key; print "largest relative difference", worst + 0, "in", at }
' "$here/r_survey.csv" "$again"
exit 1
