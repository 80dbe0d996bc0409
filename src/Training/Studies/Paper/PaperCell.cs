using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Studies.Paper;

/// <summary>Names of the rows that every cell of the table has.</summary>
public static class PaperRows
{
    public const string Speech = "speech", Face = "face", Product = "product", Fused = "fused";

    public static IReadOnlyList<string> All { get; } = [Speech, Face, Product, Fused];
}

/// <summary>ResNet-18 on MFCC with one face network at one dropout: a cell of the paper's Table I.</summary>
/// <param name="Face">The face network's cell of its own study: its budget, recipe and commit.</param>
/// <param name="Dropout">Of the face network and of fusion.</param>
/// <param name="Rows">By <see cref="PaperRows"/>: answers on the same pairs.</param>
/// <param name="Pairs">The face and the recording of each.</param>
/// <param name="Seconds">To classify that set.</param>
public sealed record PaperCell(
    FaceCell Face, double Dropout, IReadOnlyDictionary<string, Judged> Rows, IReadOnlyList<PaperPair> Pairs, PaperSeconds Seconds)
{
    /// <summary>How much of what fusion's layers add to the product of the weighted posteriors counts; null where each fold has its own.</summary>
    public double? CorrectionShare { get; init; }
}

/// <param name="Face">Picture of FER2013, or film.</param>
/// <param name="Recording">Of RAVDESS.</param>
public sealed record PaperPair(string Face, string Recording);

/// <summary>Wall-clock seconds of each network on the whole set, every recording and every picture once.</summary>
/// <remarks>What was not timed is null: films that were read before, and networks that answer inside the paired study.</remarks>
public sealed record PaperSeconds(double? Speech, double? Faces, double? Fusion)
{
    public double? Total => Speech + Faces + Fusion;
}

/// <summary>What became of the table.</summary>
/// <param name="Cells">In the order of the face study.</param>
/// <param name="NotRun">Names of cells whose face network is not trained.</param>
/// <param name="Digests">Of what was read.</param>
/// <param name="Threads">That everything was timed with.</param>
/// <param name="LoadAverage">Of the machine while it was timed; null where unknown.</param>
public sealed record PaperTable(
    PaperSpec Paper, IReadOnlyList<PaperCell> Cells, IReadOnlyList<string> NotRun, IReadOnlyDictionary<string, string> Digests, int Threads, double? LoadAverage)
{
    /// <summary>Actors of RAVDESS whose voices fusion has learned from; none where each fold has its own.</summary>
    public IReadOnlyList<int> FusionActors { get; init; } = [];
}
