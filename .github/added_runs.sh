#!/bin/sh
# Says in Markdown what the runs are that a commit adds to results/ or changes there, beside those that were there before:
#
#     added_runs.sh BEFORE     # the commit to compare with, as HEAD^1; run it where the project is checked out
#
# Exit status 1 if one of them is no good run. Needs the project installed for `python`.
set -eu
before=$1
folder=$(mktemp -d)
trap 'git worktree remove --force "$folder/before" 2>/dev/null || true; rm -rf "$folder"' EXIT
git worktree add --quiet --detach "$folder/before" "$before"
git diff --name-only --diff-filter=d "$before" HEAD -- results | sed -n 's|^results/\([^/]*\)/.*|\1|p' | sort -u >"$folder/names"
echo "## Runs that this adds or changes"
echo
test -s "$folder/names" || echo "None."
status=0
while read -r name; do
    if ! python -P -m matrix check "results/$name" >"$folder/check" 2>&1; then
        status=1
    fi
    printf '\n```\n'
    sed 's/`/ /g' "$folder/check"
    printf '```\n\n'
    rm -rf "$folder/before/results/$name" # beside the others, not beside what it was
    python -P -m matrix compare "results/$name" "$folder/before/results" || status=1
done <"$folder/names"
exit "$status"
