#!/usr/bin/env bash
# ./emotion prove NAME: a long proof in full; writes docs/results/NAME.json.
set -euo pipefail
# Started in the background, a script inherits "ignore Ctrl-C", and hands it to the systems that it ends by Ctrl-C.
if [ -z "${EMOTION_SIGNALS:-}" ]; then EMOTION_SIGNALS=default exec env --default-signal=INT,QUIT "$0" "$@"; fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. build/setup.sh
. build/system.sh
. build/containers.sh

usage() {
  cat >&2 <<'EOF'
usage: ./emotion prove NAME [--minutes N] [--kills N] [--part NAME]... [--requests N --swaps N] [--quick]

  clips         what the system answers for every clip in EMOTION_CLIPS (default ../shared/clips)
  labelled-clips  what it answers for those in its folder 'labelled', whose emotion is known; report fusion judges it (docs/results/fusion-clips.json)
  replica-loss  a video replica is killed 20 times while a clip is analysed; every clip must be answered in full
  face-tracks   who is who in two films of two faces who cross, hide and leave: IDF1 at least 0.9
  gateway       50 clients for 10 minutes (or N): no error but 429, the API's p95 at most 50 ms, memory flat; 500 MB add at most 16 MB to its memory; it is killed
                100 times (or N) on each database while clips are sent to it: nothing that was accepted is lost or stored twice. --part load, upload or kills: that alone
  containers    what `dotnet publish` writes of each service answers a clip as user 1654 on a read-only tree, within the limits of deploy/kubernetes
  rollout       100,000 gRPC requests during 100 swaps of releases: none fails or mixes two of them; memory, byte flips, a bad canary; docs/rollout.svg
  scale         1 to 3 video replicas, three times the peak, callers that go away, what a clip costs, and by simulation what more clips need: docs/capacity.md; as root,
                some 12 minutes; with --quick a trial of 3, whose results are in .emotion/
  ready-tools   ffmpeg and ffprobe, executed and kept ready, side by side: core-seconds to start, and to read a clip of 4 s
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

# gateway_part PART: whether it was asked for.
gateway_part() { case " $wanted " in *" $1 "*) ;; *) false ;; esac }

# Beside the analyses the load is to have what they leave.
prove_gateway_system() {
  local failed=0
  ! gateway_part load || nice -n 5 dotnet "bench/System.Bench/bin/$configuration/net10.0/System.Bench.dll" gateway-load --gateway "$address" --clip "$(demo_clip)" \
    --minutes "$minutes" --state .emotion/state.json --command "$command" --out "$parts/load.json" || failed=1
  ! gateway_part upload || bench gateway-upload --gateway "$address" --clip "$(demo_clip)" --state .emotion/state.json --command "$command" --out "$parts/upload.json" || failed=1
  return $failed
}

# Real gateways and databases, services that stand in for ours: tests/Gateway.Tests/KillTests.cs.
prove_gateway_kills() {
  local found=$parts/databases
  mkdir -p "$found"
  EMOTION_KILLS=$kills EMOTION_KILLS_OUT=$found dotnet "tests/Gateway.Tests/bin/$configuration/net10.0/Emotion.Gateway.Tests.dll" -class Emotion.Gateway.Tests.KillTests || true
  bench gateway-kills --parts "$found" --command "$command" --out "$parts/kills.json"
}

# Each part keeps its own record: those that were not asked for stay as they were.
prove_gateway() {
  local out=docs/results/gateway.json parts failed=0 command="./emotion prove gateway"
  [ "$wanted" = "load upload kills" ] || command+=$(printf ' --part %s' $wanted)
  if [ "$minutes $kills" != "10 100" ]; then
    out=.emotion/gateway.json command+=" --minutes $minutes --kills $kills" # Says that it is smaller, and is not what the results name.
  fi
  parts=$(mktemp -d)
  # The clips of 50 clients may all wait; a clip of 500 MB is let in. Whatever else is as usual.
  export Gateway__QueueLength=200 Media__MaximumBytes=600000000
  if gateway_part load || gateway_part upload; then (with_system prove_gateway_system) || failed=1; fi
  if gateway_part kills; then (unset Gateway__QueueLength Media__MaximumBytes && prove_gateway_kills) || failed=1; fi
  node -e '
    const fs = require("fs"), [folder, out] = process.argv.slice(1);
    const result = (fs.existsSync(out) ? JSON.parse(fs.readFileSync(out, "utf8")) : {}).parts ?? {};
    for (const part of ["load", "upload", "kills"]) {
      if (fs.existsSync(`${folder}/${part}.json`)) result[part] = JSON.parse(fs.readFileSync(`${folder}/${part}.json`, "utf8"));
    }
    const { load, upload, kills } = result;
    const summary = {
      what: "the gateway under load, with a large upload, and killed at moments that are drawn; each part has a record of its own",
      passed: Boolean(load?.passed && upload?.passed && kills?.passed),
      errors: load?.errors, api_p95_ms: load?.api_p95_ms, rss_slope: load?.rss_slope, upload_extra_mb: upload?.upload_extra_mb,
      kills: kills?.kills, lost: kills?.lost, duplicated: kills?.duplicated,
      parts: { load, upload, kills },
    };
    fs.writeFileSync(out, JSON.stringify(summary, null, 2) + "\n");
    console.log(JSON.stringify({ ...summary, parts: undefined }, null, 2), `\nwrote ${out}`);
  ' "$parts" "$out"
  rm -r "$parts"
  return $failed
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

# Two systems, one after the other: replicas that are bounded as small pods, then one of each service as it comes.
prove_scale() {
  local out=docs/results/scale.json page=docs/capacity.md plot=docs/scale.svg parts=.emotion/scale clip segment long sound
  [ "$(id -u)" = 0 ] || { say "Only root can set limits of CPU."; exit 1; }
  clip=$(demo_clip)
  segment=$(made .emotion/scale-4s.mkv -t 4 -i "$clip" -map 0:v:0 -c:v libx264 -preset veryfast -g 50)
  long=$(made .emotion/scale-24s-720p.mkv -stream_loop -1 -i "$clip" -t 24 -map 0:v:0 -vf scale=1280:720 -c:v libx264 -preset veryfast -g 50)
  sound=$(made .emotion/scale-4s.pcm -t 4 -i "$clip" -vn -ac 1 -ar 16000 -f s16le)
  mkdir -p "$parts"
  if [ -n "$quick" ]; then
    out=.emotion/scale.json page=.emotion/capacity.md plot=.emotion/scale.svg
    cp docs/capacity.md "$page"
  fi
  (
    export Video__Replicas=3 Segments__MaxConcurrent=1 Inference__IntraOpThreads=1 Media__ThreadsPerProcess=1
    with_system nice -n 10 dotnet "$scale_bench" replicas --state .emotion/state.json --segment "$segment" --segment-seconds 4 $quick --out "$parts/replicas.json"
  )
  (
    export Video__Replicas=1
    with_system nice -n 10 dotnet "$scale_bench" services --state .emotion/state.json --segment "$segment" --segment-seconds 4 --long-segment "$long" --long-seconds 24 \
      --sound "$sound" --clip "$clip" --clip-seconds 8 $quick --out "$parts/services.json"
  )
  dotnet "$scale_bench" report --parts "$parts" --bench docs/results/bench.json --page "$page" --plot "$plot" --out "$out"
}

prove_ready_tools() {
  local clip
  clip=$(made .emotion/demo-4s.mp4 -t 4 -i "$(demo_clip)" -c:v libx264 -preset veryfast -g 50 -c:a aac)
  dotnet "$scale_bench" tools --clip "$clip" --clip-seconds 4 --out docs/results/ready-tools.json
}

name=${1:-} quick="" minutes=60 kills=100 requests=100000 swaps=100 wanted=""
case $name in clips | labelled-clips | replica-loss | face-tracks | long-video | containers | gateway | rollout | scale | ready-tools) ;; *) usage ;; esac
if [ "$name" = gateway ]; then
  minutes=10
  while [ $# -gt 1 ]; do
    case $2 in
      --kills) [[ ${3:-} =~ ^[1-9][0-9]{0,3}$ ]] && kills=$3 || usage ;;
      --minutes) [[ ${3:-} =~ ^[1-9][0-9]{0,2}$ ]] && minutes=$3 || usage ;;
      --part) case ${3:-} in load | upload | kills) wanted+=${wanted:+ }$3 ;; *) usage ;; esac ;;
      *) usage ;;
    esac
    set -- "$1" "${@:4}"
  done
  wanted=${wanted:-load upload kills}
elif [ "$name" = scale ] && [ $# -gt 1 ]; then
  [ "$2" = --quick ] && [ $# = 2 ] || usage
  quick=--quick
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
  if gateway_part load || gateway_part upload; then setup_serving espeak-ng=espeak-ng; fi
  if gateway_part kills; then
    install_serving /usr/lib/postgresql=postgresql
    build_if_changed gateway-tests tests/Gateway.Tests/Gateway.Tests.csproj
  fi
  build_if_changed bench bench/System.Bench/System.Bench.csproj
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
if [ "$name" = scale ] || [ "$name" = ready-tools ]; then
  scale_bench=bench/Scale.Bench/bin/$configuration/net10.0/Scale.Bench.dll
  build_if_changed bench-Scale bench/Scale.Bench/Scale.Bench.csproj
  "prove_${name//-/_}"
  exit
fi
build_if_changed bench bench/System.Bench/System.Bench.csproj
with_system "prove_${name//-/_}"
