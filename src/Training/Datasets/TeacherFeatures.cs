using System.Numerics.Tensors;

namespace Emotion.Training.Datasets;

/// <summary>
/// What a frozen speech encoder says of each training recording, pooled over time, standardised over the training part.
/// </summary>
public sealed class TeacherFeatures
{
    private readonly Dictionary<string, float[]> _rows;

    private TeacherFeatures(int dimension, Dictionary<string, float[]> rows)
    {
        Dimension = dimension;
        _rows = rows;
    }

    public int Dimension { get; }

    /// <exception cref="ArgumentException">The encoder says another number of things than the recipe.</exception>
    public static TeacherFeatures Of(EncoderFeatures encoder, IReadOnlyList<SpeechRecording> training, int dimension)
    {
        if (encoder.Dimension != dimension)
        {
            throw new ArgumentException($"The recipe's teacher says {dimension} numbers, the encoder {encoder.Dimension}.");
        }

        var rows = training.ToDictionary(recording => recording.Name, recording => encoder.Of(recording.Name).ToArray());
        var (mean, deviation) = (new float[dimension], new float[dimension]);
        foreach (var row in rows.Values)
        {
            TensorPrimitives.Add(mean, row, mean);
        }

        TensorPrimitives.Divide(mean, rows.Count, mean);
        foreach (var row in rows.Values)
        {
            TensorPrimitives.Subtract(row, mean, row);
            TensorPrimitives.MultiplyAdd(row, row, deviation, deviation);
        }

        for (var i = 0; i < dimension; i++)
        {
            deviation[i] = MathF.Sqrt(deviation[i] / rows.Count) + 1e-6f;
        }

        foreach (var row in rows.Values)
        {
            TensorPrimitives.Divide(row, deviation, row);
        }

        return new TeacherFeatures(dimension, rows);
    }

    public ReadOnlySpan<float> Of(SpeechRecording recording) => _rows[recording.Name];
}
