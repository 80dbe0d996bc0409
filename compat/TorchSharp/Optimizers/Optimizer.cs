using TorchSharp.Modules;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp.Modules
{
    /// <summary>Parameters that share their settings.</summary>
    public abstract class ParamGroup
    {
        private protected ParamGroup(IEnumerable<Parameter> parameters) => Parameters = [.. parameters];

        public IReadOnlyList<Parameter> Parameters { get; }
        public double LearningRate { get; set; }
        public double InitialLearningRate { get; internal set; }

        /// <summary>What the optimizer remembers per parameter: lists as long as <see cref="Parameters"/>.</summary>
        internal List<torch.Tensor>[] State { get; set; } = [];
        internal long Steps { get; set; }

        /// <summary>SGD's momentum or Adam's beta1, which OneCycleLR may move.</summary>
        internal abstract double Momentum { get; set; }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Changes parameters by their gradients; one native call per group and step.</summary>
            public abstract unsafe class Optimizer : IDisposable
            {
                private protected Optimizer(IEnumerable<ParamGroup> groups, double learningRate)
                {
                    ParamGroups = [.. groups];
                    foreach (var group in ParamGroups)
                    {
                        group.LearningRate = group.LearningRate == 0 ? learningRate : group.LearningRate;
                        group.InitialLearningRate = group.LearningRate;
                    }
                }

                public IReadOnlyList<ParamGroup> ParamGroups { get; }

                public IEnumerable<Parameter> parameters() => ParamGroups.SelectMany(group => group.Parameters);

                public void zero_grad() => ZeroGradients([.. parameters()]);

                public abstract void step();

                /// <summary>Everything needed to go on as if never stopped, but for the parameters themselves.</summary>
                public void save_state_dict(string location)
                {
                    using var writer = new BinaryWriter(File.Create(location));
                    writer.Write(ParamGroups.Count);
                    for (var g = 0; g < ParamGroups.Count; g++)
                    {
                        var group = ParamGroups[g];
                        writer.Write(group.LearningRate);
                        writer.Write(group.InitialLearningRate);
                        writer.Write(group.Momentum);
                        writer.Write(group.Steps);
                        TensorFile.WriteAll(writer, [.. group.State.SelectMany((list, kind) =>
                            list.Select((tensor, i) => KeyValuePair.Create($"{kind}.{i}", tensor)))]);
                    }
                }

                public void load_state_dict(string location)
                {
                    using var scope = NewDisposeScope();
                    using var reader = new BinaryReader(File.OpenRead(location));
                    if (reader.ReadInt32() != ParamGroups.Count)
                    {
                        throw new InvalidDataException($"{location} belongs to an optimizer with another number of parameter groups.");
                    }

                    foreach (var group in ParamGroups)
                    {
                        group.LearningRate = reader.ReadDouble();
                        group.InitialLearningRate = reader.ReadDouble();
                        group.Momentum = reader.ReadDouble();
                        group.Steps = reader.ReadInt64();
                        var saved = TensorFile.ReadAll(reader);
                        if (saved.Count > 0)
                        {
                            EnsureState(group);
                        }

                        foreach (var (name, tensor) in saved)
                        {
                            var parts = name.Split('.');
                            group.State[int.Parse(parts[0])][int.Parse(parts[1])].copy_(tensor);
                        }
                    }
                }

                public void Dispose()
                {
                    foreach (var tensor in ParamGroups.SelectMany(group => group.State).SelectMany(list => list))
                    {
                        tensor.Dispose();
                    }

                    GC.SuppressFinalize(this);
                }

                /// <summary>How many tensors are remembered per parameter.</summary>
                private protected abstract int StateCount(ParamGroup group);

                /// <summary>Zero state in the layout of each parameter, made at the first step: by then the parameters are on their device.</summary>
                private protected void EnsureState(ParamGroup group)
                {
                    if (group.State.Length > 0 || StateCount(group) == 0)
                    {
                        return;
                    }

                    using var _ = no_grad();
                    group.State = [.. Enumerable.Range(0, StateCount(group)).Select(_ => group.Parameters.Select(parameter =>
                    {
                        using var detached = parameter.detach();
                        return detached.clone().zero_().DetachFromDisposeScope();
                    }).ToList())];
                }

                internal static void ZeroGradients(IReadOnlyList<Tensor> parameters) => Check(WithHandles(parameters, handles =>
                {
                    fixed (nint* p = handles)
                    {
                        return et_zero_grad(p, handles.Length);
                    }
                }));
            }
        }
    }
}
