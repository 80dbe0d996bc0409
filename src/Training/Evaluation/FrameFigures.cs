using Emotion.Features.Faces;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Loop;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Evaluation;

/// <summary>
/// The frame network of a package on PrivateTest in floats and in integers, whichever of them the package has, from the run that it was exported
/// from: as the recipe looks at faces, and the other way: once where it sees them mirrored too, mirrored too where it sees them once.
/// </summary>
public sealed record FrameFigures(Judged Float16, Judged Float16OtherView, Judged Int8, Judged Int8OtherView)
{
    /// <summary>Weights that were stored as halves differ so much, relative to the largest.</summary>
    private const float Rounding = 2e-3f;

    /// <param name="served">What the package itself says of the test part.</param>
    /// <returns>Null where the folder does not hold the package's run.</returns>
    public static FrameFigures? Of(RunFolder run, ModelPackage package, Judged served, FaceSplit stills, CancellationToken cancellationToken)
    {
        var recipe = RecipeFile.FromJson<VideoPackage.Recipes>(package.Manifest.Recipe).Frame;
        if (!File.Exists(run.Best) || run.StoredDigest<VideoRecipe>() != RecipeFile.Digest(recipe))
        {
            return null;
        }

        var temperature = package.Manifest.Metrics["frameTemperature"]?.GetValue<double>() ?? 1;
        var floats = VideoPackage.FloatFrameGraph(run, temperature, null);
        if (!SameClassifier(floats, Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(package.PathOf(package.Manifest.Graph("frame").File)))))
        {
            return null;
        }

        var aligner = new FaceAligner(recipe.FaceFrame);
        Judged Judge(Proto.ModelProto graph, string what) => FrameGraphJudge.Judge(
            graph, aligner, $"FER2013 PrivateTest, whole, {what}", stills.Test, Environment.ProcessorCount, cancellationToken);
        Judged Integers(Proto.ModelProto graph, string view) =>
            Judge(FramePrecision.Integers(graph, aligner, stills, cancellationToken), $"{GraphPrecision.Int8}, {view}");
        Judged Halves(Proto.ModelProto graph, string view) => Judge(HalfWeights.Apply(graph), $"{GraphPrecision.Float16}, {view}");

        // What is served has been judged already.
        var ships8 = package.Manifest.Metrics["precision"]?["chosen"]?.GetValue<string>() == GraphPrecision.Int8;
        string Named(bool mirrored) => mirrored ? "as it is and mirrored" : "as it is";
        var (view, other) = (Named(recipe.Mirrored), Named(!recipe.Mirrored));
        var (halves, integers) = ships8 ? (Halves(floats, view), served) : (served, Integers(floats, view));
        var otherwise = VideoPackage.FloatFrameGraph(run, temperature, recipe.View with { Mirrored = !recipe.Mirrored });
        return new FrameFigures(halves, Halves(otherwise, other), integers, Integers(otherwise, other));
    }

    private static bool SameClassifier(Proto.ModelProto one, Proto.ModelProto other)
    {
        var (mine, theirs) = (PackageWeights.Constant(one, "classifier.weight"), PackageWeights.Constant(other, "classifier.weight"));
        return mine is not null && theirs is not null && mine.Length == theirs.Length
            && mine.Zip(theirs).Max(pair => Math.Abs(pair.First - pair.Second)) <= Rounding * mine.Max(Math.Abs);
    }
}
