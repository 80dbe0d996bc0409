using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>
    /// Long short-term memory. Input [time, batch, features], or [batch, time, features] with batchFirst. Gates in the order input,
    /// forget, cell, output; weights per layer (and direction, suffix <c>_reverse</c>): weight_ih [4 * hidden, in], weight_hh
    /// [4 * hidden, hidden], bias_ih and bias_hh [4 * hidden].
    /// </summary>
    public sealed class LSTM : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)>
    {
        private readonly List<Parameter> _weights = [];
        private readonly long _hidden, _layers;
        private readonly bool _bias, _batchFirst, _bidirectional;
        private readonly double _dropout;

        internal LSTM(long input, long hidden, long layers, bool bias, bool batchFirst, double dropout, bool bidirectional) : base(nameof(LSTM))
        {
            (_hidden, _layers, _bias, _batchFirst, _dropout, _bidirectional) = (hidden, layers, bias, batchFirst, dropout, bidirectional);
            string[] directions = bidirectional ? ["", "_reverse"] : [""];
            for (var layer = 0; layer < layers; layer++)
            {
                foreach (var direction in directions)
                {
                    Add($"weight_ih_l{layer}{direction}", [4 * hidden, layer == 0 ? input : hidden * directions.Length]);
                    Add($"weight_hh_l{layer}{direction}", [4 * hidden, hidden]);
                    if (bias)
                    {
                        Add($"bias_ih_l{layer}{direction}", [4 * hidden]);
                        Add($"bias_hh_l{layer}{direction}", [4 * hidden]);
                    }
                }
            }
        }

        /// <summary>Answers the output of the last layer at every step and the last hidden and cell states [layers * directions, batch, hidden].</summary>
        public override unsafe (Tensor, Tensor, Tensor) forward(Tensor input, (Tensor, Tensor)? h0_c0 = null)
        {
            var batch = input.size(_batchFirst ? 0 : 1);
            using var zero = h0_c0 is null ? zeros([_layers * (_bidirectional ? 2 : 1), batch, _hidden], input.dtype, input.device) : null;
            var (h0, c0) = h0_c0 ?? (zero!, zero!);
            var outputs = stackalloc nint[3];
            Check(WithHandles(_weights, handles =>
            {
                fixed (nint* p = handles)
                {
                    return et_lstm(input.Handle, h0.Handle, c0.Handle, p, handles.Length, _bias ? 1 : 0, _layers, _dropout, training ? 1 : 0,
                        _bidirectional ? 1 : 0, _batchFirst ? 1 : 0, outputs);
                }
            }));
            return (new Tensor(new TensorHandle(outputs[0])), new Tensor(new TensorHandle(outputs[1])), new Tensor(new TensorHandle(outputs[2])));
        }

        public (Tensor, Tensor, Tensor) call(Tensor input) => forward(input, null);

        private void Add(string name, long[] shape)
        {
            var parameter = init.UniformParameter(shape, _hidden);
            _weights.Add(parameter);
            register_parameter(name, parameter);
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.LSTM LSTM(long inputSize, long hiddenSize, long numLayers = 1, bool bias = true, bool batchFirst = false,
                double dropout = 0.0, bool bidirectional = false) => new(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional);
        }
    }
}
