using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Studies;

namespace Emotion.Training.Evaluation;

/// <summary>One trained network of a study: a row, a test fold.</summary>
/// <param name="Folder">Holds <c>cell.json</c>, <c>posteriors.csv</c>, <c>packages</c>, and what was measured of it since.</param>
/// <param name="Facts">What it was.</param>
/// <param name="Validation">The actors that fitted the temperature.</param>
/// <param name="Test">Recordings that nothing was fitted to.</param>
public sealed record SpeechCell(string Folder, CellResult Facts, IReadOnlyList<SpeechAnswer> Validation, IReadOnlyList<SpeechAnswer> Test)
{
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Answers to the test part in 8-bit integers; null where that was not measured, or of another package than the cell's.</summary>
    public IReadOnlyList<SpeechAnswer>? Int8Test => Precision() is null
        ? null : PooledAnswers.PartOf(CellPosteriors.Read(PathOf(CellPrecision.PosteriorsFile)), CellPosterior.Test, Facts.Fold);

    /// <summary>Bytes of the package's graphs by role, in MB of 10^6 bytes; empty where there is no package.</summary>
    public IReadOnlyDictionary<string, double> GraphMegabytes() => GraphMegabytes(ManifestPath());

    /// <summary>The same of the package in 8-bit integers.</summary>
    public IReadOnlyDictionary<string, double> Int8Megabytes() => GraphMegabytes(Int8ManifestPath());

    /// <summary>The package in 8-bit integers where there is one, since that is what ships; else the cell's own.</summary>
    /// <exception cref="CorpusException">The cell has no package.</exception>
    public async Task<ModelPackage> OpenShippedAsync(CancellationToken cancellationToken) => Int8ManifestPath() is { } manifest
        ? await ModelPackage.OpenAsync(Path.GetDirectoryName(manifest)!, cancellationToken)
        : await OpenPackageAsync(cancellationToken);

    private static IReadOnlyDictionary<string, double> GraphMegabytes(string? manifest)
    {
        if (manifest is null)
        {
            return new Dictionary<string, double>();
        }

        var graphs = JsonNode.Parse(File.ReadAllText(manifest))!["graphs"]!.AsArray();
        return graphs.ToDictionary(
            graph => (string)graph!["role"]!,
            graph => new FileInfo(Path.Combine(Path.GetDirectoryName(manifest)!, (string)graph!["file"]!)).Length / 1e6);
    }

    /// <exception cref="CorpusException">The cell has no package.</exception>
    public async Task<ModelPackage> OpenPackageAsync(CancellationToken cancellationToken) =>
        await ModelPackage.OpenAsync(
            Path.GetDirectoryName(ManifestPath()) ?? throw new CorpusException($"'{Folder}' holds no package: train the cell again."), cancellationToken);

    /// <summary>Whether a package is one that the cell has now: what was measured of another is out of date.</summary>
    public bool Has(string packageVersion) => packageVersion == Facts.PackageVersion || packageVersion == Precision()?.Int8Version;

    /// <summary>Reads what a command measured of this cell, such as <c>latency.json</c>; null where none has.</summary>
    public T? Measured<T>(string name) where T : class =>
        File.Exists(PathOf(name)) ? JsonSerializer.Deserialize<T>(File.ReadAllText(PathOf(name)), SpeechRuns.Json) : null;

    public void Keep<T>(string name, T measured) => File.WriteAllText(PathOf(name), JsonSerializer.Serialize(measured, SpeechRuns.Json) + "\n");

    private CellPrecision? Precision() =>
        Measured<CellPrecision>(CellPrecision.FileName) is { } precision && precision.PackageVersion == Facts.PackageVersion ? precision : null;

    private string? ManifestPath() => ManifestPath(SpeechStudy.PackagesFolder, Facts.PackageVersion);

    private string? Int8ManifestPath() => Precision() is { } precision ? ManifestPath(CellPrecision.PackagesFolder, precision.Int8Version) : null;

    private string? ManifestPath(string packages, string version)
    {
        var path = Path.Combine(PathOf(packages), AudioModel.ModelName, version, ModelManifest.FileName);
        return File.Exists(path) ? path : null;
    }
}

/// <summary>A row of a study: the same recipe on several folds.</summary>
public sealed record SpeechRow(string Name, IReadOnlyList<SpeechCell> Cells)
{
    /// <summary>The test parts of all its folds, by name of the recording.</summary>
    public IReadOnlyList<SpeechAnswer> Pooled { get; } = Pool(Name, Cells.SelectMany(cell => cell.Test));

    public IReadOnlyList<SpeechAnswer> PooledValidation { get; } =
        [.. Cells.SelectMany(cell => cell.Validation).OrderBy(answer => answer.Recording, StringComparer.Ordinal)];

    public double Hours => Cells.Sum(cell => cell.Facts.Hours);

    private static SpeechAnswer[] Pool(string name, IEnumerable<SpeechAnswer> answers)
    {
        var pooled = answers.OrderBy(answer => answer.Recording, StringComparer.Ordinal).ToArray();
        var twice = pooled.Zip(pooled.Skip(1)).FirstOrDefault(pair => pair.First.Recording == pair.Second.Recording).First;
        return twice is null ? pooled : throw new CorpusException($"Row '{name}': {twice.Recording} is in the test parts of two folds.");
    }
}

/// <summary>The finished cells below a folder of runs: <c>ROW/fold-K/</c>. A cell without <c>cell.json</c>, which is written last, is not finished and left out.</summary>
public sealed record SpeechRuns(IReadOnlyDictionary<string, SpeechRow> Rows)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectNullableAnnotations = true };

    public static SpeechRuns Read(string folder)
    {
        var rows = new SortedDictionary<string, SpeechRow>(StringComparer.Ordinal);
        foreach (var rowFolder in Directory.Exists(folder) ? Directory.GetDirectories(folder) : [])
        {
            var name = Path.GetFileName(rowFolder);
            var cells = Directory.GetDirectories(rowFolder, "fold-*").Where(cell => File.Exists(Path.Combine(cell, CellResult.FileName)))
                .Select(cell => Cell(cell, name)).OrderBy(cell => cell.Facts.Fold).ToList();
            if (cells.Count > 0)
            {
                rows[name] = new SpeechRow(name, cells);
            }
        }

        return new SpeechRuns(rows);
    }

    /// <summary>The row, where at least one of its cells is finished.</summary>
    public SpeechRow? this[string name] => Rows.GetValueOrDefault(name);

    private static SpeechCell Cell(string folder, string row)
    {
        var facts = Path.Combine(folder, CellResult.FileName);
        CellResult cell;
        try
        {
            cell = JsonSerializer.Deserialize<CellResult>(File.ReadAllText(facts), Json)!;
        }
        catch (JsonException broken)
        {
            throw new CorpusException($"'{facts}' cannot be read: {broken.Message}");
        }

        if (cell.Row != row || Path.GetFileName(folder) != $"fold-{cell.Fold}")
        {
            throw new CorpusException($"'{folder}' says that it is row '{cell.Row}', fold {cell.Fold}: it lies in the wrong place.");
        }

        var answers = CellPosteriors.Read(Path.Combine(folder, CellPosteriors.FileName));
        return new SpeechCell(folder, cell, PooledAnswers.PartOf(answers, CellPosterior.Validation, cell.Fold),
            PooledAnswers.PartOf(answers, CellPosterior.Test, cell.Fold));
    }
}
