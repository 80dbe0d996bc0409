using System.Net;
using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.SystemBench;

namespace Emotion.SystemTests;

/// <summary>The films of <c>./emotion prove face-tracks</c> through the gateway, two video replicas and the models of this repository.</summary>
public sealed class FaceTracksTests(ITestOutputHelper output) : IAsyncLifetime
{
    private RunningSystem _system = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _system = await RunningSystem.StartAsync(Cancelled);

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task TwoFaces_WhoCrossHideAndLeave_KeepTheirNumbersOverSegments()
    {
        using var gateway = _system.Gateway();
        foreach (var film in TwoFaceFilm.All)
        {
            var found = await TracksAsync(gateway, await film.MakeAsync(RunningSystem.Repository, _system.Folder, Cancelled));

            var (idf1, switches) = (IdentityScore.Idf1(film.Truth, found), IdentityScore.Switches(film.Truth, found));
            output.WriteLine($"{film.Name}: IDF1 {idf1:0.000}, {switches} switches, {film.Truth.Count} true boxes, {found.Count} found");
            Assert.InRange(idf1, 0.9, 1);
            Assert.InRange(switches, 0, 1);
        }
    }

    private static async Task<List<IdentifiedBox>> TracksAsync(HttpClient gateway, FileInfo clip)
    {
        using var content = new StreamContent(clip.OpenRead());
        using var response = await gateway.PostAsync("/v1/analyses?wait=true", content, Cancelled);
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {body}");
        using var answer = JsonDocument.Parse(body);
        return [.. answer.RootElement.GetProperty("faces").EnumerateArray().SelectMany(face => face.GetProperty("boxes").EnumerateArray().Select(box =>
        {
            double Of(string name) => box.GetProperty(name).GetDouble();
            return TwoFaceFilm.Found(face.GetProperty("id").GetInt32(), Of("time"), Of("left"), Of("top"), Of("width"), Of("height"));
        }))];
    }
}
