using System.Diagnostics;
using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;

namespace Emotion.Training.Studies.Paper;

/// <summary>The face network of one cell of the face study, as it is exported, in the runtime that serves.</summary>
internal sealed class PaperFaces : IDisposable
{
    private const int BatchSize = 64;
    private readonly GraphRunner _runner;
    private readonly FaceAligner _aligner;
    private readonly Stopwatch _clock = new();

    private PaperFaces(FaceCell cell, VideoRecipe recipe, RunFolder run, int threads)
    {
        (Cell, Recipe, Weights) = (cell, recipe, DataDigest.Of(File.ReadAllBytes(run.Best)));
        _aligner = new FaceAligner(recipe.FaceFrame);
        _runner = new GraphRunner(VideoPackage.FrameGraph(run, 1), threads);
    }

    public FaceCell Cell { get; }

    public VideoRecipe Recipe { get; }

    /// <summary>SHA-256 of its weights.</summary>
    public string Weights { get; }

    /// <summary>Spent on faces since the last <see cref="StartClock"/>.</summary>
    public double Seconds => _clock.Elapsed.TotalSeconds;

    /// <summary>Null where the cell is not trained.</summary>
    /// <exception cref="ArgumentException">It was trained by another recipe than the study's.</exception>
    public static PaperFaces? Open(FaceStudySpec study, FaceStudyCell cell, string runs, int threads)
    {
        var run = new RunFolder(Path.Combine(runs, cell.Name));
        if (!run.Has(FaceCell.FileName) || !File.Exists(run.Best))
        {
            return null;
        }

        var (there, recipe) = (run.ReadJson<FaceCell>(FaceCell.FileName), study.RecipeOf(cell));
        FaceStudyCommand.RequireSame(there, run, recipe);
        return new PaperFaces(there, recipe, run, threads);
    }

    public void StartClock() => _clock.Reset();

    /// <summary>Feature maps and posteriors over the wanted labels alone.</summary>
    public IReadOnlyList<Evidence> Of(IReadOnlyList<FacePicture> pictures, bool[] allowed, CancellationToken cancellationToken)
    {
        var said = new List<Evidence>(pictures.Count);
        foreach (var some in pictures.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _clock.Start();
            var (maps, posteriors) = Run(FrameGraphJudge.Faces(_aligner, some), some.Length);
            _clock.Stop();
            said.AddRange(some.Select((picture, i) => new Evidence(picture.Label, maps[i], Among(posteriors[i], allowed))));
        }

        return said;
    }

    /// <summary>Feature maps of faces that the front end cut.</summary>
    /// <param name="timed">They are of the set whose time is told.</param>
    public IReadOnlyList<float[]> Embed(IReadOnlyList<float[]> faces, bool timed)
    {
        var said = new List<float[]>(faces.Count);
        foreach (var some in faces.Chunk(BatchSize))
        {
            if (timed)
            {
                _clock.Start();
            }

            said.AddRange(Run([.. some.SelectMany(face => face)], some.Length).Maps);
            _clock.Stop();
        }

        return said;
    }

    public void Dispose() => _runner.Dispose();

    private (float[][] Maps, float[][] Posteriors) Run(float[] faces, int count)
    {
        var side = _aligner.Spec.CropSize;
        var rows = _runner.Run([("faces", faces, [count, 1, side, side])], "embedding", "posterior");
        return ([.. rows[0].Chunk(rows[0].Length / count)], [.. rows[1].Chunk(EmotionLabels.Count)]);
    }

    private static float[] Among(float[] posterior, bool[] allowed)
    {
        var sum = posterior.Where((_, label) => allowed[label]).Sum();
        return [.. posterior.Select((share, label) => allowed[label] ? share / sum : 0)];
    }
}
