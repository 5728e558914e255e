#!/bin/sh
# Compares both commits with `brokerbench ab` for action.yml, and ends with its exit code.
#
# Writes outcome, exit-code, markdown, result and text to GITHUB_OUTPUT, even if the comparison fails. The app runs
# here, as the job's user: commands that it sends to the runner, in files or in its output, are undone or ignored.
set -euf
# shellcheck source=/dev/null
. "$(dirname "$0")/inputs.sh"
# shellcheck source=/dev/null
. "$(dirname "$0")/command_files.sh"
longest=60000 # bytes of Markdown; a comment may have 65536 characters
standard=$(getconf PATH 2>/dev/null || echo /usr/bin:/bin)
out=$(mktemp -d "$RUNNER_TEMP/brokerbench-ab-XXXXXX")

main() {
  before=$(command_files)
  code=0
  mark=$(random)
  echo "::stop-commands::$mark" # the runner obeys nothing that is printed from here on
  compare 2>&1 || code=$?       # in one stream, so that none of it arrives later
  printf '\n::%s::\n' "$mark"
  PATH=$standard:$PATH # the app may have put programs into the first folders
  written=$(changed "$before" "$(command_files)")
  [ -z "$written" ] || distrust
  text=$(found) || :
  put_out
  [ -z "${GITHUB_STEP_SUMMARY-}" ] || printf '%s\n' "$text" >>"$GITHUB_STEP_SUMMARY"
  exit "$code"
}

compare() {
  set -- "$AB_SUBJECT" --a="ref=$AB_BASE $AB_A" --b="ref=$AB_HEAD $AB_B" --app="$AB_APP" --task="$AB_TASK"
  [ -z "$AB_ARGS" ] || set -- "$@" --args="$AB_ARGS"
  [ -z "${AB_KWARGS-}" ] || set -- "$@" --kwargs="$AB_KWARGS"
  for module in $(printf %s "${AB_INCLUDE-}" | tr ',' ' '); do set -- "$@" --include="$module"; done
  [ -z "$AB_APP_DIR" ] || set -- "$@" --app-dir="$AB_APP_DIR"
  [ -z "$AB_PYTHON" ] || set -- "$@" --python="$AB_PYTHON"
  [ "$AB_DRY" != true ] || set -- "$@" --dry
  case ${AB_SUBJECT%%[:@]*} in
    rabbitmq) [ -z "${RABBITMQ_URL-}" ] || set -- "$@" --server=RABBITMQ_URL ;;
    redis) [ -z "${REDIS_URL-}" ] || set -- "$@" --server=REDIS_URL ;;
    valkey) [ -z "${VALKEY_URL-}" ] || set -- "$@" --server=VALKEY_URL ;;
    sqs) [ -z "${SQS_URL-}" ] || set -- "$@" --server=SQS_URL ;;
  esac
  for metric in $(printf %s "$AB_METRICS" | tr ',' ' '); do set -- "$@" --metric="$metric"; done
  set -- "$@" --max-regression="$AB_MAX_REGRESSION" --budget="$AB_BUDGET" --inconclusive="$AB_INCONCLUSIVE"
  set -- "$@" --markdown="$out/ab.md" --out="$out/result"
  without_commands "$RUNNER_TEMP/brokerbench/bin/brokerbench" ab "$@" </dev/null
}

random() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

distrust() {
  names=$(printf '%s\n' "$written" | sed 's,.*/,,' | tr '\n' ' ')
  take_back "$before" "$written"
  code=3
  why="the app wrote to the runner's command files, which was undone"
  echo "::error::Not measured: $why ($(shown "${names% }")). Find out which part of the app does that."
}

found() { # print the Markdown, which the app may have replaced
  if [ -n "${why-}" ]; then
    not_measured "$why"
  elif [ ! -f "$out/ab.md" ] || [ -L "$out/ab.md" ] || [ ! -s "$out/ab.md" ]; then
    not_measured "see the job's log (exit code $code)"
  elif [ "$(wc -c <"$out/ab.md")" -gt "$longest" ]; then
    printf '### Brokerbench: %s, B against A\n\n**Too long for a comment: see the job.**\n' "$AB_SUBJECT"
  else
    cat "$out/ab.md"
  fi
}

not_measured() { # WHY
  rm -rf -- "$out/ab.md"
  printf '### Brokerbench: %s, B against A\n\n**Not measured: %s.**\n' "$AB_SUBJECT" "$1" | tee "$out/ab.md"
}

put_out() {
  mark=$(random) # so that no line of the text can match it
  {
    echo "outcome=$(outcome)"
    echo "exit-code=$code"
    echo "markdown=$out/ab.md"
    echo "result=$out/result"
    printf 'text<<%s\n%s\n%s\n' "$mark" "$text" "$mark"
  } >>"$GITHUB_OUTPUT"
}

outcome() {
  case $code in
    0) echo passed ;;
    1) echo regressed ;;
    3) echo inconclusive ;;
    *) echo error ;;
  esac
}

main
