using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;

namespace Emotion.Training.Reports;

/// <summary>
/// The frame network's figures on PrivateTest by precision. They are computed by the report, from the package or from its run; where neither has the
/// precision, what export measured is told, and said to be that.
/// </summary>
internal static class FramePrecisions
{
    /// <summary>Names, in results, what the other way to look at faces than the package's gives: each face once, or mirrored too.</summary>
    public static string OtherView(FaceFigures figures) =>
        figures.Package.Manifest.Metrics["view"]?.GetValue<string>().Contains("mirrored", StringComparison.Ordinal) == true ? "one_view" : "both_views";

    /// <summary>Of the package's graph; packages of before there was a choice are in halves.</summary>
    public static string OfPackage(FaceFigures figures) =>
        figures.Package.Manifest.Metrics["precision"]?["chosen"]?.GetValue<string>() ?? GraphPrecision.Float16;

    /// <returns>Null where nobody knows.</returns>
    public static JsonObject? Of(FaceFigures figures, string precision)
    {
        var int8 = precision == GraphPrecision.Int8;
        var (json, source) = figures.Frames is { } frames ? ((int8 ? frames.Int8 : frames.Float16).ToJson(), "computed from the package and its run")
            : OfPackage(figures) == precision ? (figures.Test.ToJson(), "computed from the package")
            : (figures.Package.Manifest.Metrics["precision"]?[precision]?.DeepClone() as JsonObject, "from the manifest: measured at export");
        if (json is null)
        {
            return null;
        }

        json["precision"] = precision;
        json["source"] = source;
        var unique = OfPackage(figures) == precision ? figures.TestWithoutDuplicates : int8 ? null : figures.Float16WithoutDuplicates;
        if (unique is not null)
        {
            json["wa_dedup"] = Math.Round(unique.Scores.Wa, 5);
            json["uar_dedup"] = Math.Round(unique.Scores.Uar, 5);
        }

        json[OtherView(figures)] = Otherwise(figures, precision);
        return json;
    }

    /// <summary>Of the package as it is.</summary>
    public static JsonObject Served(FaceFigures figures)
    {
        var json = figures.Test.ToJson();
        json["wa_dedup"] = Math.Round(figures.TestWithoutDuplicates.Scores.Wa, 5);
        json["package"] = figures.Package.Version;
        json["precision"] = OfPackage(figures);
        json["view"] = figures.Package.Manifest.Metrics["view"]?.DeepClone();
        json[OtherView(figures)] = Otherwise(figures, OfPackage(figures));
        return json;
    }

    private static JsonObject? Otherwise(FaceFigures figures, string precision)
    {
        if (figures.Frames is { } frames)
        {
            return (precision == GraphPrecision.Int8 ? frames.Int8OtherView : frames.Float16OtherView).ToJson();
        }

        // What export measures of the other view is in halves.
        var metric = OtherView(figures) == "one_view" ? VideoPackage.TestOneView : VideoPackage.TestBothViews;
        return precision == GraphPrecision.Float16 ? figures.Package.Manifest.Metrics[metric]?.DeepClone() as JsonObject : null;
    }
}
