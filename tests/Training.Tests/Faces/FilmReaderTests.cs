using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;

namespace Emotion.Training.Tests.Faces;

/// <summary>Real films under the names of their corpora, to what the shipped face network says of them.</summary>
public sealed class FilmReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-films-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static FaceVideoRecipe Recipe => RecipeFile.Read<PairedStudySpec>("paired-study").FaceVideo;

    private DataRoot Data => new(_folder, Path.Combine(_folder, "cache"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("needs", "corpus")]
    public async Task ReadAsync_OfRealFilms_HasRavdessByNameAndCremaDToLearnFrom()
    {
        Put("ravdess-actor19-surprised.mp4", "ravdess-video/Actor_19/01-01-08-02-01-01-19.mp4");
        Put("crema-d-1001-angry.flv", "crema-d-video/1001_DFA_ANG_XX.flv");
        var said = new List<string>();

        var films = await FilmReader.ReadAsync(Data, Recipe, await PackageAsync(), said.Add, Token);

        var (name, faces) = Assert.Single(films.Performances);
        Assert.Equal(ActionUnits.FilmOf("03-01-08-02-01-01-19"), name);
        Assert.InRange(faces.Count, 8, 40);
        Assert.All(faces, face => Assert.Equal(512, face.Length));
        Assert.NotEqual(faces[0], faces[^1]);
        Assert.Equal(4, Assert.Single(films.Others).Label);
        Assert.Equal(["CREMA-D video", "RAVDESS video", "package video"], films.Digests.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("2 recordings with a face, 0 without, 0 that cannot be read", said[^1]);
    }

    [Fact]
    [Trait("needs", "corpus")]
    public async Task ReadAsync_WithoutFilmsOfRavdess_SaysWhatIsWanted()
    {
        Put("crema-d-1001-angry.flv", "crema-d-video/1001_DFA_ANG_XX.flv");
        var said = new List<string>();

        var missing = await Assert.ThrowsAsync<CorpusException>(async () => await FilmReader.ReadAsync(Data, Recipe, await PackageAsync(), said.Add, Token));

        Assert.Contains("01-01-*.mp4", missing.Message, StringComparison.Ordinal);
        Assert.Contains("ravdess-video' is not there", Assert.Single(said), StringComparison.Ordinal);
    }

    private static Task<ModelRegistry.Packages.ModelPackage> PackageAsync() =>
        PackageFolder.NewestAsync(Path.Combine(DataRoot.RepositoryRoot(), "models"), "video", Token);

    private void Put(string clip, string name)
    {
        var clips = Environment.GetEnvironmentVariable(DataRoot.ClipsVariable) ?? Path.Combine(DataRoot.RepositoryRoot(), "..", "shared", "clips");
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(Path.Combine(clips, clip), path);
    }
}
