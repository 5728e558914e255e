#!/bin/sh
# Installs the servers that brokerbench measures and this machine lacks, and pip does not bring: Redis and RabbitMQ.
#
# Usage: install-servers.sh [redis] [rabbitmq]; without a name, both.
#
# It prints each command before it runs it; SERVERS=skip changes nothing on the system. A server counts as present
# if it can be found, or if the environment names one. If one cannot be installed, a line states the remedy and
# set-up continues; brokerbench itself reports what is missing.
set -u
sudo=sudo
[ "$(id -u)" != 0 ] || sudo=
named=${*:-redis rabbitmq}

main() {
  wanted=$(missing)
  [ -n "$wanted" ] || { say "present: $named"; return; }
  say "missing:$wanted"
  manager=$(package_manager)
  [ "$manager" != apt ] || prepare_apt
  for server in $wanted; do install "$server"; done
  wanted=$(missing)
  [ -z "$wanted" ] || go_on_without
}

go_on_without() {
  say "still missing:$wanted$(why)"
  say 'going on without: pip brings the servers of valkey, sqs and postgres.'
  say 'To measure what is missing, install it, start compose.yaml, or set REDIS_URL or RABBITMQ_URL.'
}

why() { # why nothing was installed
  if [ "${SERVERS-}" = skip ]; then printf ' (SERVERS=skip)'
  elif [ -n "$manager" ]; then : # it printed why
  elif found apt-get || found dnf; then printf ' (installing needs root or sudo)'
  else printf ' (there is no apt-get, brew or dnf)'
  fi
}

missing() {
  for server in $named; do
    case $server in
      redis) [ -n "${REDIS_URL-}${BROKERBENCH_REDIS_SERVER-}" ] || found redis-server ;;
      rabbitmq) [ -n "${RABBITMQ_URL-}${BROKERBENCH_RABBITMQ_SERVER-}" ] || found rabbitmq-server ;;
    esac || printf ' %s' "$server"
  done
}

found() ( # COMMAND: succeed if it is on this machine
  PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/lib/rabbitmq/bin:/opt/homebrew/bin:/opt/homebrew/sbin
  command -v "$1" >/dev/null
)

package_manager() { # nothing if there is none that may be used
  if [ "${SERVERS-}" = skip ]; then :
  elif found apt-get && may_be_root; then echo apt
  elif found brew && [ -n "$sudo" ]; then echo brew # it refuses to run as root
  elif found dnf && may_be_root; then echo dnf
  fi
}

may_be_root() { # sudo may ask for a password only if somebody can answer
  [ -z "$sudo" ] || sudo -n true 2>/dev/null || { [ -t 0 ] && found sudo; }
}

install() { # SERVER
  case $manager:$1 in
    apt:*) run $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$1-server" ;;
    brew:*) run brew install "$1" ;;
    dnf:redis) run $sudo dnf install -y redis ;;
    dnf:*) run $sudo dnf install -y "$1-server" ;;
  esac
}

# Debian starts what it installs unless a policy-rc.d forbids it; brokerbench starts its own servers.
prepare_apt() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ] && [ ! -L $policy ]; then
    trap 'run $sudo rm -f $policy' EXIT
    trap 'exit 130' HUP INT TERM
    run $sudo sh -c "printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy"
  fi
  run $sudo apt-get update -qq || : # the failed list may not be the one that is needed
}

run() {
  printf '+ %s\n' "$*"
  "$@"
}

say() {
  echo "servers: $*"
}

main
