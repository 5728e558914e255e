#!/bin/sh
# Writes what was found into one comment of the pull request for action.yml: makes it, or changes the one that is there.
#
# A token that may not write, as in a pull request from a fork, is a warning and no failure.
set -eu
# Nothing in a subject's name may end the comment that is not shown, or the text in jq's expression below.
marker="<!-- brokerbench:$(printf %s "$AB_SUBJECT" | tr -cd 'A-Za-z0-9:._-') -->"
run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
work=$(mktemp -d "$RUNNER_TEMP/brokerbench-comment-XXXXXX")
comments=repos/$GITHUB_REPOSITORY/issues

main() {
  { printf '%s\n' "$marker"; cat "$AB_MARKDOWN"; printf '\n[The run](%s)\n' "$run"; } >"$work/body.md"
  write 2>"$work/said" || warn
}

write() {
  ours=".[] | select(.body | startswith(\"$marker\")) | .id"
  gh api --paginate "$comments/$AB_PULL_REQUEST/comments?per_page=100" --jq "$ours" >"$work/found" || return
  id=$(sed -n 1p "$work/found")
  if [ -n "$id" ]; then
    gh api --silent --method PATCH "$comments/comments/$id" --field "body=@$work/body.md"
  else
    gh api --silent --method POST "$comments/$AB_PULL_REQUEST/comments" --field "body=@$work/body.md"
  fi
}

warn() {
  why=$(sed -n '/./{s/%/%25/g;p;q;}' "$work/said" | tr -d '\r')
  echo "::warning::No comment was written (${why:-gh failed}): the job needs the permission pull-requests: write, which" \
    "a pull request from a fork does not have. What was found is in the job's summary."
}

main
