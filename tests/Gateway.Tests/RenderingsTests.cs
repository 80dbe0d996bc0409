using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Emotion.Features;

namespace Emotion.Gateway.Tests;

/// <summary>An answer as table, subtitles and picture says what its JSON says.</summary>
public sealed class RenderingsTests(TestClips clips)
{
    private static readonly string[] Rows = ["fused", "audio", "video", "text"];

    [Fact]
    public async Task Csv_HasALineForEachWindowAndRow_WithTheAnswersOwnNumbers()
    {
        await using var system = await FakeSystem.StartAsync();
        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        var lines = (await TextAsync(system, answer, "windows.csv", "text/csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        string[] head = ["start", "end", "modality", "status", "prediction", .. EmotionLabels.Names, "contribution", "reason"];
        Assert.Equal(head, lines[0].Split(','));
        var windows = answer["windows"]!.AsArray();
        Assert.Equal(windows.Count * Rows.Length, lines.Length - 1);
        for (var i = 1; i < lines.Length; i++)
        {
            var (fields, window) = (lines[i].Split(','), windows[(i - 1) / Rows.Length]!);
            var row = window[fields[2]]!;
            Assert.Equal(Rows[(i - 1) % Rows.Length], fields[2]);
            Assert.Equal(window["end"]!.GetValue<double>(), double.Parse(fields[1], CultureInfo.InvariantCulture));
            Assert.Equal((row.Text("status"), row["prediction"]?.GetValue<string>() ?? ""), (fields[3], fields[4]));
            Assert.Equal(
                EmotionLabels.Names.Select(label => row["posterior"]?[label]?.GetValue<double>()),
                fields[5..13].Select(field => field.Length == 0 ? (double?)null : double.Parse(field, CultureInfo.InvariantCulture)));
        }
    }

    [Theory]
    [InlineData("emotions.srt", "application/x-subrip", ',')]
    [InlineData("emotions.vtt", "text/vtt", '.')]
    public async Task Subtitles_HaveACueForEachWindow_AndNoWordOfTheTranscript(string name, string type, char sign)
    {
        await using var system = await FakeSystem.StartAsync();
        var answer = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("transcript", "Secret words."), ("includeTranscript", "true")).AnswerAsync();
        Assert.NotNull(answer["transcript"]);

        var text = await TextAsync(system, answer, name, type);

        var first = answer["windows"]![0]!;
        var end = TimeSpan.FromSeconds(first["end"]!.GetValue<double>());
        Assert.Contains($"\n00:00:00{sign}000 --> {end:hh\\:mm\\:ss}{sign}{end.Milliseconds:000}\nfused: {first.Text("fused", "prediction")} ", "\n" + text, StringComparison.Ordinal);
        Assert.Equal(answer["windows"]!.AsArray().Count, text.Split(" --> ").Length - 1);
        Assert.Equal(name.EndsWith("vtt", StringComparison.Ordinal), text.StartsWith("WEBVTT\n\n", StringComparison.Ordinal));
        Assert.DoesNotContain("Secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Picture_StacksTheProbabilitiesOfEachWindow()
    {
        await using var system = await FakeSystem.StartAsync();
        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        var svg = XDocument.Parse(await TextAsync(system, answer, "timeline.svg", "image/svg+xml")).Root!;

        double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
        var bars = svg.Elements(svg.Name.Namespace + "rect").Where(bar => bar.Attribute("x") is not null && bar.Attribute("fill")!.Value != "none").ToList();
        var posterior = answer["windows"]![0]!["fused"]!["posterior"]!.AsObject().Select(pair => pair.Value!.GetValue<double>()).Where(share => share * 76 >= 0.2).ToList();
        Assert.Equal(posterior.Select(share => Math.Round(share * 76, 1)), bars.Take(posterior.Count).Select(bar => Math.Round(Number(bar, "height"), 1)));
        Assert.All(bars, bar => Assert.InRange(Number(bar, "y") + Number(bar, "height"), 0, Number(svg, "height")));
    }

    [Fact]
    public async Task Renderings_OfWhatIsNotThere_AreRefusedAsTheAnswerIs()
    {
        await using var system = await FakeSystem.StartAsync();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var running = (await (await system.Http.PostRawAsync(clips.Talk(), "")).JsonAsync()).Text("id");

        Assert.Equal((HttpStatusCode.Conflict, "not-ended"), await RefusedAsync(system, running));
        hold.SetResult();
        await system.Http.AskAsync($"/v1/analyses/{running}?wait=true").AnswerAsync();
        Assert.Equal(HttpStatusCode.OK, (await system.Http.AskAsync($"/v1/analyses/{running}/timeline.svg")).StatusCode);
        var broken = (await (await system.Http.PostRawAsync(clips.SubtitlesOnly(), "")).JsonAsync()).Text("id");
        await system.Http.AskAsync($"/v1/analyses/{broken}?wait=true").ProblemAsync();
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "neither-sound-nor-picture"), await RefusedAsync(system, broken));
        Assert.Equal((HttpStatusCode.NotFound, "unknown-analysis"), await RefusedAsync(system, "nobody"));
    }

    [Fact]
    public async Task Document_TellsTheContentTypeOfEachRendering()
    {
        await using var system = await FakeSystem.StartAsync();

        var paths = (await system.Http.AskAsync("/openapi/v1.json").AnswerAsync())["paths"]!;

        foreach (var (name, type) in new[] { ("windows.csv", "text/csv"), ("emotions.srt", "application/x-subrip"), ("emotions.vtt", "text/vtt"), ("timeline.svg", "image/svg+xml") })
        {
            Assert.Equal([type], paths[$"/v1/analyses/{{id}}/{name}"]!["get"]!["responses"]!["200"]!["content"]!.AsObject().Select(content => content.Key));
        }
    }

    private static async Task<(HttpStatusCode Status, string Reason)> RefusedAsync(FakeSystem system, string id)
    {
        var (response, reason) = await system.Http.AskAsync($"/v1/analyses/{id}/windows.csv").ProblemAsync();
        return (response.StatusCode, reason);
    }

    private static async Task<string> TextAsync(FakeSystem system, JsonNode answer, string name, string type)
    {
        using var response = await system.Http.AskAsync($"/v1/analyses/{answer.Text("id")}/{name}");
        Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
