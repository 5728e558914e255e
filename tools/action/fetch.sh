#!/bin/sh
# Finds the commits that action.yml compares, and fetches what the checkout lacks. Writes both to GITHUB_OUTPUT.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/inputs.sh"
unset CDPATH

main() {
  cd -- "${AB_APP_DIR:-.}" 2>/dev/null || refuse "app-dir '$AB_APP_DIR' does not exist" 'use a folder of the repository'
  warn_of_kept_token
  base=$(commit_of "$AB_BASE") || unknown "base '$AB_BASE'"
  head=$(commit_of "$AB_HEAD") || unknown "head '$AB_HEAD'"
  [ "$base" != "$head" ] || refuse "base and head of the comparison are the same commit, $base" 'use two that differ'
  printf 'base=%s\nhead=%s\n' "$base" "$head" >>"$GITHUB_OUTPUT"
}

commit_of() { # REFERENCE
  known "$1" || { fetch "$1" && known FETCH_HEAD; }
}

known() { # REFERENCE
  git rev-parse --verify --quiet --end-of-options "$1^{commit}"
}

fetch() { # REFERENCE: without the token first; the token is not an argument that others could see, and is not kept
  depth=
  [ "$(git rev-parse --is-shallow-repository)" = false ] || depth=--depth=1
  export GIT_TERMINAL_PROMPT=0
  git fetch --quiet --no-tags $depth --end-of-options origin "$1" >&2 && return
  [ -n "${GH_TOKEN-}" ] || return 1
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.${GITHUB_SERVER_URL-https://github.com}/.extraheader" \
    GIT_CONFIG_VALUE_0="Authorization: basic $(printf 'x-access-token:%s' "$GH_TOKEN" | base64 | tr -d '\n')" \
    git fetch --quiet --no-tags $depth --end-of-options origin "$1" >&2
}

warn_of_kept_token() {
  ! git config --get-regexp '^http\..*\.extraheader$' >/dev/null 2>&1 ||
    echo '::warning::The checkout keeps its token where the app can read it: set persist-credentials: false at' \
      'actions/checkout.'
}

unknown() { # WHICH
  refuse "$1 of the comparison is neither in the checkout nor at origin" \
    'set base and head of the action to commits, tags or branches'
}

main
