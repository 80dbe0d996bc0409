#!/bin/sh
# Says whether the shim's sources are fit for other libtorch builds: they must compile as C++17 (1.13 to 2.x) and as C++20
# (what the newest ask for), and may call nothing that this libtorch calls deprecated. TORCH_HOME as for build.sh; makes no file.
set -eu
cd "$(dirname "$0")"
home=${TORCH_HOME:-/usr}
for standard in c++17 c++20; do
  for source in *.cpp; do
    "${CXX:-g++}" -std=$standard -fsyntax-only -fopenmp -Wall -Wno-unknown-pragmas -Werror=deprecated-declarations \
      -I"$home/include" -I"$home/include/torch/csrc/api/include" "$source"
  done
  echo "$standard: fine"
done
