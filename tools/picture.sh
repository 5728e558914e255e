#!/bin/sh
# Takes the README's picture of a report: tools/picture.sh results/DIR/report.html docs/report.png
# Needs chromium.
set -eu
exec chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
  --window-size=1240,1270 --screenshot="$2" "file://$(realpath "$1")" 2>/dev/null
