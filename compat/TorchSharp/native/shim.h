// A small C ABI over libtorch. Only API that has been stable from 1.13 to 2.x is used, so one source builds against both.
//
// Conventions: a tensor is an owned `at::Tensor*` (release it with et_dispose). A function that returns a tensor answers
// null on failure, one that returns a status answers 0; et_last_error() then says why, per thread.
#pragma once
#include <ATen/ATen.h>
#include <atomic>
#include <string>

#define ET_API extern "C" __attribute__((visibility("default")))

using Handle = at::Tensor*;

extern std::atomic<int64_t> live_tensors;
void set_error(const char* message);

inline Handle own(at::Tensor tensor) {
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return new at::Tensor(std::move(tensor));
}

template <class F>
bool guarded(F&& body) {
  try {
    body();
    return true;
  } catch (const c10::Error& error) {
    set_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_error(error.what());
  } catch (...) {
    set_error("an exception that is not a std::exception left libtorch");
  }
  return false;
}

// Runs `make`, which returns a tensor, and hands the result out.
template <class F>
Handle result(F&& make) {
  Handle handle = nullptr;
  guarded([&] { handle = own(make()); });
  return handle;
}

template <class F>
int status(F&& body) {
  return guarded(body) ? 1 : 0;
}

inline at::Tensor optional(Handle handle) { return handle ? *handle : at::Tensor(); }
inline at::IntArrayRef ints(const int64_t* values, int64_t count) { return {values, static_cast<size_t>(count)}; }
inline std::vector<at::Tensor> list(const Handle* handles, int64_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int64_t i = 0; i < count; i++) tensors.push_back(*handles[i]);
  return tensors;
}
