// Optimizer steps: one call for all parameters. On the CPU in float32 each parameter is updated in one pass over memory,
// which at 21 million parameters is several times cheaper than one pass per arithmetic operation.
#include "shim.h"
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <cmath>

namespace {
// Restores the caller's mode, whatever the update throws.
struct WithoutGradients {
  bool before = c10::GradMode::is_enabled();
  WithoutGradients() { c10::GradMode::set_enabled(false); }
  ~WithoutGradients() { c10::GradMode::set_enabled(before); }
};

constexpr int64_t Grain = 1 << 15;

// True if all tensors can be walked with one flat index: CPU float32, and the same dense strides.
bool flat(std::initializer_list<const at::Tensor*> tensors) {
  const at::Tensor& first = **tensors.begin();
  if (!first.is_non_overlapping_and_dense()) return false;
  for (const at::Tensor* t : tensors)
    if (!t->device().is_cpu() || t->scalar_type() != at::kFloat || t->strides() != first.strides()) return false;
  return true;
}

float* floats(const at::Tensor& t) { return static_cast<float*>(t.data_ptr()); }
}  // namespace

// Momentum buffers start at zero; `first` then replaces momentum * buffer by the gradient itself, as PyTorch does.
ET_API int et_sgd_step(const Handle* params, const Handle* buffers, int64_t count, double lr, double momentum, double dampening,
                       double decay, int nesterov, int maximize, int first) {
  return status([&] {
    WithoutGradients guard;
    const double sign = maximize ? -1 : 1, keep = first ? 0 : momentum, take = first ? 1 : 1 - dampening;
    for (int64_t i = 0; i < count; i++) {
      at::Tensor p = *params[i], g = p.grad();
      if (!g.defined()) continue;
      const bool has_buffer = momentum != 0;
      at::Tensor b = has_buffer ? *buffers[i] : g;
      if (flat({&p, &g, &b})) {
        float *pp = floats(p), *bp = floats(b);
        const float* gp = floats(g);
        const float lr_ = lr, decay_ = decay, m = momentum, keep_ = keep, take_ = take, sign_ = sign;
        at::parallel_for(0, p.numel(), Grain, [&](int64_t from, int64_t to) {
          for (int64_t k = from; k < to; k++) {
            float d = sign_ * gp[k] + decay_ * pp[k];
            if (has_buffer) {
              bp[k] = keep_ * bp[k] + take_ * d;
              d = nesterov ? d + m * bp[k] : bp[k];
            }
            pp[k] -= lr_ * d;
          }
        });
        continue;
      }
      at::Tensor d = g.mul(sign).add(p, decay);
      if (has_buffer) {
        b.mul_(keep).add_(d, take);
        d = nesterov ? d.add(b, momentum) : b;
      }
      p.add_(d, -lr);
    }
  });
}

// Adam (decoupled = 0: decay is added to the gradient) and AdamW (decoupled = 1). t counts steps from 1.
ET_API int et_adam_step(const Handle* params, const Handle* means, const Handle* squares, int64_t count, double lr, double beta1,
                        double beta2, double eps, double decay, int decoupled, int maximize, int64_t t) {
  return status([&] {
    WithoutGradients guard;
    const double sign = maximize ? -1 : 1;
    const double rate = lr / (1 - std::pow(beta1, t)), root = std::sqrt(1 - std::pow(beta2, t));
    const double shrink = decoupled ? 1 - lr * decay : 1, added = decoupled ? 0 : decay;
    for (int64_t i = 0; i < count; i++) {
      at::Tensor p = *params[i], g = p.grad();
      if (!g.defined()) continue;
      at::Tensor m = *means[i], v = *squares[i];
      if (flat({&p, &g, &m, &v})) {
        float *pp = floats(p), *mp = floats(m), *vp = floats(v);
        const float* gp = floats(g);
        const float rate_ = rate, root_ = root, shrink_ = shrink, added_ = added, b1 = beta1, b2 = beta2, eps_ = eps, sign_ = sign;
        at::parallel_for(0, p.numel(), Grain, [&](int64_t from, int64_t to) {
          for (int64_t k = from; k < to; k++) {
            const float d = sign_ * gp[k] + added_ * pp[k];
            mp[k] = b1 * mp[k] + (1 - b1) * d;
            vp[k] = b2 * vp[k] + (1 - b2) * d * d;
            pp[k] = shrink_ * pp[k] - rate_ * mp[k] / (std::sqrt(vp[k]) / root_ + eps_);
          }
        });
        continue;
      }
      at::Tensor d = g.mul(sign).add(p, added);
      m.mul_(beta1).add_(d, 1 - beta1);
      v.mul_(beta2).addcmul_(d, d, 1 - beta2);
      p.mul_(shrink).addcdiv_(m, v.sqrt().div_(root).add_(eps), -rate);
    }
  });
}

// Drops the gradients, so that the next backward writes instead of adding.
ET_API int et_zero_grad(const Handle* params, int64_t count) {
  return status([&] {
    for (int64_t i = 0; i < count; i++) params[i]->mutable_grad() = at::Tensor();
  });
}

// Scales all gradients together to at most max_norm (2-norm over all of them) and answers the norm before.
ET_API int et_clip_grad_norm(const Handle* params, int64_t count, double max_norm, double* total) {
  return status([&] {
    WithoutGradients guard;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
      const at::Tensor g = params[i]->grad();
      if (!g.defined()) continue;
      const double norm = g.norm().item().toDouble();
      sum += norm * norm;
    }
    *total = std::sqrt(sum);
    const double scale = max_norm / (*total + 1e-6);
    if (scale >= 1) return;
    for (int64_t i = 0; i < count; i++) {
      at::Tensor g = params[i]->grad();
      if (g.defined()) g.mul_(scale);
    }
  });
}
