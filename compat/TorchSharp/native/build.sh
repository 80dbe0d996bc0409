#!/bin/sh
# Builds libEmotionTorch.so into build/, if a source is newer than it.
#
#   TORCH_HOME   folder of a libtorch (include/, lib/); default: Debian's libtorch-dev
#   CXX, CXX_STD compiler and standard (c++17; the newest libtorch asks for c++20)
set -eu
cd "$(dirname "$0")"
CXX=${CXX:-g++}
home=${TORCH_HOME:-/usr}
out=build/libEmotionTorch.so

stamp="$home $CXX ${CXX_STD:-c++17}"
if [ -f "$out" ] && [ "$(cat build/stamp 2>/dev/null)" = "$stamp" ] && [ -z "$(find . -maxdepth 1 -newer "$out" \( -name '*.cpp' -o -name '*.h' -o -name build.sh \))" ]; then
  exit 0
fi

lib=$home/lib
[ -f "$lib/libc10.so" ] || lib=$(dirname "$(find -L "$home/lib" -maxdepth 2 -name libc10.so 2>/dev/null | head -n 1)")
if ! command -v "$CXX" >/dev/null || [ ! -f "$lib/libc10.so" ] || [ ! -f "$home/include/ATen/ATen.h" ]; then
  echo "build.sh: needs $CXX and a libtorch in TORCH_HOME=$home. On Debian: apt-get install -y g++ libtorch-dev" >&2
  exit 1
fi

# A libtorch may have been built with either string ABI; its own symbols say which.
abi=0
if nm -D "$lib/libc10.so" | grep -q 'cxx11'; then abi=1; fi
flags="-std=${CXX_STD:-c++17} -O3 -fno-math-errno -fPIC -fvisibility=hidden -D_GLIBCXX_USE_CXX11_ABI=$abi -Wall -Wno-unknown-pragmas -fopenmp
  -I$home/include -I$home/include/torch/csrc/api/include"
cuda=
[ ! -f "$lib/libtorch_cuda.so" ] || cuda="-Wl,--no-as-needed -ltorch_cuda -lc10_cuda"

mkdir -p build
pids=
for source in tensors layers optimizers; do
  # shellcheck disable=SC2086 # flags are words
  "$CXX" $flags -c "$source.cpp" -o "build/$source.o" &
  pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
# shellcheck disable=SC2086
"$CXX" -shared -fopenmp build/tensors.o build/layers.o build/optimizers.o -o "$out.new" -L"$lib" -Wl,-rpath,"$lib" $cuda -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10
mv "$out.new" "$out"
rm -f build/*.o
printf '%s\n' "$stamp" >build/stamp
