#!/bin/sh
# Installs the servers that brokerbench measures and this machine lacks: a Redis (or Valkey) and RabbitMQ.
#
# Usage: install-servers.sh [redis] [rabbitmq]; without a name, both.
#
# It prints each command before it runs it; SERVERS=skip leaves the system alone. A server counts as here if
# it can be found, or if the environment names one. What cannot be installed gets a line with the remedy and
# no failure: set-up goes on, and brokerbench itself reports what is missing.
set -u
sudo=sudo
[ "$(id -u)" != 0 ] || sudo=
named=${*:-redis rabbitmq}

main() {
  [ "${SERVERS-}" != skip ] || { say 'left alone (SERVERS=skip)'; return; }
  wanted=$(missing)
  [ -n "$wanted" ] || { say "here: $named"; return; }
  say "not here:$wanted"
  manager=$(package_manager)
  [ "$manager" != apt ] || prepare_apt
  for server in $wanted; do install "$server"; done
  wanted=$(missing)
  [ -z "$wanted" ] || say "still not here:$wanted. Set REDIS_URL and RABBITMQ_URL, or start compose.yaml, or" \
    'go on without: SQS comes with pip, and so does a Redis on x86-64 Linux up to Python 3.12.'
}

missing() {
  for server in $named; do
    case $server in
      redis) [ -n "${REDIS_URL-}${BROKERBENCH_REDIS_SERVER-}" ] || found redis-server valkey-server ;;
      rabbitmq) [ -n "${RABBITMQ_URL-}${BROKERBENCH_RABBITMQ_SERVER-}" ] || found rabbitmq-server ;;
    esac || printf ' %s' "$server"
  done
}

found() ( # COMMAND...: is one of them on this machine?
  PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/lib/rabbitmq/bin:/opt/homebrew/bin:/opt/homebrew/sbin
  for name do command -v "$name" >/dev/null && exit 0; done
  exit 1
)

package_manager() {
  if found apt-get && may_be_root; then echo apt
  elif found brew && [ -n "$sudo" ]; then echo brew # it refuses to run as root
  elif found dnf && may_be_root; then echo dnf
  fi
}

may_be_root() { # a password is asked for only where somebody can answer
  [ -z "$sudo" ] || sudo -n true 2>/dev/null || { [ -t 0 ] && found sudo; }
}

install() { # SERVER
  case $manager:$1 in
    apt:*) run $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$1-server" ;;
    brew:*) run brew install "$1" ;;
    dnf:redis) run $sudo dnf install -y redis || run $sudo dnf install -y valkey ;;
    dnf:*) run $sudo dnf install -y "$1-server" ;;
  esac
}

# Debian starts what it installs unless a policy-rc.d forbids it; brokerbench starts servers of its own.
prepare_apt() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ] && [ ! -L $policy ]; then
    trap 'run $sudo rm -f $policy' EXIT
    trap 'exit 130' HUP INT TERM
    run $sudo sh -c "printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy"
  fi
  run $sudo apt-get update -qq || : # the list that failed need not be the one we read
}

run() {
  printf '+ %s\n' "$*"
  "$@"
}

say() {
  echo "servers: $*"
}

main
