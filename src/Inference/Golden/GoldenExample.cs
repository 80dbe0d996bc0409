using System.Text.Json;
using Emotion.Inference.Hosting;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Golden;

/// <summary>
/// The golden example of a package, <c>golden.json</c>: synthetic inputs as numbers, and what front end and graphs made of them
/// where the package was built. A host runs it before it serves the package; that is the warm-up, too.
/// </summary>
/// <example><code>
/// { "schema": 1,
///   "inputs": { "pcm": [ 0, 311, 602, … ] },
///   "expected": {
///     "posterior": { "length": 8, "sample": [ 0.12, … ], "norm": 0.41, "tolerance": 0.001 },
///     "embedding": { "length": 512, "sample": [ 16 numbers ], "norm": 13.2, "tolerance": 0.01 } } }
/// </code></example>
public sealed record GoldenExample
{
    public const string FileName = "golden.json";
    public const int CurrentSchema = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    public int Schema { get; init; } = CurrentSchema;

    public required GoldenInputs Inputs { get; init; }

    public required IReadOnlyDictionary<string, GoldenOutput> Expected { get; init; }

    /// <summary>
    /// Loads a package, runs synthetic inputs through it and writes <c>golden.json</c> into its folder. The package is to be sealed
    /// again afterwards, since it has one more file.
    /// </summary>
    public static async Task WriteAsync<TModel>(ModelPackage package, ModelRuntime runtime, CancellationToken cancellationToken)
        where TModel : class, IServableModel<TModel>
    {
        await using var model = TModel.Load(package, runtime);
        var inputs = TModel.SynthesiseGolden(model);
        var outputs = await model.RunGoldenAsync(inputs, cancellationToken);
        var example = new GoldenExample
        {
            Inputs = inputs,
            Expected = outputs.ToDictionary(output => output.Key, output => GoldenOutput.Of(output.Value)),
        };
        await File.WriteAllBytesAsync(
            Path.Combine(package.Directory, FileName), JsonSerializer.SerializeToUtf8Bytes(example, Json), cancellationToken);
    }

    /// <summary>Runs the package's own golden example through the loaded model.</summary>
    /// <exception cref="UnservablePackageException">There is none, or it comes out otherwise; says where and by how much.</exception>
    public static async Task VerifyAsync<TModel>(TModel model, CancellationToken cancellationToken)
        where TModel : class, IServableModel<TModel>
    {
        var (name, version) = (model.Package.Name, model.Package.Version);
        var example = await ReadAsync(model.Package, cancellationToken);
        var outputs = await model.RunGoldenAsync(example.Inputs, cancellationToken);
        if (example.Expected.Count == 0)
        {
            throw new UnservablePackageException($"{name}/{version}: the golden example expects nothing, so it proves nothing.");
        }

        foreach (var (output, expected) in example.Expected)
        {
            if (!outputs.TryGetValue(output, out var actual))
            {
                throw new UnservablePackageException($"{name}/{version}: the golden example expects '{output}', which this model does not give.");
            }

            if (expected.Difference(actual) is { } difference)
            {
                throw new UnservablePackageException($"{name}/{version}: golden example, {output}: {difference}.");
            }
        }
    }

    internal static async Task<GoldenExample> ReadAsync(ModelPackage package, CancellationToken cancellationToken)
    {
        if (!package.Manifest.Files.ContainsKey(FileName))
        {
            throw new UnservablePackageException($"{package.Name}/{package.Version} has no {FileName}: it cannot be checked, so it is not served.");
        }

        try
        {
            await using var file = File.OpenRead(package.PathOf(FileName));
            var example = await JsonSerializer.DeserializeAsync<GoldenExample>(file, Json, cancellationToken);
            return example is { Schema: CurrentSchema }
                ? example
                : throw new UnservablePackageException(
                    $"{package.Name}/{package.Version}: golden example of schema {example?.Schema}; this build reads {CurrentSchema}.");
        }
        catch (JsonException broken)
        {
            throw new UnservablePackageException($"{package.Name}/{package.Version}: {FileName} cannot be read: {broken.Message}", broken);
        }
    }
}

/// <summary>An expected output: some of its numbers, and the Euclidean norm that stands for all.</summary>
/// <param name="Sample">At most 16 numbers, evenly spaced, the first among them.</param>
/// <param name="Tolerance">
/// Largest absolute difference of a number. If none of n numbers differs by more, norms differ by at most tolerance * sqrt(n).
/// </param>
public sealed record GoldenOutput(int Length, IReadOnlyList<float> Sample, float Norm, float Tolerance)
{
    private const int MaxSample = 16;

    /// <summary>
    /// The tolerance is a thousandth of the largest number, at least 0.001: processors differ in the last bits of every sum, and
    /// GPUs round products to 10 bits, while a wrong front end or weight differs in the first digit.
    /// </summary>
    public static GoldenOutput Of(float[] values)
    {
        var count = Math.Min(values.Length, MaxSample);
        return new GoldenOutput(
            values.Length,
            [.. Enumerable.Range(0, count).Select(i => values[Place(i, count, values.Length)])],
            NormOf(values),
            1e-3f * Math.Max(1, values.Max(Math.Abs)));
    }

    /// <summary>Null when <paramref name="actual"/> agrees; otherwise where it does not.</summary>
    public string? Difference(IReadOnlyList<float> actual)
    {
        if (actual.Count != Length)
        {
            return $"{actual.Count} numbers instead of {Length}";
        }

        for (var i = 0; i < Sample.Count; i++)
        {
            var place = Place(i, Sample.Count, Length);
            // Written so that NaN fails.
            if (!(Math.Abs(actual[place] - Sample[i]) <= Tolerance))
            {
                return $"number {place} is {actual[place]} instead of {Sample[i]} (tolerance {Tolerance})";
            }
        }

        var norm = NormOf(actual);
        return Math.Abs(norm - Norm) <= Tolerance * Math.Sqrt(Length) ? null : $"norm is {norm} instead of {Norm} (tolerance {Tolerance} a number)";
    }

    private static int Place(int index, int count, int length) => (int)((long)index * length / count);

    private static float NormOf(IReadOnlyList<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        return (float)Math.Sqrt(sum);
    }
}
