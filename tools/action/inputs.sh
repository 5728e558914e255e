#!/bin/sh
# Checks those inputs of the actions whose variables are set. Each script of the actions reads this file first; run by
# itself, it checks the inputs before anything is installed.
#
# At the first wrong input it exits with code 2 and one line that names the input.

check_inputs() {
  letter='([^[:punct:][:space:][:cntrl:]]|_)'
  module="$letter+(\.$letter+)*"
  printed='[^[:cntrl:]]'
  text="[^-[:cntrl:]]$printed*" # does not begin with a dash, so nothing takes it for an option
  git_name='[^][:space:][:cntrl:]~^:?*"'\''$`\;&|<>]'
  commit="[^][:space:][:cntrl:]~^:?*\"'\$\`\\;&|<>+@./-]$git_name*(~[0-9]{1,4})?"
  metric='(enqueue|throughput|latency|cpu|connections)'
  number='[0-9]{1,6}(\.[0-9]{1,6})?'

  [ -z "${AB_APP+set}" ] || [ "${GITHUB_EVENT_NAME-}" != pull_request_target ] ||
    refuse "on pull_request_target, strangers' code would run with your secrets" 'use on: pull_request'
  check AB_SUBJECT subject '[A-Za-z0-9][A-Za-z0-9_.-]*(:[A-Za-z0-9][A-Za-z0-9_.-]*)?(@[0-9.]{1,9}(us|ms|s))?' \
    'a broker, its profile and its distance, such as redis, rabbitmq:quorum or redis@0.5ms'
  check AB_BASE base "$commit" 'a commit, a tag or a branch'
  check AB_HEAD head "$commit" 'a commit, a tag or a branch'
  check AB_APP app "$module(:$module)?" 'a module and its attribute, such as proj.celery:app'
  check AB_TASK task "$text" 'the registered name of a task, such as proj.tasks.add'
  check AB_ARGS args "( *\[$printed*\] *)?" 'a list in JSON, in one line, such as [2, 2]'
  check AB_KWARGS kwargs "( *\{$printed*\} *)?" 'an object in JSON, in one line, such as {"x": 2}'
  check AB_INCLUDE include "[ ,]*($module([ ,]+$module)*)?[ ,]*" \
    'modules, such as proj.jobs, separated by commas or spaces'
  check AB_APP_DIR app-dir "($text)?" 'a folder of the repository, without ..'
  check AB_PYTHON python "($text)?" 'the path of an interpreter'
  check AB_DRY dry '(true|false)?' 'true or false'
  check AB_A a "($text)?" 'a SPEC in one line, such as kombu==5.5.4 profile=durable'
  check AB_B b "($text)?" 'a SPEC in one line, such as kombu==5.5.4 profile=durable'
  check AB_METRICS metrics "[ ,]*($metric([ ,]+$metric)*)?[ ,]*" \
    'some of enqueue, throughput, latency, cpu and connections, separated by commas or spaces'
  check AB_MAX_REGRESSION max-regression " *$number *% *" 'a percentage, such as 5%'
  check AB_BUDGET budget " *($number *(s|m|min)?|quick|default|full) *" 'a time, such as 90s or 3m'
  check AB_INCONCLUSIVE inconclusive '(pass|fail)' 'pass or fail'
  check AB_PULL_REQUEST pull-request '[1-9][0-9]{0,17}' 'the number of a pull request'
}

check() { # VARIABLE INPUT PATTERN WHAT-IT-MAY-BE
  value=
  eval "[ \"\${$1+set}\" ] || return 0; value=\$$1"
  case $2:$value in
    *"$newline"*) ;;
    base:*..* | base:*@\{* | head:*..* | head:*@\{*) ;;                 # a range, and a place in the reflog
    app-dir:.. | app-dir:../* | app-dir:*/.. | app-dir:*/../*) ;;
    *) ! printf '%s\n' "$value" | LC_ALL=C grep -Eqx -e "$3" || return 0 ;;
  esac
  case $2 in
    a | b | args | kwargs) refuse "$2 is not valid" "use $4" ;; # the value may contain a password
    *) refuse "$2 '$value' is not valid" "use $4" ;;
  esac
}

refuse() { # WHAT-IS-WRONG WHAT-TO-DO
  printf '::error::%s: %s\n' "$(shown "$1")" "$(shown "$2")" >&2
  exit 2
}

shown() { # TEXT: print it on one line of a log, so that it is not a command to the runner or the terminal
  printf '%s\n' "$1" | LC_ALL=C awk '
    { gsub(/%/, "%25"); gsub(/\r/, "%0D"); gsub(/[\001-\037\177]/, "?") }
    { line = line (NR > 1 ? "%0A" : "") $0 }
    END { print (length(line) > 300 ? substr(line, 1, 300) "..." : line) }'
}

newline='
'
check_inputs
