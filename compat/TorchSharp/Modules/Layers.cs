using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>input * weightᵀ + bias; weight [out, in].</summary>
    public sealed class Linear : Module<Tensor, Tensor>
    {
        internal Linear(long inputSize, long outputSize, bool hasBias) : base(nameof(Linear))
        {
            weight = init.UniformParameter([outputSize, inputSize], inputSize);
            bias = hasBias ? init.UniformParameter([outputSize], inputSize) : null;
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
        }

        public Parameter weight { get; }
        public Parameter? bias { get; }

        public override Tensor forward(Tensor input) => functional.linear(input, weight, bias);
    }

    /// <summary>Rows of a table, by number. The row of the padding index stays zero.</summary>
    public sealed class Embedding : Module<Tensor, Tensor>
    {
        private readonly long _padding;

        internal Embedding(long rows, long dims, long? padding) : base(nameof(Embedding))
        {
            _padding = padding ?? -1;
            using var values = randn(rows, dims);
            if (padding is { } row)
            {
                using var padded = values.select(0, row);
                padded.zero_();
            }

            weight = Parameter(values);
            register_parameter(nameof(weight), weight);
        }

        public Parameter weight { get; }

        public override Tensor forward(Tensor input) => functional.embedding(input, weight, _padding);
    }

    public sealed class ReLU : Module<Tensor, Tensor>
    {
        private readonly bool _inplace;
        internal ReLU(bool inplace) : base(nameof(ReLU)) => _inplace = inplace;
        public override Tensor forward(Tensor input) => _inplace ? input.alias().relu_() : input.relu();
    }

    public sealed class GELU : Module<Tensor, Tensor>
    {
        internal GELU() : base(nameof(GELU)) { }
        public override Tensor forward(Tensor input) => functional.gelu(input);
    }

    public sealed class Tanh : Module<Tensor, Tensor>
    {
        internal Tanh() : base(nameof(Tanh)) { }
        public override Tensor forward(Tensor input) => input.tanh();
    }

    public sealed class Sigmoid : Module<Tensor, Tensor>
    {
        internal Sigmoid() : base(nameof(Sigmoid)) { }
        public override Tensor forward(Tensor input) => input.sigmoid();
    }

    public sealed class Identity : Module<Tensor, Tensor>
    {
        internal Identity() : base(nameof(Identity)) { }
        public override Tensor forward(Tensor input) => input.alias();
    }

    public sealed class Flatten : Module<Tensor, Tensor>
    {
        private readonly long _start, _end;
        internal Flatten(long start, long end) : base(nameof(Flatten)) => (_start, _end) = (start, end);
        public override Tensor forward(Tensor input) => input.flatten(_start, _end);
    }

    /// <summary>Zeroes elements with probability p and scales the others by 1 / (1 - p), when training.</summary>
    public sealed class Dropout : Module<Tensor, Tensor>
    {
        private readonly double _p;
        internal Dropout(double p) : base(nameof(Dropout)) => _p = p;
        public override Tensor forward(Tensor input) => functional.dropout(input, _p, training);
    }

    public sealed class MaxPool2d : Module<Tensor, Tensor>
    {
        private readonly long[] _kernel, _stride, _padding;
        internal MaxPool2d(long kernel, long stride, long padding) : base(nameof(MaxPool2d)) =>
            (_kernel, _stride, _padding) = ([kernel], [stride], [padding]);
        public override Tensor forward(Tensor input) => functional.max_pool2d(input, _kernel, _stride, _padding);
    }

    public sealed class AvgPool2d : Module<Tensor, Tensor>
    {
        private readonly long[] _kernel, _stride, _padding;
        internal AvgPool2d(long kernel, long stride, long padding) : base(nameof(AvgPool2d)) =>
            (_kernel, _stride, _padding) = ([kernel], [stride], [padding]);
        public override Tensor forward(Tensor input) => functional.avg_pool2d(input, _kernel, _stride, _padding);
    }

    public sealed class AdaptiveAvgPool2d : Module<Tensor, Tensor>
    {
        private readonly long[] _size;
        internal AdaptiveAvgPool2d(long[] size) : base(nameof(AdaptiveAvgPool2d)) => _size = size;
        public override Tensor forward(Tensor input) => functional.adaptive_avg_pool2d(input, _size);
    }

    /// <summary>One module after the other; what lies between them is disposed on the way.</summary>
    public sealed class Sequential : Module<Tensor, Tensor>
    {
        private readonly List<Module<Tensor, Tensor>> _stages = [];

        internal Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> stages) : base(nameof(Sequential))
        {
            foreach (var (name, stage) in stages)
            {
                append(name, stage);
            }
        }

        public int Count => _stages.Count;
        public Module<Tensor, Tensor> this[int index] => _stages[index];

        public Sequential append(string name, Module<Tensor, Tensor> module)
        {
            _stages.Add(module);
            register_module(name, module);
            return this;
        }

        public Sequential append(Module<Tensor, Tensor> module) => append($"{_stages.Count}", module);

        public override Tensor forward(Tensor input)
        {
            var current = input.alias();
            foreach (var stage in _stages)
            {
                using var before = current;
                current = stage.call(before);
            }

            return current;
        }
    }

    public sealed class ModuleList<T> : Module, IReadOnlyList<T> where T : Module
    {
        private readonly List<T> _items = [];

        internal ModuleList(IEnumerable<T> items) : base(nameof(ModuleList<T>))
        {
            foreach (var item in items)
            {
                register_module($"{_items.Count}", item);
                _items.Add(item);
            }
        }

        public int Count => _items.Count;
        public T this[int index] => _items[index];
        public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();
        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true) => new(inputSize, outputSize, hasBias);
            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null) => new(num_embeddings, embedding_dims, padding_idx);
            public static ReLU ReLU(bool inplace = false) => new(inplace);
            public static GELU GELU() => new();
            public static Tanh Tanh() => new();
            public static Sigmoid Sigmoid() => new();
            public static Identity Identity() => new();
            public static Flatten Flatten(long start_dim = 1, long end_dim = -1) => new(start_dim, end_dim);
            public static Dropout Dropout(double p = 0.5) => new(p);
            public static MaxPool2d MaxPool2d(long kernel_size, long? stride = null, long padding = 0) => new(kernel_size, stride ?? kernel_size, padding);
            public static AvgPool2d AvgPool2d(long kernel_size, long? stride = null, long padding = 0) => new(kernel_size, stride ?? kernel_size, padding);
            public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long outputSize) => new([outputSize, outputSize]);
            public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long[] outputSize) => new(outputSize);
            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);
            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules.Select((module, i) => ($"{i}", module)));
            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);
        }
    }
}
