namespace Emotion.Training.Recipes;

/// <summary>The reference paper's Table I and figures 5 to 7, made anew: of which networks, and what the paper prints.</summary>
/// <param name="Labels">The paper's six.</param>
/// <param name="Protocol">Of the paired study, whose speech networks serve.</param>
/// <param name="TestFold">Whose recordings are judged; fusion is trained on those of the other fold of its pair.</param>
/// <param name="FaceStudy">Name of the study of face networks, whose cells are the table's rows.</param>
/// <param name="PairedStudy">Name of the study of paired fusion, for its numbers.</param>
/// <param name="FacesPerRecording">That fusion's training draws from, of the recording's label.</param>
/// <param name="Seed">Of what is drawn.</param>
public sealed record PaperSpec(
    IReadOnlyList<string> Labels, string Protocol, int TestFold, string FaceStudy, string PairedStudy, int FacesPerRecording, int Seed, PrintedPaper Printed);

/// <summary>
/// What of the paper's figures is on record here, as fractions of hits (WA). Its other cells and its computation times are not: a table says so, instead of guessing.
/// </summary>
/// <param name="BestOfTableOne">The best cell of Table I.</param>
/// <param name="Caption">What the caption of the fused matrix claims.</param>
/// <param name="Matrices">What the three printed matrices (figures 5 to 7) compute to, by row of ours.</param>
/// <param name="MatricesCount">Examples in them.</param>
public sealed record PrintedPaper(
    string Title, double BestOfTableOne, double Caption, IReadOnlyDictionary<string, double> Matrices, int MatricesCount);
