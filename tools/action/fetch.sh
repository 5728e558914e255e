#!/bin/sh
# Finds the commits that action.yml compares, and fetches what the checkout lacks. Puts both into GITHUB_OUTPUT.
set -eu
cd "${AB_APP_DIR:-.}"

main() {
  base=$(commit_of "$AB_BASE") || refuse "base '$AB_BASE'" 'neither here nor at origin'
  head=$(commit_of "$AB_HEAD") || refuse "head '$AB_HEAD'" 'neither here nor at origin'
  [ "$base" != "$head" ] || refuse 'base and head' "the same commit, $base"
  printf 'base=%s\nhead=%s\n' "$base" "$head" >>"$GITHUB_OUTPUT"
}

commit_of() { # REFERENCE
  known "$1" || { fetch "$1" && known FETCH_HEAD; }
}

known() { # REFERENCE
  git rev-parse --verify --quiet --end-of-options "$1^{commit}"
}

fetch() { # REFERENCE: as it is, or else with the token, which is no argument that others could see
  [ -n "$1" ] || return 1
  depth=
  [ "$(git rev-parse --is-shallow-repository)" = false ] || depth=--depth=1
  export GIT_TERMINAL_PROMPT=0
  git fetch --quiet --no-tags $depth --end-of-options origin "$1" >&2 && return
  [ -n "${GH_TOKEN-}" ] || return 1
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.${GITHUB_SERVER_URL-https://github.com}/.extraheader" \
    GIT_CONFIG_VALUE_0="Authorization: basic $(printf 'x-access-token:%s' "$GH_TOKEN" | base64 | tr -d '\n')" \
    git fetch --quiet --no-tags $depth --end-of-options origin "$1" >&2
}

refuse() { # WHAT IS
  echo "::error::$1 of the comparison: $2. Give base and head of the action as commits, tags or branches." >&2
  exit 2
}

main
