using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;

namespace Emotion.Training.Studies;

/// <summary>
/// What a trained cell is in 8-bit integers, which is what ships: the same weights, join and temperature as in the cell's own package, one figure beside
/// the other. <c>int8.json</c>; the package lies in <c>packages-int8</c>, its answers to the test part in <c>posteriors-int8.csv</c>.
/// </summary>
/// <param name="PackageVersion">Of the cell's own package, with 16-bit weights.</param>
/// <param name="Int8Version">Of the package in integers.</param>
public sealed record CellPrecision(string PackageVersion, string Int8Version)
{
    public const string FileName = "int8.json";
    public const string PackagesFolder = "packages-int8";
    public const string PosteriorsFile = "posteriors-int8.csv";

    /// <summary>Exports the cell once more, judges it, and leaves both in its folder.</summary>
    public static async Task MeasureAsync(DataRoot data, SpeechCell cell, Action<string> report, CancellationToken cancellationToken)
    {
        var packages = cell.PathOf(PackagesFolder);
        if (Directory.Exists(packages))
        {
            Directory.Delete(packages, recursive: true);
        }

        var export = await AudioPackage.ExportAsync(
            data, new RunFolder(cell.Folder), GraphPrecision.Int8, packages, report, cancellationToken, cell.Facts.KnownTemperature());
        CellPosteriors.Write(cell.PathOf(PosteriorsFile), export.Split.Test.Select((recording, i) =>
            new CellPosterior(CellPosterior.Test, recording.Name, recording.Label, export.Test.Posteriors[i])));
        cell.Keep(FileName, new CellPrecision(cell.Facts.PackageVersion, export.Version));
    }
}
