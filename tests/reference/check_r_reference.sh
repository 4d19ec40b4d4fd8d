#!/bin/sh
# Run the scripts again and compare what they write with the tables beside them, byte by byte.
#
#   tests/reference/check_r_reference.sh
#
# Needs Debian 12's r-base-core 4.2.2, r-cran-survey 4.1-1 and r-cran-mass: scripts/install-packages bench. No part of
# `make test`.
# Exit status: 0 same bytes, 1 other bytes (then the largest relative difference is shown), 2 could not be run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v Rscript >/dev/null || { echo "Rscript not found: scripts/install-packages bench" >&2; exit 2; }
again=$(mktemp)
random=$(mktemp -d)
factors=$(mktemp)
trap 'rm -rf "$again" "$random" "$factors"' EXIT
cp "$here/make_random_designs.py" "$here/random_designs.R" "$random"
python3 "$random/make_random_designs.py" || exit 2
Rscript "$random/random_designs.R" || exit 2
for file in random_designs.csv random_rows.csv random_answers.csv; do
    cmp "$here/$file" "$random/$file" || exit 1
    echo "$file: same bytes"
done
Rscript "$here/r_replicates.R" "$factors" "$again" || exit 2
cmp "$here/r_replicate_factors.csv" "$factors" || exit 1
cmp "$here/r_replicates.csv" "$again" || exit 1
echo "r_replicates.csv: same bytes ($(grep -vc '^#' "$again") lines)"
for name in r_calibration r_expressions r_singletons r_intervals r_comparisons r_crosstabs r_regression r_quantiles r_spreads r_funnel r_overdispersion r_multiple_response r_cmh r_counts; do
    Rscript "$here/$name.R" "$again" || exit 2
    cmp "$here/$name.csv" "$again" || exit 1
    echo "$name.csv: same bytes ($(grep -vc '^#' "$again") lines)"
done
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
