#!/bin/sh
# Compares both commits with `brokerbench ab` for action.yml, and ends with its exit code.
#
# Puts outcome, exit-code, markdown and result into GITHUB_OUTPUT, also where the comparison fails.
set -euf
out=$(mktemp -d "$RUNNER_TEMP/brokerbench-ab-XXXXXX")

main() {
  code=0
  compare || code=$?
  [ -s "$out/ab.md" ] || say_that_it_failed
  {
    echo "outcome=$(outcome)"
    echo "exit-code=$code"
    echo "markdown=$out/ab.md"
    echo "result=$out/result"
  } >>"$GITHUB_OUTPUT"
  exit "$code"
}

compare() {
  set -- "$AB_SUBJECT" --a "ref=$AB_BASE $AB_A" --b "ref=$AB_HEAD $AB_B" --app "$AB_APP" --task "$AB_TASK"
  [ -z "$AB_ARGS" ] || set -- "$@" --args "$AB_ARGS"
  [ -z "$AB_APP_DIR" ] || set -- "$@" --app-dir "$AB_APP_DIR"
  [ -z "$AB_PYTHON" ] || set -- "$@" --python "$AB_PYTHON"
  [ "$AB_DRY" != true ] || set -- "$@" --dry
  for metric in $(echo "$AB_METRICS" | tr ',' ' '); do set -- "$@" --metric "$metric"; done
  set -- "$@" --max-regression "$AB_MAX_REGRESSION" --budget "$AB_BUDGET" --inconclusive "$AB_INCONCLUSIVE"
  "$RUNNER_TEMP/brokerbench/bin/brokerbench" ab "$@" --markdown "$out/ab.md" --out "$out/result" </dev/null
}

outcome() {
  case $code in
    0) echo passed ;;
    1) echo regressed ;;
    3) echo inconclusive ;;
    *) echo error ;;
  esac
}

say_that_it_failed() {
  printf '### Brokerbench: %s, B against A\n\n**Not measured: the log of the job says why (exit code %s).**\n' \
    "$(printf %s "$AB_SUBJECT" | tr -cd 'A-Za-z0-9:._-')" "$code" >"$out/ab.md"
}

main
