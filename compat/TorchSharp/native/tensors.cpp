// Tensors: creation, inspection, shape, arithmetic, autograd, random numbers.
#include "shim.h"
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/cuda.h>
#include <torch/version.h>
#include <cstring>

std::atomic<int64_t> live_tensors{0};
static thread_local std::string last_error;
void set_error(const char* message) { last_error = message; }

ET_API const char* et_last_error() { return last_error.c_str(); }
ET_API int64_t et_live_tensors() { return live_tensors.load(); }
ET_API const char* et_version() { return TORCH_VERSION; }

ET_API void et_dispose(Handle t) {
  delete t;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
}

// ---- process settings ----
ET_API void et_set_num_threads(int n) { at::set_num_threads(n); }
ET_API int et_get_num_threads() { return at::get_num_threads(); }
ET_API int et_cuda_device_count() {
  int count = 0;
  guarded([&] { count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0; });
  return count;
}
ET_API int et_cuda_synchronize() { return status([&] { torch::cuda::synchronize(); }); }

// ---- random numbers ----
ET_API int et_manual_seed(int64_t seed) {
  return status([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}
ET_API Handle et_get_rng_state() {
  return result([&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    return generator.get_state();
  });
}
ET_API int et_set_rng_state(Handle state) {
  return status([&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(*state);
  });
}

// ---- autograd modes ----
ET_API int et_grad_enabled() { return c10::GradMode::is_enabled(); }
ET_API void et_set_grad_enabled(int on) { c10::GradMode::set_enabled(on != 0); }
ET_API void* et_inference_enter() { return new c10::InferenceMode(true); }
ET_API void et_inference_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// ---- creation ----
static at::TensorOptions options(int dtype, int device_type, int device_index) {
  return at::TensorOptions()
      .dtype(static_cast<at::ScalarType>(dtype))
      .device(c10::Device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index)));
}
ET_API Handle et_full(const int64_t* sizes, int64_t n, double value, int dtype, int dev, int index) {
  return result([&] { return at::full(ints(sizes, n), value, options(dtype, dev, index)); });
}
ET_API Handle et_empty(const int64_t* sizes, int64_t n, int dtype, int dev, int index) {
  return result([&] { return at::empty(ints(sizes, n), options(dtype, dev, index)); });
}
ET_API Handle et_rand(const int64_t* sizes, int64_t n, int dtype, int dev, int index) {
  return result([&] { return at::rand(ints(sizes, n), options(dtype, dev, index)); });
}
ET_API Handle et_randn(const int64_t* sizes, int64_t n, int dtype, int dev, int index) {
  return result([&] { return at::randn(ints(sizes, n), options(dtype, dev, index)); });
}
ET_API Handle et_randperm(int64_t n, int dev, int index) {
  return result([&] { return at::randperm(n, options(static_cast<int>(at::kLong), dev, index)); });
}
ET_API Handle et_arange(double start, double stop, double step, int dtype, int dev, int index) {
  return result([&] { return at::arange(start, stop, step, options(dtype, dev, index)); });
}
// Copies `bytes` bytes of row-major CPU data.
ET_API Handle et_from_data(const void* data, int64_t bytes, const int64_t* sizes, int64_t n, int dtype) {
  return result([&] {
    auto tensor = at::empty(ints(sizes, n), options(dtype, 0, -1));
    TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes, "the shape needs ", tensor.nbytes(), " bytes, the data has ", bytes);
    if (bytes > 0) std::memcpy(tensor.data_ptr(), data, bytes);
    return tensor;
  });
}

// ---- inspection ----
ET_API int64_t et_ndim(Handle t) { return t->dim(); }
ET_API void et_sizes(Handle t, int64_t* sizes) {
  auto s = t->sizes();
  std::copy(s.begin(), s.end(), sizes);
}
ET_API void et_strides(Handle t, int64_t* strides) {
  auto s = t->strides();
  std::copy(s.begin(), s.end(), strides);
}
ET_API int64_t et_numel(Handle t) { return t->numel(); }
ET_API int et_dtype(Handle t) { return static_cast<int>(t->scalar_type()); }
ET_API int et_device_type(Handle t) { return static_cast<int>(t->device().type()); }
ET_API int et_device_index(Handle t) { return t->device().index(); }
ET_API int et_requires_grad(Handle t) { return t->requires_grad(); }
ET_API int et_set_requires_grad(Handle t, int on) { return status([&] { t->set_requires_grad(on != 0); }); }
ET_API int et_is_leaf(Handle t) { return t->is_leaf(); }
ET_API int et_is_contiguous(Handle t) { return t->is_contiguous(); }
ET_API void* et_data_ptr(Handle t) {
  void* pointer = nullptr;
  guarded([&] { pointer = t->data_ptr(); });
  return pointer;
}
ET_API int et_item(Handle t, double* value) { return status([&] { *value = t->item().toDouble(); }); }
ET_API int et_item_long(Handle t, int64_t* value) { return status([&] { *value = t->item().toLong(); }); }

// ---- autograd ----
ET_API int et_backward(Handle t, Handle gradient) { return status([&] { t->backward(optional(gradient)); }); }
ET_API int et_has_grad(Handle t) { return t->grad().defined(); }
ET_API Handle et_grad(Handle t) { return result([&] { return t->grad(); }); }
ET_API int et_set_grad(Handle t, Handle gradient) { return status([&] { t->mutable_grad() = optional(gradient); }); }
ET_API Handle et_detach(Handle t) { return result([&] { return t->detach(); }); }
ET_API int et_set_data(Handle t, Handle data) { return status([&] { t->set_data(*data); }); }

// ---- conversion and layout ----
ET_API Handle et_to(Handle t, int dtype, int dev, int index, int copy) {
  return result([&] { return t->to(options(dtype, dev, index), false, copy != 0); });
}
ET_API Handle et_alias(Handle t) { return result([&] { return *t; }); }
ET_API Handle et_clone(Handle t) { return result([&] { return t->clone(); }); }
ET_API Handle et_contiguous(Handle t) { return result([&] { return t->contiguous(); }); }

// ---- shape ----
ET_API Handle et_reshape(Handle t, const int64_t* s, int64_t n) { return result([&] { return t->reshape(ints(s, n)); }); }
ET_API Handle et_view(Handle t, const int64_t* s, int64_t n) { return result([&] { return t->view(ints(s, n)); }); }
ET_API Handle et_permute(Handle t, const int64_t* d, int64_t n) { return result([&] { return t->permute(ints(d, n)); }); }
ET_API Handle et_expand(Handle t, const int64_t* s, int64_t n) { return result([&] { return t->expand(ints(s, n)); }); }
ET_API Handle et_flip(Handle t, const int64_t* d, int64_t n) { return result([&] { return t->flip(ints(d, n)); }); }
ET_API Handle et_repeat(Handle t, const int64_t* d, int64_t n) { return result([&] { return t->repeat(ints(d, n)); }); }
ET_API Handle et_transpose(Handle t, int64_t a, int64_t b) { return result([&] { return t->transpose(a, b); }); }
ET_API Handle et_flatten(Handle t, int64_t first, int64_t last) { return result([&] { return t->flatten(first, last); }); }
ET_API Handle et_unsqueeze(Handle t, int64_t dim) { return result([&] { return t->unsqueeze(dim); }); }
ET_API Handle et_squeeze(Handle t, int64_t dim) { return result([&] { return t->squeeze(dim); }); }
ET_API Handle et_narrow(Handle t, int64_t dim, int64_t start, int64_t length) { return result([&] { return t->narrow(dim, start, length); }); }
ET_API Handle et_slice(Handle t, int64_t dim, int64_t start, int64_t stop, int64_t step) { return result([&] { return t->slice(dim, start, stop, step); }); }
ET_API Handle et_select(Handle t, int64_t dim, int64_t index) { return result([&] { return t->select(dim, index); }); }
ET_API Handle et_index_select(Handle t, int64_t dim, Handle index) { return result([&] { return t->index_select(dim, *index); }); }
ET_API Handle et_gather(Handle t, int64_t dim, Handle index) { return result([&] { return t->gather(dim, *index); }); }
ET_API Handle et_pad(Handle t, const int64_t* p, int64_t n, double value) { return result([&] { return at::constant_pad_nd(*t, ints(p, n), value); }); }
ET_API Handle et_cat(const Handle* ts, int64_t n, int64_t dim) { return result([&] { return at::cat(list(ts, n), dim); }); }
ET_API Handle et_stack(const Handle* ts, int64_t n, int64_t dim) { return result([&] { return at::stack(list(ts, n), dim); }); }

// ---- arithmetic ----
#define UNARY(name) \
  ET_API Handle et_##name(Handle t) { return result([&] { return at::name(*t); }); }
UNARY(neg) UNARY(abs) UNARY(exp) UNARY(log) UNARY(sqrt) UNARY(rsqrt) UNARY(square) UNARY(tanh) UNARY(sigmoid) UNARY(relu) UNARY(sin) UNARY(cos)
UNARY(isfinite) UNARY(logical_not)

#define BINARY(name) \
  ET_API Handle et_##name(Handle a, Handle b) { return result([&] { return at::name(*a, *b); }); }
BINARY(add) BINARY(sub) BINARY(mul) BINARY(div) BINARY(maximum) BINARY(minimum) BINARY(matmul) BINARY(eq) BINARY(ne) BINARY(lt) BINARY(le)
BINARY(gt) BINARY(ge) BINARY(logical_and) BINARY(logical_or)

// A scalar says whether it is an integer, because that decides the type of the result.
static at::Scalar scalar(double value, int integer) { return integer ? at::Scalar(static_cast<int64_t>(value)) : at::Scalar(value); }
#define BINARY_SCALAR(name) \
  ET_API Handle et_##name##_scalar(Handle a, double b, int integer) { return result([&] { return at::name(*a, scalar(b, integer)); }); }
BINARY_SCALAR(add) BINARY_SCALAR(sub) BINARY_SCALAR(mul) BINARY_SCALAR(div) BINARY_SCALAR(pow) BINARY_SCALAR(eq) BINARY_SCALAR(ne)
BINARY_SCALAR(lt) BINARY_SCALAR(le) BINARY_SCALAR(gt) BINARY_SCALAR(ge)

ET_API Handle et_clamp(Handle t, double low, double high) { return result([&] { return at::clamp(*t, at::Scalar(low), at::Scalar(high)); }); }
ET_API Handle et_where(Handle mask, Handle a, Handle b) { return result([&] { return at::where(*mask, *a, *b); }); }
ET_API Handle et_masked_fill(Handle t, Handle mask, double value) { return result([&] { return t->masked_fill(*mask, value); }); }

// ---- in place ----
ET_API int et_fill_(Handle t, double value) { return status([&] { t->fill_(value); }); }
ET_API int et_copy_(Handle t, Handle source) { return status([&] { t->copy_(*source); }); }
ET_API int et_add_(Handle t, Handle other, double alpha) { return status([&] { t->add_(*other, alpha); }); }
ET_API int et_mul_scalar_(Handle t, double value) { return status([&] { t->mul_(value); }); }
ET_API int et_normal_(Handle t, double mean, double std) { return status([&] { t->normal_(mean, std); }); }
ET_API int et_uniform_(Handle t, double from, double to) { return status([&] { t->uniform_(from, to); }); }
ET_API int et_bernoulli_(Handle t, double p) { return status([&] { t->bernoulli_(p); }); }

// ---- reductions ----
ET_API Handle et_sum_all(Handle t) { return result([&] { return t->sum(); }); }
ET_API Handle et_mean_all(Handle t) { return result([&] { return t->mean(); }); }
ET_API Handle et_sum(Handle t, const int64_t* d, int64_t n, int keep) { return result([&] { return t->sum(ints(d, n), keep != 0); }); }
ET_API Handle et_mean(Handle t, const int64_t* d, int64_t n, int keep) { return result([&] { return t->mean(ints(d, n), keep != 0); }); }
ET_API Handle et_amax(Handle t, const int64_t* d, int64_t n, int keep) { return result([&] { return t->amax(ints(d, n), keep != 0); }); }
ET_API Handle et_var(Handle t, int64_t dim, int unbiased, int keep) {
  return result([&] { return t->var(at::IntArrayRef{dim}, unbiased != 0, keep != 0); });
}
ET_API Handle et_argmax(Handle t, int64_t dim, int keep) { return result([&] { return t->argmax(dim, keep != 0); }); }
ET_API Handle et_logsumexp(Handle t, int64_t dim, int keep) { return result([&] { return t->logsumexp(at::IntArrayRef{dim}, keep != 0); }); }
ET_API Handle et_norm(Handle t) { return result([&] { return t->norm(); }); }
