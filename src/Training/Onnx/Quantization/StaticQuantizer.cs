namespace Emotion.Training.Onnx.Quantization;

/// <summary>
/// A float graph to one that computes with 8-bit integers: activations 0 to 255 with a scale and a zero measured on example
/// inputs, signed weights with a scale per output channel. Written as QuantizeLinear and DequantizeLinear around unchanged nodes, which
/// ONNX Runtime joins to integer kernels when it loads the graph; inputs and outputs stay float.
/// </summary>
public static class StaticQuantizer
{
    private const int CalibrationThreads = 1;

    /// <param name="model">As our writers make it: constants are raw 32-bit floats.</param>
    /// <param name="calibration">Example inputs like those that will come; batches of any size. None of them may be test data.</param>
    /// <param name="spec">What becomes integers.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="ArgumentException">No example inputs, or a graph that is not as our writers make it.</exception>
    public static Proto.ModelProto Quantize(
        Proto.ModelProto model, IReadOnlyCollection<GraphFeed> calibration, QuantizationSpec spec, CancellationToken cancellationToken)
    {
        if (calibration.Count == 0)
        {
            throw new ArgumentException("Calibration needs example inputs: there are none.");
        }

        var plan = QuantizationPlan.Of(new GraphView(model.Graph), spec);
        if (plan.Values.Count == 0)
        {
            throw new ArgumentException(
                "The graph has no layer to quantize, with weights as constants: quantize it before its weights are stored otherwise.");
        }

        return new QuantizedGraphWriter(model, plan, Ranges(model, plan, calibration, cancellationToken), spec).Write();
    }

    private static Dictionary<string, ActivationRange> Ranges(
        Proto.ModelProto model, QuantizationPlan plan, IReadOnlyCollection<GraphFeed> calibration, CancellationToken cancellationToken)
    {
        var inputs = model.Graph.Input.Select(input => input.Name).Where(plan.Values.ContainsKey).ToList();
        var values = plan.Values.Keys.Except(inputs).ToArray();
        var statistics = plan.Values.Keys.Select(plan.Group).Distinct().ToDictionary(group => group, _ => new ActivationStatistics());
        using var runner = new GraphRunner(Revealing(model, values), CalibrationThreads);
        foreach (var second in (bool[])[false, true])
        {
            foreach (var feed in calibration)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var given = inputs.Select(input => (input, (float[])feed.Inputs.Single(value => value.Name == input).Values));
                foreach (var (value, numbers) in values.Zip(runner.Run(feed.Inputs, values)).Concat(given))
                {
                    statistics[plan.Group(value)].Add(numbers, second);
                }
            }
        }

        return statistics.ToDictionary(pair => pair.Key, pair => pair.Value.Range());
    }

    // The same graph with values from its inside among its outputs.
    private static Proto.ModelProto Revealing(Proto.ModelProto model, IEnumerable<string> values)
    {
        var revealing = model.Clone();
        foreach (var value in values.Except(model.Graph.Output.Select(output => output.Name)))
        {
            revealing.Graph.Output.Add(new Proto.ValueInfoProto
            {
                Name = value,
                Type = new Proto.TypeProto
                {
                    TensorType = new Proto.TypeProto.Types.Tensor { ElemType = (int)Proto.TensorProto.Types.DataType.Float },
                },
            });
        }

        return revealing;
    }
}

/// <summary>The inputs of one run of a graph: float or 32-bit integer arrays, row-major, with their sides.</summary>
public sealed record GraphFeed(IReadOnlyList<(string Name, Array Values, long[] Shape)> Inputs);
