#!/usr/bin/env bash
# ./emotion test [FILTER]: everything, from empty caches. Last line: "N passed, N failed".
set -uo pipefail
# Started in the background, a script inherits "ignore Ctrl-C", and hands it to the programs whose Ctrl-C is tested.
if [ -z "${EMOTION_SIGNALS:-}" ]; then EMOTION_SIGNALS=default exec env --default-signal=INT,QUIT,HUP "$0" "$@"; fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. build/setup.sh
mkdir -p .emotion/tests

# The browser is for the tests of the two pages alone, and is the very file that they start.
page=()
for project in Page.Tests Compat.Aspire.Dashboard.Tests; do
  case $project in *"${1:-}"*) page=(/usr/bin/chromium=chromium) ;; esac
done

# A database server is for the tests of the gateway alone, which start their own.
case Gateway.Tests in *"${1:-}"*) database=(/usr/lib/postgresql=postgresql) ;; *) database=() ;; esac

# What the deployment files are held against is for the tests of AppHost alone.
case AppHost.Tests in *"${1:-}"*) deployment=yes alerts=(/usr/bin/promtool=prometheus) ;; *) deployment="" alerts=() ;; esac

(
  set -e
  install_training espeak-ng=espeak-ng "${page[@]}" "${database[@]}" "${alerts[@]}"
  [ -z "$deployment" ] || need_schemas
  build_page || exit 1
  build_if_changed tests Emotion.sln
) || { echo "0 passed, 1 failed"; exit 1; }

export EMOTION_DATA=${EMOTION_DATA:-$root/../shared/data} EMOTION_CLIPS=${EMOTION_CLIPS:-$root/../shared/clips}
export OMP_WAIT_POLICY=PASSIVE

# Families of tests that need what not every machine has: left out, with a word, where it is not there.
have() {
  case $1 in
    corpus) [ -d "$EMOTION_DATA/ravdess" ] && [ -d "$EMOTION_CLIPS" ] ;;
    # Debian's kubectl 1.20 has a kustomize that knows neither components nor patches.
    promtool) command -v promtool >/dev/null ;;
    kubectl) kubectl version --client 2>/dev/null | grep -qE 'Kustomize Version: v([5-9]|[1-9][0-9])' ;;
  esac
}
left_out=() filter=""
for family in corpus promtool kubectl; do
  if ! have "$family"; then
    left_out+=("$family")
    filter="${filter:+$filter&}needs!=$family"
  fi
done

# tests_that_need FAMILY: how many there are.
tests_that_need() {
  local project
  grep -rlE "Trait\(\"needs\", \"$1\"\)" tests --include='*.cs' | cut -d/ -f2 | sort -u | while read -r project; do
    dotnet test "tests/$project" -c "$configuration" --no-build --list-tests --filter "needs=$1" 2>/dev/null | grep -c '^    '
  done | awk '{ n += $1 } END { print n + 0 }'
}

# run_project CSPROJ: its log, and "passed failed seconds" beside it.
run_project() {
  local name log start=$SECONDS status summary p f
  name=$(basename "$1" .csproj) log=.emotion/tests/$(basename "$1" .csproj).log
  # A shell lets what it starts beside itself ignore Ctrl-C, too.
  env --default-signal=INT,QUIT dotnet test "$1" -c "$configuration" --no-build --nologo --blame-hang-timeout 8m ${filter:+--filter "$filter"} >"$log" 2>&1
  status=$?
  summary=$(grep -E "Failed: +[0-9]+, Passed: +[0-9]+" "$log" | tail -n 1)
  p=$(sed -nE 's/.*Passed: +([0-9]+).*/\1/p' <<<"$summary")
  f=$(sed -nE 's/.*Failed: +([0-9]+).*/\1/p' <<<"$summary")
  if [ "$status" != 0 ] && [ "${f:-0}" = 0 ]; then f=1; fi
  printf '%-32s %4d passed %3d failed  %4d s\n' "$name" "${p:-0}" "${f:-0}" $((SECONDS - start))
  [ "${f:-0}" = 0 ] || grep -E "^ +Failed |Error Message|^ +(Assert|System|Emotion)|Xunit|error|abort" -A4 "$log" | head -n 60
  echo "${p:-0} ${f:-0}" >".emotion/tests/$name.count"
}

# Two at a time, the longest first, so that none is left alone at the end: most wait for processes that they have started. EMOTION_TEST_LANES=1: one by one.
rm -f .emotion/tests/*.count
lanes=${EMOTION_TEST_LANES:-2} projects=()
by_length() {
  echo System.Tests # Little text, and it starts everything.
  find tests -name '*.cs' -not -path '*/obj/*' -printf '%s %P\n' | awk '{ split($2, path, "/"); bytes[path[1]] += $1 } END { for (name in bytes) print bytes[name], name }' |
    sort -rn | cut -d' ' -f2 | grep -vx System.Tests
}
for project in $(by_length); do
  case $project in *"${1:-}"*) projects+=("tests/$project/$project.csproj") ;; esac
done
for project in "${projects[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$lanes" ]; do wait -n; done
  run_project "$project" &
done
wait

passed=0 failed=0 broken=()
for project in "${projects[@]}"; do
  name=$(basename "$project" .csproj)
  read -r p f <".emotion/tests/$name.count" || { p=0 f=1; }
  passed=$((passed + p)) failed=$((failed + f))
  [ "$f" = 0 ] || broken+=("$name")
done

for family in "${left_out[@]}"; do
  echo "Left out: $(tests_that_need "$family") tests that need $family."
done
[ ${#broken[@]} = 0 ] || echo "Failures in: ${broken[*]} (logs in .emotion/tests/)"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
