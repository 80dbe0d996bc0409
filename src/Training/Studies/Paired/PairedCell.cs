namespace Emotion.Training.Studies.Paired;

/// <summary>What a cell was: one protocol on one outer fold. Written last, so a cell without <see cref="FileName"/> is not finished.</summary>
public sealed record PairedCell
{
    public const string FileName = "cell.json";

    /// <summary>Folder of the answers, a file <c>ROW.csv</c> for each row, with the parts <c>validation</c> (held actors) and <c>test</c>.</summary>
    public const string AnswersFolder = "answers";

    public required string Protocol { get; init; }
    public required IReadOnlyList<string> Labels { get; init; }
    public required int Fold { get; init; }
    public required int Seed { get; init; }

    /// <summary>In words.</summary>
    public required string Split { get; init; }
    public required IReadOnlyList<int> TestActors { get; init; }

    /// <summary>Whom the speech network never saw: they train fusion on all inputs, and calibrate it, each by a fusion that never saw him or her.</summary>
    public required IReadOnlyList<int> HeldActors { get; init; }

    /// <summary>Clips that train fusion: of the held actors with all inputs, of the others without the speech network's.</summary>
    public required int WholeClips { get; init; }
    public required int PartialClips { get; init; }
    public required int TestClips { get; init; }

    /// <summary>By row.</summary>
    public required IReadOnlyDictionary<string, PairedRowFit> Rows { get; init; }

    /// <summary>Learned powers of the product, by modality.</summary>
    public required IReadOnlyDictionary<string, double> Weights { get; init; }

    /// <summary>Epochs of the networks in front, by modality, and hours of training: of those of this cell, which pairs of cells share.</summary>
    public required IReadOnlyDictionary<string, int> Epochs { get; init; }
    public required double Hours { get; init; }
    public required string Commit { get; init; }
    public required IReadOnlyDictionary<string, string> DataDigests { get; init; }

    /// <summary>Digest of the study's numbers.</summary>
    public required string Study { get; init; }

    /// <summary>False: sound and face are of one performance.</summary>
    public bool Drawn { get; init; }
}

/// <summary>What was fitted for one row on answers to held actors by a fusion that never saw them.</summary>
/// <param name="UncertainBelow">The confidence below which an answer is withheld; the study's coverage of held clips lies above it.</param>
/// <param name="CorrectionShare">How much counts of what a learned fusion adds to the weighted evidence; 1 for every other rule.</param>
public sealed record PairedRowFit(double Temperature, double UncertainBelow, double CorrectionShare = 1);
