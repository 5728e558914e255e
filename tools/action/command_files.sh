#!/bin/sh
# The runner's command files, by which a step sets its outputs, and the environment and PATH of the steps after it.
#
# Whoever runs as the job's user can write them, whether told their names or not. So they are looked at before and
# after the app ran: what was written meanwhile is taken away.
command_variables='GITHUB_ENV GITHUB_PATH GITHUB_OUTPUT GITHUB_STATE GITHUB_STEP_SUMMARY'
credentials='GH_TOKEN GITHUB_TOKEN GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN ACTIONS_RUNTIME_TOKEN
  ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL'

without_commands() { # COMMAND...: run it with no word of the command files, and without what CI signs in with
  (
    # shellcheck disable=SC2086 # names of variables, one a word
    unset $command_variables $credentials
    exec "$@"
  )
}

command_files() { # what each of them is now: size and sum, or its kind, and the path; one a line
  {
    for variable in $command_variables; do eval "printf '%s\n' \"\${$variable-}\""; done
    # those of the steps around this one lie beside ours
    find "$RUNNER_TEMP/_runner_file_commands/" ! -type d 2>/dev/null
  } | sed 's,//*,/,g' | sort -u | while IFS= read -r path; do
    if [ -z "$path" ]; then continue
    elif [ -L "$path" ]; then echo "a link $path"
    elif [ -f "$path" ]; then echo "$(cksum <"$path" 2>/dev/null || echo 'not readable') $path"
    elif [ -e "$path" ]; then echo "no file $path"
    else echo "not there $path"
    fi
  done
}

changed() { # BEFORE AFTER: the paths whose lines differ
  printf '%s\n%s\n' "$1" "$2" | sort | uniq -u | sed 's/^[^ ]* [^ ]* //' | sort -u
}

take_back() { # BEFORE PATHS: files that were there are empty again, others are gone
  printf '%s\n' "$2" | while IFS= read -r path; do
    rm -rf -- "$path"
    folder=${path%/*}
    [ -d "$folder" ] || { rm -rf -- "$folder"; mkdir -p -- "$folder"; }
    case "$1
" in *" $path
"*) : >"$path" ;; esac
  done
}
