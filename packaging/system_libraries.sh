#!/bin/sh
# Sees to the system's own packages: `build` (compilers), `run` (what Qt needs), `test` (what the tests need on top).
# As root on Debian and Ubuntu they are installed; otherwise one line names what is missing. Elsewhere nothing is done.
set -eu

case "${1:-}" in
build) packages="python3-venv gcc g++ make cmake" ;;
run) packages="libegl1 libgl1 libfontconfig1 libdbus-1-3 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1 libgomp1" ;;
test) packages="xvfb xauth xdotool strace dbus-daemon gnome-keyring fonts-dejavu-core thunar pcmanfm-qt" ;;
*) echo "usage: system_libraries.sh build|run|test" >&2; exit 2 ;;
esac

command -v dpkg-query >/dev/null 2>&1 || exit 0

if [ "$1" = build ]; then # a compiler from elsewhere serves as well as Debian's
    missing=""
    command -v cc >/dev/null 2>&1 || missing="$missing gcc"
    command -v c++ >/dev/null 2>&1 || missing="$missing g++"
    command -v cmake >/dev/null 2>&1 || missing="$missing cmake"
    "${PYTHON:-python3}" -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"
else
    missing=""
    for package in $packages; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || missing="$missing $package"
    done
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing system packages:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # the list is meant to be split
    apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
else
    echo "Hearthside needs these system packages:$missing  (sudo apt-get install$missing)" >&2
    [ "$1" = run ] || exit 1
fi
