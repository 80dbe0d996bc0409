#!/usr/bin/env bash
# ./emotion bench: measures this machine; writes docs/results/bench.json and the table docs/bench.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. build/setup.sh
. build/system.sh
setup_serving espeak-ng=espeak-ng
for project in System Features Inference Grpc; do
  build_if_changed "bench-$project" "bench/$project.Bench/$project.Bench.csproj"
done
run() { dotnet "bench/$1.Bench/bin/$configuration/net10.0/$1.Bench.dll" "${@:2}"; }
parts=.emotion/bench
rm -rf "$parts" && mkdir -p "$parts"

# Parts first, while nothing else runs.
for project in Features Inference Grpc; do
  say "Measuring $project ..."
  run "$project" | tail -n 1 >"$parts/${project,,}.json"
done

clip=.emotion/bench-720p.mp4
[ -s "$clip" ] || ffmpeg -nostdin -v error -y -t 4 -i "$(demo_clip)" -vf scale=1280:720 -c:v libx264 -preset veryfast -g 50 -c:a aac "$clip"
[ -n "$(gateway_address)" ] || { start_system; trap stop_system EXIT; }
run System throughput --gateway "$(wait_for_gateway)" --clip "$clip" --out "$parts/system.json"
node build/bench-table.mjs "$parts" docs/results/bench.json docs/bench.md
