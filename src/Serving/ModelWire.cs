using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Emotion.Contracts.Common.V1;
using Emotion.Inference;
using Emotion.Inference.Hosting;
using Google.Protobuf;

namespace Emotion.Serving;

/// <summary>Between what Inference computes with and what travels: posteriors, feature maps, abstentions, versions, windows.</summary>
public static class ModelWire
{
    public static ModelVersion VersionOnWire<TModel>(this ModelLease<TModel> lease) where TModel : class, IServableModel<TModel> =>
        new() { Name = lease.ModelName, Version = lease.Version };

    /// <param name="probabilities"><c>[8]</c>.</param>
    /// <param name="coveredLabels">Of the model that they come from.</param>
    public static Posterior ToPosterior(IEnumerable<float> probabilities, IEnumerable<string> coveredLabels) =>
        new() { Probabilities = { probabilities }, CoveredLabels = { coveredLabels } };

    public static Contracts.Common.V1.Abstention ToWire(this Inference.Abstention abstention) => new()
    {
        Reason = (Contracts.Common.V1.Abstention.Types.Reason)abstention.Reason,
        Detail = abstention.Detail,
    };

    /// <summary>Little-endian single precision, densely packed.</summary>
    public static FeatureMap ToFeatureMap(ReadOnlySpan<float> values, ModelVersion producer)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(bytes);
        }
        else
        {
            for (var i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
            }
        }

        return new FeatureMap { Producer = producer, Values = UnsafeByteOperations.UnsafeWrap(bytes) };
    }

    /// <exception cref="InvalidInputException">Not a whole number of values.</exception>
    public static float[] FromFeatureMap(FeatureMap? map)
    {
        var bytes = map is null ? [] : map.Values.Span;
        if (bytes.Length % sizeof(float) != 0)
        {
            throw new InvalidInputException($"A feature map of {bytes.Length} bytes is no whole number of single precision values.");
        }

        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        }

        return values;
    }

    /// <summary>The window plan of a request.</summary>
    /// <exception cref="InvalidInputException">None, too many, out of order, or times that are no stretch.</exception>
    public static IReadOnlyList<Features.ClipWindow> ToPlan(IReadOnlyList<ClipWindow> windows, int maximum)
    {
        if (windows.Count == 0 || windows.Count > maximum)
        {
            throw new InvalidInputException($"The window plan has {windows.Count} windows; it may have 1 to {maximum}.");
        }

        var plan = new List<Features.ClipWindow>(windows.Count);
        foreach (var window in windows)
        {
            if (window.Index != plan.Count || !(window.StartSeconds >= 0) || !(window.EndSeconds > window.StartSeconds) || !double.IsFinite(window.EndSeconds))
            {
                throw new InvalidInputException(
                    $"Window {plan.Count} of the plan has index {window.Index} and goes from {window.StartSeconds} s to {window.EndSeconds} s.");
            }

            plan.Add(new Features.ClipWindow(plan.Count, window.StartSeconds, window.EndSeconds));
        }

        return plan;
    }
}
