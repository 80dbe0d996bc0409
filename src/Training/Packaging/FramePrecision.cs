using System.Text.Json.Nodes;
using Emotion.Features.Faces;
using Emotion.Training.Evaluation;
using Emotion.Training.Onnx;
using Emotion.Training.Onnx.Quantization;
using Emotion.Training.Splits;

namespace Emotion.Training.Packaging;

/// <summary>With what a face network computes where it is served: integers, unless that costs more than half a point.</summary>
public static class FramePrecision
{
    /// <summary>Integers if they pass, else halves that become floats.</summary>
    public const string Measured = "measured";

    /// <summary>What integers may cost, as a fraction of the test pictures.</summary>
    private const double Allowed = 0.005;

    private const string Rule =
        "int8 if the 95 % interval of its WA less that of float16 (paired bootstrap over the pictures of PrivateTest) lies above -0.5 points, else float16";

    private const int BatchSize = 32;

    public static IReadOnlyList<string> Names { get; } = [Measured, GraphPrecision.Float16, GraphPrecision.Int8];

    /// <param name="asked">One of <see cref="Names"/>.</param>
    /// <param name="floats">The graph with 32-bit weights.</param>
    /// <param name="stills">Ranges of integers are measured on the calibration part; the test part decides, and nothing else is chosen by it.</param>
    /// <returns>The graph to ship, the other one if there is one, and for the manifest what both are worth.</returns>
    public static FrameGraphs Choose(
        string asked, Proto.ModelProto floats, FaceAligner aligner, FaceSplit stills, CancellationToken cancellationToken)
    {
        var halves = HalfWeights.Apply(floats);
        if (asked == GraphPrecision.Float16)
        {
            return new FrameGraphs(halves, null, new JsonObject { ["chosen"] = asked });
        }

        var integers = Integers(floats, aligner, stills, cancellationToken);
        Judged Judge(Proto.ModelProto graph, string precision) => FrameGraphJudge.Judge(
            graph, aligner, $"FER2013 PrivateTest, whole, {precision}", stills.Test, Environment.ProcessorCount, cancellationToken);
        var (float16, int8) = (Judge(halves, GraphPrecision.Float16), Judge(integers, GraphPrecision.Int8));
        var difference = Bootstrap.WaDifference(int8, float16);
        var chosen = asked == GraphPrecision.Int8 || difference.Low > -Allowed ? GraphPrecision.Int8 : GraphPrecision.Float16;
        var (graph, other) = chosen == GraphPrecision.Int8 ? (integers, halves) : (halves, integers);
        return new FrameGraphs(graph, other, new JsonObject
        {
            ["chosen"] = chosen,
            ["asked"] = asked,
            ["rule"] = Rule,
            ["temperature"] = 1,
            [GraphPrecision.Float16] = WithUnique(float16, stills),
            [GraphPrecision.Int8] = WithUnique(int8, stills),
            ["waDifferenceInterval95"] = new JsonArray(Math.Round(difference.Low, 5), Math.Round(difference.High, 5)),
        });
    }

    // Whoever has no run of the network is told its figures from here.
    private static JsonObject WithUnique(Judged judged, FaceSplit stills)
    {
        var (json, unique) = (judged.ToJson(), stills.WithoutDuplicates(judged).Scores);
        json["wa_dedup"] = Math.Round(unique.Wa, 5);
        json["uar_dedup"] = Math.Round(unique.Uar, 5);
        return json;
    }

    /// <summary>The graph in 8-bit integers, their ranges measured on the calibration part.</summary>
    public static Proto.ModelProto Integers(Proto.ModelProto floats, FaceAligner aligner, FaceSplit stills, CancellationToken cancellationToken)
    {
        var side = aligner.Spec.CropSize;
        var feeds = stills.Calibration.Chunk(BatchSize)
            .Select(some => new GraphFeed([("faces", FrameGraphJudge.Faces(aligner, some), [some.Length, 1, side, side])])).ToList();
        return StaticQuantizer.Quantize(floats, feeds, QuantizationSpec.Default, cancellationToken);
    }
}

/// <param name="Graph">To ship.</param>
/// <param name="Other">The same network in the other precision; null where only one was asked for.</param>
/// <param name="Record">What both are worth on stills, their logits not yet divided by a temperature.</param>
public sealed record FrameGraphs(Proto.ModelProto Graph, Proto.ModelProto? Other, JsonObject Record)
{
    public string Chosen => Record["chosen"]!.GetValue<string>();
}
