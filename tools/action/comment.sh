#!/bin/sh
# Writes the findings into one comment of the pull request, for comment/action.yml: creates the comment, or changes
# the existing one.
#
# The text comes from a job in which the app ran, so it may contain anything: mentions in it are disabled, and its
# length is limited. A token that may not write, as in a pull request from a fork, leads to a warning, not a failure.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/inputs.sh"
marker="<!-- brokerbench:$AB_SUBJECT -->"
run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
work=$(mktemp -d "$RUNNER_TEMP/brokerbench-comment-XXXXXX")
comments=repos/$GITHUB_REPOSITORY/issues
export GH_CONFIG_DIR="$work/gh" # an earlier job on this machine may have left a configuration
longest=60000 # a comment may have 65536 characters

main() {
  { printf '%s\n' "$marker"; found; printf '\n[The run](%s)\n' "$run"; } >"$work/body.md"
  write 2>"$work/error" || warn
}

found() {
  if [ "${#AB_TEXT}" -gt "$longest" ]; then
    printf '### Brokerbench: %s\n\n**Too long for a comment.**\n' "$AB_SUBJECT"
  else
    # a zero-width space separates an @ from the name after it; an @ written as an entity stays an entity
    printf '%s\n' "$AB_TEXT" | sed -E -e 's/&(#0*64|#[xX]0*40|commat)/\&amp;\1/g' -e "s/@/@$(printf '\342\200\213')/g"
  fi
}

write() { # never changes a person's comment, whatever it begins with
  ours=".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$marker\"))) | .id"
  gh api --paginate "$comments/$AB_PULL_REQUEST/comments?per_page=100" --jq "$ours" >"$work/found" || return
  id=$(sed -n 1p "$work/found")
  if [ -n "$id" ]; then
    gh api --silent --method PATCH "$comments/comments/$id" --field "body=@$work/body.md"
  else
    gh api --silent --method POST "$comments/$AB_PULL_REQUEST/comments" --field "body=@$work/body.md"
  fi
}

warn() {
  why=$(shown "$(sed -n '/./{p;q;}' "$work/error")")
  echo "::warning::No comment was written (${why:-gh failed}): the job needs the permission pull-requests: write, which" \
    "a pull request from a fork does not have. The findings are in the summary of the job that measured."
}

main
