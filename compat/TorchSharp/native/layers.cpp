// What network layers and losses are made of.
#include "shim.h"

ET_API Handle et_linear(Handle x, Handle weight, Handle bias) {
  return result([&] { return at::linear(*x, *weight, optional(bias)); });
}
// stride, padding and dilation are {height, width} pairs.
ET_API Handle et_conv2d(Handle x, Handle weight, Handle bias, const int64_t* stride, const int64_t* padding, const int64_t* dilation, int64_t groups) {
  return result([&] { return at::conv2d(*x, *weight, optional(bias), ints(stride, 2), ints(padding, 2), ints(dilation, 2), groups); });
}
ET_API Handle et_batch_norm(Handle x, Handle weight, Handle bias, Handle mean, Handle var, int training, double momentum, double eps) {
  return result([&] {
    return at::batch_norm(*x, optional(weight), optional(bias), optional(mean), optional(var), training != 0, momentum, eps, true);
  });
}
ET_API Handle et_layer_norm(Handle x, const int64_t* shape, int64_t n, Handle weight, Handle bias, double eps) {
  return result([&] { return at::layer_norm(*x, ints(shape, n), optional(weight), optional(bias), eps); });
}
ET_API Handle et_max_pool2d(Handle x, const int64_t* kernel, const int64_t* stride, const int64_t* padding) {
  return result([&] { return at::max_pool2d(*x, ints(kernel, 2), ints(stride, 2), ints(padding, 2)); });
}
ET_API Handle et_avg_pool2d(Handle x, const int64_t* kernel, const int64_t* stride, const int64_t* padding) {
  return result([&] { return at::avg_pool2d(*x, ints(kernel, 2), ints(stride, 2), ints(padding, 2)); });
}
ET_API Handle et_adaptive_avg_pool2d(Handle x, const int64_t* size) {
  return result([&] { return at::adaptive_avg_pool2d(*x, ints(size, 2)); });
}
ET_API Handle et_dropout(Handle x, double p, int training) { return result([&] { return at::dropout(*x, p, training != 0); }); }
ET_API int et_relu_(Handle x) { return status([&] { at::relu_(*x); }); }
ET_API Handle et_gelu(Handle x) { return result([&] { return at::gelu(*x); }); }
ET_API Handle et_leaky_relu(Handle x, double slope) { return result([&] { return at::leaky_relu(*x, slope); }); }
ET_API Handle et_softmax(Handle x, int64_t dim) { return result([&] { return at::softmax(*x, dim); }); }
ET_API Handle et_log_softmax(Handle x, int64_t dim) { return result([&] { return at::log_softmax(*x, dim); }); }
ET_API Handle et_embedding(Handle weight, Handle indices, int64_t padding) {
  return result([&] { return at::embedding(*weight, *indices, padding); });
}
ET_API Handle et_cross_entropy(Handle x, Handle target, Handle weight, int64_t reduction, int64_t ignore, double smoothing) {
  return result([&] { return at::cross_entropy_loss(*x, *target, optional(weight), reduction, ignore, smoothing); });
}
ET_API Handle et_nll_loss(Handle x, Handle target, Handle weight, int64_t reduction, int64_t ignore) {
  return result([&] { return at::nll_loss(*x, *target, optional(weight), reduction, ignore); });
}
ET_API Handle et_mse_loss(Handle x, Handle target, int64_t reduction) { return result([&] { return at::mse_loss(*x, *target, reduction); }); }
ET_API Handle et_kl_div(Handle x, Handle target, int64_t reduction, int log_target) {
  return result([&] { return at::kl_div(*x, *target, reduction, log_target != 0); });
}
// weights: per layer (and direction) w_ih, w_hh[, b_ih, b_hh]. out receives output, h_n, c_n.
ET_API int et_lstm(Handle x, Handle h0, Handle c0, const Handle* weights, int64_t count, int bias, int64_t layers, double dropout,
                   int training, int bidirectional, int batch_first, Handle* out) {
  return status([&] {
    auto values = at::lstm(*x, {*h0, *c0}, list(weights, count), bias != 0, layers, dropout, training != 0, bidirectional != 0, batch_first != 0);
    out[0] = own(std::get<0>(values));
    out[1] = own(std::get<1>(values));
    out[2] = own(std::get<2>(values));
  });
}
