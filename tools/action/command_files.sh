#!/bin/sh
# The runner's command files, by which a step sets its outputs, and the environment and PATH of later steps.
#
# Every process of the job's user can write them, even without knowing their names. So they are compared before and
# after the app ran, and whatever was written meanwhile is removed.
command_variables='GITHUB_ENV GITHUB_PATH GITHUB_OUTPUT GITHUB_STATE GITHUB_STEP_SUMMARY'
credentials='GH_TOKEN GITHUB_TOKEN GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN ACTIONS_RUNTIME_TOKEN
  ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL'

without_commands() { # COMMAND...: run it without the variables of the command files and CI's credentials
  (
    # shellcheck disable=SC2086 # each word is the name of a variable
    unset $command_variables $credentials
    exec "$@"
  )
}

command_files() { # print a line for each: its size and checksum, or its kind, and the path
  {
    for variable in $command_variables; do eval "printf '%s\n' \"\${$variable-}\""; done
    # the files of other steps are beside ours
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

changed() { # BEFORE AFTER: print the paths whose lines differ
  printf '%s\n%s\n' "$1" "$2" | sort | uniq -u | sed 's/^[^ ]* [^ ]* //' | sort -u
}

take_back() { # BEFORE PATHS: empty the files that existed before, and remove the others
  printf '%s\n' "$2" | while IFS= read -r path; do
    rm -rf -- "$path"
    folder=${path%/*}
    [ -d "$folder" ] || { rm -rf -- "$folder"; mkdir -p -- "$folder"; }
    case "$1
" in *" $path
"*) : >"$path" ;; esac
  done
}
