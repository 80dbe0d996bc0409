#!/bin/sh
# Builds libEmotionReady.so and emotion-start into build/, if a source is newer than they are.
#
#   CC   compiler
#
# Exit status 3: there is no compiler, or no C library to build with. ffmpeg is then executed each time, which takes longer.
set -eu
cd "$(dirname "$0")"
CC=${CC:-cc}

if [ -f build/libEmotionReady.so ] && [ -f build/emotion-start ] && [ "$(cat build/stamp 2>/dev/null)" = "$CC" ] &&
  [ -z "$(find . -maxdepth 1 -newer build/stamp \( -name '*.c' -o -name '*.h' -o -name build.sh \))" ]; then
  exit 0
fi

if ! command -v "$CC" >/dev/null || ! echo '#include <stdlib.h>' | "$CC" -E - >/dev/null 2>&1; then
  echo "build.sh: needs a C compiler ($CC) and the C library's headers. On Debian: apt-get install -y gcc libc6-dev" >&2
  exit 3
fi

mkdir -p build
# Two builds at once each have a folder.
work=$(mktemp -d build/new.XXXXXX)
trap 'rm -rf "$work"' EXIT
flags="-std=c11 -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
# Why without the stack's canary: renew_canary in child.c.
# shellcheck disable=SC2086 # flags are words
"$CC" $flags -fPIC -fvisibility=hidden -fno-stack-protector -Wl,-z,relro,-z,now -shared preload.c ready.c request.c child.c -o "$work/libEmotionReady.so" -ldl
# Static where the C library lets it: it is started for every job, and loads in a third of the time.
# shellcheck disable=SC2086
"$CC" $flags -fstack-protector-strong -static start.c -o "$work/emotion-start" 2>/dev/null ||
  "$CC" $flags -fstack-protector-strong start.c -o "$work/emotion-start"
# Whoever runs a service may be somebody else than who built it.
chmod 755 "$work/libEmotionReady.so" "$work/emotion-start"
mv "$work/libEmotionReady.so" "$work/emotion-start" build/
printf '%s\n' "$CC" >build/stamp
