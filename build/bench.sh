#!/usr/bin/env bash
# ./emotion bench [all | face | face-detector]: measures this machine; writes docs/results/*.json, and of all together the table docs/bench.md.
set -euo pipefail
# Started in the background, a script inherits "ignore Ctrl-C", and hands it to the systems that it ends by Ctrl-C.
if [ -z "${EMOTION_SIGNALS:-}" ]; then EMOTION_SIGNALS=default exec env --default-signal=INT,QUIT "$0" "$@"; fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. build/setup.sh
. build/system.sh

usage() {
  cat >&2 <<'EOF'
usage: ./emotion bench [all] [--quick]                  docs/results/bench.json, docs/results/scale.json (./emotion prove scale) and docs/bench.md; as root, some 25 minutes;
                                                        with --quick a trial, whose results are in .emotion/
       ./emotion bench face [--seconds N] [--every N]   the face recognizer and npm @vladmandic/human: docs/results/face-speed.json, and on FER2013
                                                        face-human.json; with less than 30 s a figure, or each N-th picture only, under .emotion/
       ./emotion bench face-detector                    small faces by the detector's input size: docs/results/face-detector.json (EMOTION_CLIPS)
EOF
  exit 2
}

run() { dotnet "bench/$1.Bench/bin/$configuration/net10.0/$1.Bench.dll" "${@:2}"; }

build_benches() {
  local project
  for project in "$@"; do
    build_if_changed "bench-$project" "bench/$project.Bench/$project.Bench.csproj"
  done
}

# need_human: the rival's packages, 130 MB, which nothing else uses.
need_human() {
  [ bench/Human/node_modules/.package-lock.json -nt bench/Human/package-lock.json ] && return
  say "Installing npm @vladmandic/human to measure it beside ours ..."
  npm ci --prefix bench/Human --ignore-scripts --no-audit --no-fund >.emotion/human.log 2>&1 ||
    { say "npm ci failed; the end of .emotion/human.log says:"; tail -n 5 .emotion/human.log >&2; exit 1; }
  touch bench/Human/node_modules/.package-lock.json
}

bench_all() {
  local parts=.emotion/bench clip=.emotion/bench-720p.mp4 out=docs/results/bench.json table=docs/bench.md scale=docs/results/scale.json seconds=30 project
  if [ $# -gt 0 ]; then
    [ "$*" = --quick ] || usage
    out=.emotion/bench.json table=.emotion/bench.md scale=.emotion/scale.json seconds=8
  fi
  [ -z "$(gateway_address)" ] || { say "A system is running here (./emotion down ends it); this wants one of its own."; exit 1; }
  build_benches System Features Inference
  rm -rf "$parts" && mkdir -p "$parts"
  # Parts first, while nothing else runs.
  for project in Features Inference; do
    say "Measuring $project ..."
    run "$project" | tail -n 1 >"$parts/${project,,}.json"
  done
  made "$clip" -t 4 -i "$(demo_clip)" -vf scale=1280:720 -c:v libx264 -preset veryfast -g 50 -c:a aac >/dev/null
  start_system
  trap stop_system EXIT
  run System throughput --gateway "$(wait_for_gateway)" --clip "$clip" --seconds "$seconds" --out "$parts/system.json"
  stop_system
  trap - EXIT
  node build/bench-table.mjs join "$parts" "$out"
  # After the parts: it takes what batches cost from them.
  build/prove.sh scale "$@"
  node build/bench-table.mjs table "$out" "$scale" "$table"
}

bench_face() {
  local seconds=30 every=1 speed=docs/results/face-speed.json human=docs/results/face-human.json segment=.emotion/bench-face.mkv
  while [ $# -gt 0 ]; do
    [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || usage
    case $1 in --seconds) seconds=$2 ;; --every) every=$2 ;; *) usage ;; esac
    shift 2
  done
  # A first look is not what the results name.
  [ "$seconds" -ge 30 ] || speed=.emotion/face-speed.json
  [ "$every" = 1 ] || human=.emotion/face-human.json
  [ -z "$(gateway_address)" ] || { say "A system is running here (./emotion down ends it); this wants one of its own."; exit 1; }
  build_benches Face
  need_human
  # 720p of square pixels, all of it picture, as a segment that the gateway would send.
  made "$segment" -t 4 -i "$(demo_clip)" -map 0:v:0 -vf "crop=iw:iw*9/16,scale=1280:720,setsar=1" \
    -c:v libx264 -preset veryfast -g 50 >/dev/null
  # One video service, so that its figures are one process's.
  export Video__Replicas=1
  start_system
  trap stop_system EXIT
  wait_for_gateway >/dev/null
  run Face speed --state .emotion/state.json --clip "$segment" --human bench/Human --seconds "$seconds" --out "$speed"
  stop_system
  trap - EXIT
  if [ -e "${EMOTION_DATA:-../shared/data}/fer2013.zip" ]; then
    setup_training
    run_training evaluate human --every "$every" --out "$human"
  else
    say "Left out: its emotions on FER2013, which is not there (EMOTION_DATA)."
  fi
}

bench_face_detector() {
  build_benches Face
  run Face detector --clips "${EMOTION_CLIPS:-../shared/clips}" --out docs/results/face-detector.json
}

what=${1:-all}
[ $# = 0 ] || shift
case $what in
  all | face) ;;
  --quick) what=all && set -- --quick "$@" ;;
  face-detector) [ $# = 0 ] || usage ;;
  *) usage ;;
esac
setup_serving espeak-ng=espeak-ng
"bench_${what//-/_}" "$@"
