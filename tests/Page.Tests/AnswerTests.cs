using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>From a clip to its answer, and what can be done with it.</summary>
public sealed class AnswerTests(Browser browser, TestClips clips)
{
    [Fact]
    public async Task Clip_ChosenAndSent_ShowsHowFarItIsAndThenItsAnswer()
    {
        var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "2"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        await using var window = await browser.OpenAsync(system);
        await window.PhotographAsync("start-light");

        await window.SendAsync(clips.Talk(10));

        await Expect(window.Page.Locator(".stages [data-state=running]")).ToHaveTextAsync(["Listening to the voice"]);
        await Expect(window.Page.Locator(".stages [data-state=ended]").Filter(new() { HasText = "Looking for faces" })).ToBeVisibleAsync();
        await window.PhotographAsync("progress-light");
        hold.SetResult();
        await Expect(window.Headline).ToContainTextAsync("Happy35 %");
        await Expect(window.Page.Locator(".answer .chip")).ToHaveTextAsync("Uncertain");
        await Expect(window.Page.Locator("[data-modality=audio] .prediction")).ToContainTextAsync("Angry65 %");
        await Expect(window.Page.Locator("[data-modality=video] .prediction")).ToContainTextAsync("Happy65 %");
        await Expect(window.Page.Locator("[data-modality=text]")).ToContainTextAsync("The clip came without a transcript.");
        await Expect(window.Page.Locator(".decided")).ToContainTextAsync("Voice and face about alike");
        await Expect(window.Page.Locator(".facts")).ToContainTextAsync(FakeAnswers.Release);
        await Expect(window.Page.Locator(".timeline g[data-status]")).ToHaveCountAsync(4 * 3);
        await Expect(window.Page.Locator(".face[data-face='1']")).ToHaveCountAsync(1);
        await Expect(window.Page.Locator("header .notice")).ToHaveTextAsync("An estimate of expressed emotion, not of inner state.");
        await window.PhotographAsync("answer-light");
    }

    [Fact]
    public async Task Timeline_Clicked_SeeksTheClip()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.AnalyseAsync(clips.Talk(10));
        await Expect(window.Timeline.Locator("svg")).ToBeVisibleAsync();
        await window.LoadedAsync();
        var box = (await window.Timeline.BoundingBoxAsync())!;

        await window.Page.Mouse.ClickAsync(box.X + 54 + (box.Width - 54) / 2, box.Y + 30);

        await Expect(window.Timeline).ToHaveAttributeAsync("aria-valuetext", "0:05.0, happy 35 %");
        Assert.Equal(5.0, await window.PlayedAsync(), 0.1);
        await Expect(window.Page.Locator(".readout dd").First).ToHaveTextAsync("0:04 to 0:08");
    }

    [Fact]
    public async Task Timeline_MovedBeforeThereIsAClip_StaysAndTheClipGoesThere()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.AnalyseAsync(clips.Talk(10));
        await window.Page.ReloadAsync();
        await window.Timeline.PressAsync("End");

        await window.Page.Locator("#attach").SetInputFilesAsync(clips.Talk(10));

        await window.Page.WaitForFunctionAsync("() => Math.abs(document.querySelector('video').currentTime - 8) < 0.1");
        await Expect(window.Timeline).ToHaveAttributeAsync("aria-valuenow", "8.0");
    }

    [Fact]
    public async Task Clip_Played_MovesTheTimeline()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.AnalyseAsync(clips.Talk(3));
        await window.LoadedAsync();

        await window.Timeline.FocusAsync();
        await window.Page.Keyboard.PressAsync(" ");

        await window.Page.WaitForFunctionAsync("() => Number(document.querySelector('[role=slider]').getAttribute('aria-valuenow')) > 1");
    }

    [Fact]
    public async Task Keyboard_Alone_SendsAClipAndGoesThroughTheAnswer()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.ChooseAsync(clips.Talk(10));

        await window.Page.Keyboard.PressAsync("Enter"); // Who has chosen a clip stands on the button that sends it.
        await window.Headline.WaitForAsync();
        await window.LoadedAsync();
        var stops = new List<string>();
        while (!stops.Contains("slider") && stops.Count < 40)
        {
            await window.Page.Keyboard.PressAsync("Tab");
            stops.Add(await window.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('role') ?? document.activeElement.tagName"));
            Assert.NotEqual("none", await window.Page.EvaluateAsync<string>("() => document.activeElement.tagName === 'VIDEO' ? 'own' : getComputedStyle(document.activeElement).outlineStyle"));
        }

        await window.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(window.Timeline).ToHaveAttributeAsync("aria-valuenow", "4.0");
        await window.Page.Keyboard.PressAsync("End");
        await Expect(window.Timeline).ToHaveAttributeAsync("aria-valuenow", "8.0");
        await window.Page.Keyboard.PressAsync("Home");
        await Expect(window.Timeline).ToHaveAttributeAsync("aria-valuenow", "0.0");
    }

    [Fact]
    public async Task Transcript_BroughtAlongAndAskedFor_IsShownAndSeeks()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.ChooseAsync(clips.Talk(10));
        await window.OpenOptionsAsync();
        await window.Page.Locator("#words-file").SetInputFilesAsync(clips.Write("said.srt", "1\n00:00:02,000 --> 00:00:05,000\ntears & joy > 1\n"));
        await window.Page.GetByLabel("Language that is spoken").SelectOptionAsync("en-GB");
        await window.Page.GetByLabel("Show the transcript with the answer").CheckAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();

        await Expect(window.Page.Locator(".transcript li span")).ToHaveTextAsync("tears & joy > 1");
        await window.LoadedAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Go to 0:02" }).ClickAsync();

        await Expect(window.Timeline).ToHaveAttributeAsync("aria-valuenow", "2.0");
    }

    [Fact]
    public async Task Downloads_OfEachKind_HoldTheAnswer()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.AnalyseAsync(clips.Talk(10));

        var json = await DownloadAsync(window, "JSON", "talk10.emotion.json");
        var csv = await DownloadAsync(window, "CSV", "talk10.emotion.csv");
        var vtt = await DownloadAsync(window, "WebVTT", "talk10.emotion.vtt");
        var picture = await DownloadAsync(window, "Timeline (SVG)", "talk10.emotion.svg");

        Assert.Equal("angry", System.Text.Json.Nodes.JsonNode.Parse(json)!.Text("modalities", "audio", "prediction"));
        var lines = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + 3 * 4, lines.Length);
        Assert.Equal("start,end,modality,status,prediction,neutral,calm,happy,sad,angry,fearful,disgust,surprised,contribution,reason", lines[0]);
        Assert.StartsWith("0,4,audio,used,angry,0.05,0.05,0.05,0.05,0.65,0.05,0.05,0.05,0.1,", lines[2]);
        Assert.StartsWith("WEBVTT\n\nNOTE ", vtt);
        Assert.Contains("\n2\n00:00:04.000 --> 00:00:08.000\nFused: ", vtt);
        var drawing = System.Xml.Linq.XDocument.Parse(picture).Root!;
        Assert.Equal(3 * 4, drawing.Descendants().Count(element => element.Attribute("data-status") is not null));
        Assert.Equal(8, drawing.Descendants().Count(element => element.Name.LocalName == "pattern"));
    }

    [Fact]
    public async Task Reload_AtAnAnswer_ShowsItAndAsksForTheClip()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.AnalyseAsync(clips.Talk(10));

        await window.Page.ReloadAsync();

        await Expect(window.Headline).ToContainTextAsync("Happy");
        await Expect(window.Page.Locator("h1")).ToHaveTextAsync("talk10.mp4");
        await Expect(window.Page.Locator(".absent")).ToContainTextAsync("The gateway does not keep clips.");
        await window.Page.Locator("#attach").SetInputFilesAsync(clips.Talk(10));
        await Expect(window.Page.Locator(".face[data-face='1']")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task TwoFaces_AreDrawnWithTheirNumbersAndTheFusedOneIsTold()
    {
        var system = await FakeSystem.StartAsync();
        foreach (var replica in system.Video)
        {
            replica.Faces = 2;
        }

        await using var window = await browser.OpenAsync(system);
        await window.AnalyseAsync(clips.Talk(6));

        await Expect(window.Page.Locator(".face text")).ToHaveTextAsync(["1 · Happy 65 %", "2 · Sad 65 %"]);
        await Expect(window.Page.Locator(".faces li").Filter(new() { HasText = "Face 2" })).ToContainTextAsync("In the fused answer");
        await window.PhotographAsync("two-faces");
    }

    [Fact]
    public async Task Camera_RecordedClip_IsAnalysed()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Record from the camera" }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Start recording" }).ClickAsync();
        await Expect(window.Page.Locator(".clock")).ToHaveTextAsync(new Regex(@"^0:(0[2-9]|[1-5]\d)$"));

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Stop and use it" }).ClickAsync();
        await Expect(window.Page.Locator(".chosen")).ToContainTextAsync("Recording");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();

        await window.Headline.WaitForAsync();
        await Expect(window.Page.Locator(".facts")).ToContainTextAsync("sound and picture");
        Assert.True(await window.Page.Locator("video").EvaluateAsync<bool>("video => video.videoWidth > 0"));
    }

    [Fact]
    public async Task Camera_ThatGoesAwayWhileItRecords_LeavesWhatWasRecorded()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.Page.EvaluateAsync(
            "() => { const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
            + " navigator.mediaDevices.getUserMedia = async wanted => (window.camera = await ask(wanted)); }");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Record from the camera" }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Start recording" }).ClickAsync();
        await Expect(window.Page.Locator(".clock")).ToHaveTextAsync(new Regex(@"^0:(0[1-9]|[1-5]\d)$"));

        await window.Page.EvaluateAsync("() => window.camera.getTracks().forEach(track => track.stop())");

        await Expect(window.Page.Locator(".chosen")).ToContainTextAsync("Recording");
        await Expect(window.Page.Locator(".recorder")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task DecidingWindows_AreToldAndMarkedOnTheTimeline()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.AnalyseAsync(clips.Talk(10));
        await window.LoadedAsync();

        await Expect(window.Page.Locator(".moments")).ToHaveTextAsync("Most of it at 0:00 to 0:04: without, happy would be 20 points less probable, and angry the answer.");
        await Expect(window.Timeline.Locator(".deciding")).ToHaveCountAsync(1);
        await Expect(window.Page.Locator(".legend")).ToContainTextAsync("Decided about the whole clip");
        await Expect(window.Page.Locator(".readout dt").First).ToHaveTextAsync("Window that decided");
        await window.PhotographAsync("deciding");

        await window.Timeline.FocusAsync();
        await window.Page.Keyboard.PressAsync("End");

        await Expect(window.Page.Locator(".readout dt").First).ToHaveTextAsync("Window");
        await window.Page.GetByText("The same as a table").ClickAsync();
        await Expect(window.Page.Locator("tbody td:last-child")).ToHaveTextAsync(["+20.0 points, decided", "−10.0 points", "−10.0 points"]);
    }

    [Fact]
    public async Task Fallback_IsMarkedAndItsReasonTold()
    {
        var system = await FakeSystem.StartAsync();
        system.Fusion.Mismatch = "Window 0: the feature map of audio/one does not fit fusion/f, which was trained on audio/other.";
        await using var window = await browser.OpenAsync(system);
        await window.AnalyseAsync(clips.Talk());

        await Expect(window.Page.Locator(".answer .chip")).ToHaveTextAsync(["Uncertain", "Fallback"]);
        await Expect(window.Page.Locator(".answer")).ToContainTextAsync("which was trained on audio/other. This is the product of what the modalities find by themselves.");
        await Expect(window.Page.Locator(".moments")).ToHaveCountAsync(0);
        await window.PhotographAsync("fallback");
    }

    [Theory]
    [InlineData(true, "Voice and face about alike", 1, 0)]
    [InlineData(false, "Voice and face about alike", 0, 1)]
    public async Task Words_AreSaidToStandBesideOnlyWhereFusionDoesNotKnowThem(bool known, string verdict, int disagreements, int beside)
    {
        var system = await FakeSystem.StartAsync();
        system.Fusion.KnowsText = known;
        await system.ReadTextAsync();
        await using var window = await browser.OpenAsync(system);
        await window.ChooseAsync(clips.Talk());
        await window.OpenOptionsAsync();
        await window.Page.GetByLabel("Transcript", new() { Exact = true }).FillAsync("joy");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();

        await Expect(window.Page.Locator("[data-modality=text] .prediction")).ToContainTextAsync("Happy70 %");
        await Expect(window.Page.GetByText("Stands beside the fused answer")).ToHaveCountAsync(beside);
        await Expect(window.Page.Locator(".answer").GetByText("disagree")).ToHaveCountAsync(disagreements);
        await Expect(window.Page.Locator(".decided")).ToContainTextAsync(verdict);
        await Expect(window.Page.Locator(".decided li")).ToHaveCountAsync(known ? 3 : 2);
    }

    private static async Task<string> DownloadAsync(PageWindow window, string button, string name)
    {
        var download = await window.Page.RunAndWaitForDownloadAsync(() => window.Page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync());
        Assert.Equal(name, download.SuggestedFilename);
        return await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
    }
}
