#!/usr/bin/env bash
# ./emotion prove NAME: a long proof in full; writes docs/results/NAME.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. build/setup.sh
. build/system.sh
. build/containers.sh

usage() {
  cat >&2 <<'EOF'
usage: ./emotion prove NAME [--minutes N] [--kills N] [--requests N --swaps N]

  clips         what the system answers for every clip in EMOTION_CLIPS (default ../shared/clips)
  labelled-clips  what it answers for those in its folder 'labelled', whose emotion is known; report fusion judges it (docs/results/fusion-clips.json)
  replica-loss  a video replica is killed 20 times while a clip is analysed; every clip must be answered in full
  face-tracks   who is who in two films of two faces who cross, hide and leave: IDF1 at least 0.9
  gateway       the gateway is killed 100 times (or N) on each database while clips are sent to it: nothing that was accepted is lost, nothing is answered twice
  containers    what `dotnet publish` writes of each service answers a clip as user 1654 on a read-only tree, within the limits of deploy/kubernetes
  rollout       100,000 gRPC requests during 100 swaps of releases: none fails or mixes two of them; memory, byte flips, a bad canary; docs/rollout.svg
  long-video    60 minutes (or N, an even number): memory at most 1.2 times that of a minute, time linear within 10 %, segments spread evenly over 3 replicas
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

prove_labelled_clips() {
  bench labelled-clips --gateway "$address" --clips "${EMOTION_CLIPS:-../shared/clips}/labelled" --out docs/results/fusion-clips.json
}

prove_face_tracks() { bench face-tracks --gateway "$address" --folder .emotion --out docs/results/face-tracks.json; }

# minute_clip: a minute is six segments; prints its path.
minute_clip() {
  made .emotion/minute.mp4 -stream_loop -1 -i "$(demo_clip)" -t 60 -c:v libx264 -preset veryfast -g 50 -c:a aac
}

# long_clip MINUTES: the minute again and again, not encoded again; prints its path.
long_clip() {
  made ".emotion/minutes-$1.mp4" -stream_loop "$(($1 - 1))" -i "$(minute_clip)" -c copy
}

# What a clip may be is a few minutes unless it is said otherwise; requests are counted in the replicas' logs.
allow_long_clips() {
  export Video__Replicas=3 Logging__Console__LogLevel__Default=Information
  export Media__MaximumSeconds=$(($1 * 60 + 60)) Media__MaximumBytes=4000000000 Media__ProcessDeadline=04:00:00 Media__ProcessCpuSeconds=36000
  export TextService__MaximumSeconds=$(($1 * 60 + 60)) Media__ProcessFileMegabytes=8192 Gateway__UploadDeadline=01:00:00 Gateway__AnalysisDeadline=12:00:00 Gateway__MaximumWait=12:00:00
}

prove_long_video() {
  local out=docs/results/long-video.json
  # A shorter run says that it is one, and is not what the results name.
  [ "$minutes" = 60 ] || out=.emotion/long-video-$minutes.json
  bench long-video --gateway "$address" --clip "$(minute_clip)" --half "$(long_clip $((minutes / 2)))" --long "$(long_clip "$minutes")" \
    --minutes "$minutes" --state .emotion/state.json --out "$out"
}

prove_replica_loss() {
  # Whichever replica is killed has a segment in hand.
  local clip
  clip=$(minute_clip)
  bench replica-loss --gateway "$address" --clip "$clip" --state .emotion/state.json --out docs/results/replica-loss.json
}

prove_containers() {
  [ "$(id -u)" = 0 ] || { say "Only root can make a tree and set limits."; exit 1; }
  build/images.sh --publish-only audio fusion gateway seed text video
  try_pods "$(demo_clip)"
  pods_result docs/results/containers.json
}

# Real gateways and databases, services that stand in for ours: tests/Gateway.Tests/KillTests.cs.
prove_gateway() {
  local out=docs/results/gateway.json parts
  [ "$kills" = 100 ] || out=.emotion/gateway-$kills.json
  parts=$(mktemp -d)
  EMOTION_KILLS=$kills EMOTION_KILLS_OUT=$parts dotnet "tests/Gateway.Tests/bin/$configuration/net10.0/Emotion.Gateway.Tests.dll" -class Emotion.Gateway.Tests.KillTests
  node -e '
    const fs = require("fs"), [folder, out] = process.argv.slice(1);
    const databases = fs.readdirSync(folder).sort().map(name => JSON.parse(fs.readFileSync(`${folder}/${name}`, "utf8")));
    const result = { what: "the gateway killed at moments that are drawn, while clips are sent to it", passed: databases.length === 2, databases };
    fs.writeFileSync(out, JSON.stringify(result, null, 2) + "\n");
    console.log(JSON.stringify(result, null, 2));
  ' "$parts" "$out"
  rm -r "$parts"
}

# Half the flips and canaries of the full form make no proof: a smaller one is for looking, and does not go where the results lie.
prove_rollout() {
  local out=docs/results/rollout.json plot=docs/rollout.svg small=() clips clip
  clips=("$(demo_clip)")
  for clip in "${EMOTION_CLIPS:-../shared/clips}"/*.mp4; do
    [ "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$clip" 2>/dev/null | sort -u | paste -sd' ')" != "audio video" ] || clips+=("$clip")
  done
  if [ "$requests $swaps" != "100000 100" ]; then
    out=.emotion/rollout.json plot=.emotion/rollout.svg
    small=(--requests "$requests" --swaps "$swaps" --flips "$((requests / 100))" --lives "$((requests / 500))")
  fi
  dotnet "bench/Rollout.Bench/bin/$configuration/net10.0/Rollout.Bench.dll" prove --host "$(output_of AppHost)" --clip "${clips[@]}" --out "$out" --plot "$plot" "${small[@]}"
}

name=${1:-} minutes=60 kills=100 requests=100000 swaps=100
case $name in clips | labelled-clips | replica-loss | face-tracks | long-video | containers | gateway | rollout) ;; *) usage ;; esac
if [ "$name" = gateway ] && [ $# -gt 1 ]; then
  [ "$2" = --kills ] && [[ ${3:-} =~ ^[1-9][0-9]{0,3}$ ]] && [ $# = 3 ] || usage
  kills=$3
elif [ "$name" = rollout ]; then
  while [ $# -gt 1 ]; do
    [[ ${3:-} =~ ^[1-9][0-9]*$ ]] || usage
    case $2 in --requests) requests=$3 ;; --swaps) swaps=$3 ;; *) usage ;; esac
    set -- "$1" "${@:4}"
  done
elif [ $# -gt 1 ]; then
  [ "$name $2" = "long-video --minutes" ] && [[ ${3:-} =~ ^[1-9][0-9]*$ ]] && [ "$3" -ge 4 ] && [ "$3" -le 230 ] && [ $(($3 % 2)) = 0 ] && [ $# = 3 ] || usage
  minutes=$3
fi
[ "$name" != long-video ] || allow_long_clips "$minutes"
if [ "$name" = gateway ]; then
  install_serving espeak-ng=espeak-ng /usr/lib/postgresql=postgresql
  build_if_changed gateway-tests tests/Gateway.Tests/Gateway.Tests.csproj
  prove_gateway
  exit
fi
if [ "$name" = containers ]; then
  install_serving espeak-ng=espeak-ng
  prove_containers
  exit
fi
setup_serving espeak-ng=espeak-ng
if [ "$name" = rollout ]; then
  build_if_changed rollout bench/Rollout.Bench/Rollout.Bench.csproj
  # It starts a system of its own, with a store of its own.
  prove_rollout
  exit
fi
build_if_changed bench bench/System.Bench/System.Bench.csproj
with_system "prove_${name//-/_}"
