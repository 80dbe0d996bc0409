using Emotion.Client;
using Emotion.Features.Faces;

namespace Emotion.SystemBench;

/// <summary>Who is who in the films of two faces, after segments, faces and tracks of a running system.</summary>
internal static class FaceTracks
{
    private const double Required = 0.9;

    public static async Task<int> RunAsync(Uri gateway, DirectoryInfo folder, FileInfo output, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        var (clips, lowest, models) = (new List<object>(), 1.0, (ModelVersions?)null);
        foreach (var film in TwoFaceFilm.All)
        {
            await using var content = (await film.MakeAsync(Environment.CurrentDirectory, folder.FullName, cancellationToken)).OpenRead();
            var analysis = (await client.AnalyzeAsync(content, null, cancellationToken)).Analysis;
            var found = analysis.Faces
                .SelectMany(face => face.Boxes.Select(box => TwoFaceFilm.Found(face.Id, box.Time, box.Left, box.Top, box.Width, box.Height)))
                .ToList();
            var idf1 = IdentityScore.Idf1(film.Truth, found);
            var switches = IdentityScore.Switches(film.Truth, found);
            Console.WriteLine(FormattableString.Invariant($"{film.Name}: IDF1 {idf1:0.000}, {switches} switches, {analysis.Faces.Count} tracks"));
            clips.Add(new
            {
                clip = film.Name,
                seconds = TwoFaceFilm.Seconds,
                people = TwoFaceFilm.People,
                tracks = analysis.Faces.Count,
                true_boxes = film.Truth.Count,
                found_boxes = found.Count,
                idf1 = Math.Round(idf1, 4),
                id_switches = switches,
            });
            (lowest, models) = (Math.Min(lowest, idf1), analysis.Models);
        }

        await RunRecord.WriteAsync(
            output, "./emotion prove face-tracks", new { n = clips.Count, idf1 = Math.Round(lowest, 4), clips, models }, cancellationToken);
        return lowest >= Required ? 0 : 1;
    }
}
