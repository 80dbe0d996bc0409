#!/usr/bin/env bash
# ./emotion prove NAME: a long proof in full; writes docs/results/NAME.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. build/setup.sh
. build/system.sh

usage() {
  cat >&2 <<'EOF'
usage: ./emotion prove NAME

  clips         what the system answers for every clip in EMOTION_CLIPS (default ../shared/clips)
  replica-loss  a video replica is killed 20 times while a clip is analysed; every clip must be answered in full
EOF
  exit 2
}

# with_system COMMAND...: runs it on a system started for it; $address is the gateway. One that runs is somebody's: nothing is tried on it.
with_system() {
  [ -z "$(gateway_address)" ] || { say "A system is running here (./emotion down ends it); a proof wants one of its own."; exit 1; }
  start_system
  trap stop_system EXIT
  address=$(wait_for_gateway)
  "$@"
}

bench() { dotnet "bench/System.Bench/bin/$configuration/net10.0/System.Bench.dll" "$@"; }

prove_clips() { bench clips --gateway "$address" --clips "${EMOTION_CLIPS:-../shared/clips}" --out docs/results/clips.json; }

prove_replica_loss() {
  # A minute is six segments: whichever replica is killed has one in hand.
  local clip=.emotion/minute.mp4
  [ -s "$clip" ] || ffmpeg -nostdin -v error -y -stream_loop -1 -i "$(demo_clip)" -t 60 -c:v libx264 -preset veryfast -g 50 -c:a aac "$clip"
  bench replica-loss --gateway "$address" --clip "$clip" --state .emotion/state.json --out docs/results/replica-loss.json
}

name=${1:-}
case $name in clips | replica-loss) ;; *) usage ;; esac
setup_serving espeak-ng=espeak-ng
build_if_changed bench bench/System.Bench/System.Bench.csproj
with_system "prove_${name//-/_}"
