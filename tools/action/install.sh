#!/bin/sh
# Installs brokerbench, and the server that the subject needs, for action.yml.
#
# It goes into its own environment in RUNNER_TEMP: the app's environment stays unchanged.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/inputs.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
home=$RUNNER_TEMP/brokerbench

new_enough() { # PYTHON
  "$1" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

install() { # PYTHON
  "$1" -m venv "$home"
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check -c "$root/constraints.txt" "$root"
}

case ${AB_SUBJECT%%[:@]*} in redis | rabbitmq) sh "$root/tools/install-servers.sh" "${AB_SUBJECT%%[:@]*}" ;; esac

[ ! -x "$home/bin/brokerbench" ] || exit 0 # by an earlier use in this job
for python in python3 python3.14 python3.13 python3.12 python3.11; do
  if new_enough "$python"; then
    install "$python"
    exit
  fi
done
echo "::error::Brokerbench needs Python 3.11 or later beside the app's own: run actions/setup-python before it"
exit 2
