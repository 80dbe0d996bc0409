using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that is trained. Never belongs to a dispose scope: its module owns it.</summary>
    public sealed class Parameter : torch.Tensor
    {
        internal Parameter(TensorHandle handle, bool requires_grad) : base(handle)
        {
            this.DetachFromDisposeScope();
            this.requires_grad = requires_grad;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A leaf of its own, sharing memory with <paramref name="data"/>, which may be disposed.</summary>
            public static Parameter Parameter(Tensor data, bool requires_grad = true) =>
                new(NativeMethods.et_detach(data.Handle), requires_grad);

            /// <summary>What has parameters, buffers (state that is saved but not trained) and submodules, each by name.</summary>
            public abstract class Module : IDisposable
            {
                private readonly string _name;
                private readonly List<(string Name, Parameter Value)> _parameters = [];
                private readonly List<(string Name, Tensor Value)> _buffers = [];
                private readonly List<(string Name, Module Value)> _modules = [];
                private bool _disposed;

                protected Module(string name) => _name = name;

                public bool training { get; private set; } = true;

                public virtual string GetName() => _name;

                public virtual void register_module(string name, Module submodule) => _modules.Add((name, submodule));

                public virtual void register_parameter(string name, Parameter? param)
                {
                    if (param is not null)
                    {
                        _parameters.Add((name, param));
                    }
                }

                public virtual void register_buffer(string name, Tensor tensor) => _buffers.Add((name, tensor.DetachFromDisposeScope()));

                /// <summary>Registers every field of this object that holds a module, parameter or tensor and is not registered yet, by the field's name.</summary>
                protected void RegisterComponents()
                {
                    foreach (var field in GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                    {
                        switch (field.GetValue(this))
                        {
                            case Module module when _modules.TrueForAll(m => m.Value != module):
                                register_module(field.Name, module);
                                break;
                            case Parameter parameter when _parameters.TrueForAll(p => p.Value != parameter):
                                register_parameter(field.Name, parameter);
                                break;
                            case Tensor tensor and not Modules.Parameter when _buffers.TrueForAll(b => b.Value != tensor):
                                register_buffer(field.Name, tensor);
                                break;
                        }
                    }
                }

                public IEnumerable<(string name, Module module)> named_children() => _modules;
                public IEnumerable<Module> children() => _modules.Select(m => m.Value);

                /// <summary>All submodules below this one, with dotted names.</summary>
                public IEnumerable<(string name, Module module)> named_modules() => _modules.SelectMany(child =>
                    child.Value.named_modules().Select(m => ($"{child.Name}.{m.name}", m.module)).Prepend((child.Name, child.Value)));

                public IEnumerable<Module> modules() => named_modules().Select(m => m.module).Prepend(this);

                public IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                    recurse ? Collect(module => module._parameters) : _parameters;

                public IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

                public IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true) =>
                    recurse ? Collect(module => module._buffers) : _buffers;

                public IEnumerable<Tensor> buffers(bool recurse = true) => named_buffers(recurse).Select(b => b.buffer);

                private IEnumerable<(string, T)> Collect<T>(Func<Module, IEnumerable<(string, T)>> own) =>
                    own(this).Concat(_modules.SelectMany(child => child.Value.Collect(own).Select(item => ($"{child.Name}.{item.Item1}", item.Item2))));

                public virtual void train(bool on = true)
                {
                    training = on;
                    foreach (var child in children())
                    {
                        child.train(on);
                    }
                }

                public void eval() => train(false);

                public virtual Module apply(Action<Module> fn)
                {
                    foreach (var module in modules().Reverse())
                    {
                        fn(module);
                    }

                    return this;
                }

                public virtual void zero_grad() => optim.Optimizer.ZeroGradients([.. parameters()]);

                /// <summary>The live parameters and buffers by dotted name.</summary>
                public virtual Dictionary<string, Tensor> state_dict() =>
                    named_parameters().Select(p => (p.name, (Tensor)p.parameter)).Concat(named_buffers()).ToDictionary(e => e.Item1, e => e.Item2);

                /// <summary>Copies values by name. Strict: both sides must have exactly the same names.</summary>
                public virtual (IList<string> missing_keys, IList<string> unexpected_keys) load_state_dict(
                    Dictionary<string, Tensor> source, bool strict = true)
                {
                    var own = state_dict();
                    var missing = own.Keys.Except(source.Keys).ToList();
                    var unexpected = source.Keys.Except(own.Keys).ToList();
                    if (strict && missing.Count + unexpected.Count > 0)
                    {
                        throw new InvalidOperationException($"{_name}: the weights do not fit. Missing: [{string.Join(", ", missing)}]; unexpected: [{string.Join(", ", unexpected)}].");
                    }

                    using var _ = no_grad();
                    foreach (var (name, tensor) in own)
                    {
                        if (!source.TryGetValue(name, out var value))
                        {
                            continue;
                        }

                        if (!tensor.shape.SequenceEqual(value.shape))
                        {
                            throw new InvalidOperationException($"{_name}: '{name}' is [{string.Join(", ", tensor.shape)}] here and [{string.Join(", ", value.shape)}] in the weights.");
                        }

                        tensor.copy_(value);
                    }

                    return (missing, unexpected);
                }

                public Module save(string location)
                {
                    using var stream = File.Create(location);
                    return save(stream);
                }

                public Module save(Stream stream)
                {
                    using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                    TensorFile.WriteAll(writer, state_dict());
                    return this;
                }

                public Module load(string location, bool strict = true)
                {
                    using var stream = File.OpenRead(location);
                    return load(stream, strict);
                }

                public Module load(Stream stream, bool strict = true)
                {
                    using var scope = NewDisposeScope();
                    using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                    load_state_dict(TensorFile.ReadAll(reader), strict);
                    return this;
                }

                /// <summary>Replaces the memory of all parameters and buffers; the objects stay, so optimizers keep them.</summary>
                internal void Convert(Func<Tensor, Tensor> conversion)
                {
                    using var scope = NewDisposeScope();
                    using var _ = no_grad();
                    foreach (var tensor in state_dict().Values)
                    {
                        NativeMethods.Check(NativeMethods.et_set_data(tensor.Handle, conversion(tensor).Handle));
                        tensor.grad = null;
                    }
                }

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                    if (_disposed || !disposing)
                    {
                        return;
                    }

                    _disposed = true;
                    _parameters.ForEach(p => p.Value.Dispose());
                    _buffers.ForEach(b => b.Value.Dispose());
                    _modules.ForEach(m => m.Value.Dispose());
                }
            }

            /// <summary>A module from one input to one output.</summary>
            public abstract class Module<T, TResult>(string name) : Module(name)
            {
                public abstract TResult forward(T input);
                public TResult call(T input) => forward(input);
            }

            /// <summary>A module from two inputs to one output.</summary>
            public abstract class Module<T1, T2, TResult>(string name) : Module(name)
            {
                public abstract TResult forward(T1 input1, T2 input2);
                public TResult call(T1 input1, T2 input2) => forward(input1, input2);
            }

            /// <summary>A module from three inputs to one output.</summary>
            public abstract class Module<T1, T2, T3, TResult>(string name) : Module(name)
            {
                public abstract TResult forward(T1 input1, T2 input2, T3 input3);
                public TResult call(T1 input1, T2 input2, T3 input3) => forward(input1, input2, input3);
            }
        }
    }

    public static class ModuleExtensionMethods
    {
        public static T to<T>(this T module, torch.Device device) where T : torch.nn.Module => Converted(module, t => t.to(device));

        public static T to<T>(this T module, torch.ScalarType type) where T : torch.nn.Module =>
            Converted(module, t => t.dtype is torch.ScalarType.Int64 ? t.alias() : t.to(type));

        public static T cpu<T>(this T module) where T : torch.nn.Module => module.to(torch.CPU);
        public static T cuda<T>(this T module) where T : torch.nn.Module => module.to(torch.CUDA);
        public static T @double<T>(this T module) where T : torch.nn.Module => module.to(torch.float64);

        private static T Converted<T>(T module, Func<torch.Tensor, torch.Tensor> conversion) where T : torch.nn.Module
        {
            module.Convert(conversion);
            return module;
        }
    }
}
