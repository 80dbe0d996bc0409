using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>What goes wrong, what is kept, how it looks elsewhere, and how it is served.</summary>
public sealed class FrameTests(Browser browser, TestClips clips)
{
    [Fact]
    public async Task NoClip_IsRefusedInSentencesWithWhatToDo()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        window.Expected.Add(415);

        await window.SendAsync(clips.Write("letter.mp4", "This is not a clip at all, whatever its name says."));

        var problem = window.Page.GetByRole(AriaRole.Alert);
        await Expect(problem).ToHaveAttributeAsync("data-reason", "unsupported-container");
        await Expect(problem).ToContainTextAsync("Send one of: mp4, mov, mkv");
        await Expect(problem.GetByRole(AriaRole.Button)).ToHaveCountAsync(0); // Another try would end the same way.
        await window.PhotographAsync("problem-light");
        await problem.GetByRole(AriaRole.Link, new() { Name = "Choose another clip" }).ClickAsync();
        await window.SendAsync(clips.Write("letter.mp4", "Nor is this one, and its address is the start's already."));
        await problem.GetByRole(AriaRole.Link, new() { Name = "Choose another clip" }).ClickAsync();
        await Expect(window.Page.Locator("#clip")).ToBeAttachedAsync();
    }

    [Fact]
    public async Task Clip_ThatTurnsOutToBeNone_IsToldWhenItIsLookedAt()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        window.Expected.Add(422);

        await window.SendAsync(clips.SubtitlesOnly());

        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToHaveAttributeAsync("data-reason", "neither-sound-nor-picture");
        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(new Regex("Trace id [0-9a-f]{32}"));
    }

    [Fact]
    public async Task Services_ThatFail_CanBeTriedAgain()
    {
        var system = await FakeSystem.StartAsync();
        system.Audio.Before = _ => throw new Grpc.Core.RpcException(new(Grpc.Core.StatusCode.Internal, "broken"));
        await using var window = await browser.OpenAsync(system);
        window.Expected.Add(503);
        await window.SendAsync(clips.SoundOnly());
        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToHaveAttributeAsync("data-reason", "services-failed");

        system.Audio.Before = null;
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();

        await Expect(window.Headline).ToContainTextAsync("Angry");
    }

    [Fact]
    public async Task Upload_OverASlowLine_CountsWhatHasLeftAndCanBeCancelled()
    {
        var system = await FakeSystem.StartAsync();
        await using var window = await browser.OpenAsync(system);
        var line = await window.Page.Context.NewCDPSessionAsync(window.Page);
        await line.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
        {
            ["offline"] = false, ["latency"] = 0, ["downloadThroughput"] = -1, ["uploadThroughput"] = 20_000, // So that it is not over before a busy machine has looked.
        });
        await window.SendAsync(clips.Talk(30));

        await window.Page.WaitForFunctionAsync("() => { const bar = document.querySelector('.stages progress'); return bar && bar.value > 0.02 && bar.value < 1; }");
        await Expect(window.Page.Locator(".stages .fact")).ToHaveTextAsync(new Regex("^[0-9]+ %$"));
        await window.PhotographAsync("upload-light");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await Expect(window.Page.Locator("#clip")).ToBeAttachedAsync();
        await FakeSystem.WaitUntilAsync(() => !system.LeftOnDisk.Any());
        Assert.Empty((await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task Camera_WhereThereIsNone_IsReplacedByAWord()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.Page.AddInitScriptAsync("delete window.MediaRecorder");

        await window.Page.ReloadAsync();

        await Expect(window.Page.Locator(".drop")).ToContainTextAsync("This browser cannot record here.");
        await Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Record from the camera" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Clip_Dropped_IsChosen()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());

        await window.Page.EvaluateAsync(
            "() => { const data = new DataTransfer(); data.items.add(new File(['RIFF'], 'dropped.wav'));"
            + " document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })); }");

        await Expect(window.Page.Locator(".chosen")).ToContainTextAsync("dropped.wav");
        await Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Cancel_WhileItRuns_EndsTheAnalysis()
    {
        var system = await FakeSystem.StartAsync();
        system.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        await using var window = await browser.OpenAsync(system);
        await window.SendAsync(clips.Talk());
        await Expect(window.Page.Locator(".stages")).ToContainTextAsync("Listening to the voice");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToHaveAttributeAsync("data-reason", "cancelled");
        await FakeSystem.WaitUntilAsync(() => !system.LeftOnDisk.Any());
    }

    [Fact]
    public async Task Events_ThatAreRefused_AreReplacedByAsking()
    {
        var system = await FakeSystem.StartAsync(("Gateway:Followers", "1"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        using var accepted = await system.Http.PostFormAsync(clips.Talk(), query: "");
        using var follower = await system.Http.GetAsync(
            accepted.Headers.Location + "/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var window = await browser.OpenAsync(system);
        window.Expected.Add(503);
        await window.Page.RunAndWaitForResponseAsync(
            () => window.SendAsync(clips.SoundOnly()),
            response => response.Url.EndsWith("/events", StringComparison.Ordinal) && response.Status == 503);

        hold.SetResult();

        await Expect(window.Headline).ToContainTextAsync("Angry");
        await Expect(window.Page.Locator("[data-modality=video]")).ToContainTextAsync("The clip has no picture track.");
        await window.PhotographAsync("sound-only");
    }

    [Fact]
    public async Task Session_ListsWhatWasAnalysedAndDeletesIt()
    {
        var system = await FakeSystem.StartAsync();
        await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync(); // Somebody else's.
        await using var window = await browser.OpenAsync(system);
        await window.AnalyseAsync(clips.Talk());
        var id = window.Page.Url.Split('/')[^1];

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "New analysis" }).ClickAsync();
        var items = window.Page.Locator(".history li");
        await Expect(items).ToHaveCountAsync(1);
        await Expect(items).ToContainTextAsync("talk3.mp4");
        await Expect(items).ToContainTextAsync("Happy (uncertain)");
        await window.PhotographAsync("session-light");
        await items.GetByRole(AriaRole.Button, new() { Name = "Delete talk3.mp4" }).ClickAsync();
        await items.GetByRole(AriaRole.Button, new() { Name = "Delete talk3.mp4 for good?" }).ClickAsync();

        await Expect(items).ToHaveTextAsync(["Nothing yet. What you have analysed in this tab is listed here."]);
        Assert.Equal("unknown-analysis", (await system.Http.AskAsync("/v1/analyses/" + id).ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Phone_360PixelsWide_NeedsNoScrollingSideways()
    {
        await using var window = await browser.OpenAsync(
            await FakeSystem.StartAsync(), new() { ViewportSize = new() { Width = 360, Height = 740 }, HasTouch = true, IsMobile = true, DeviceScaleFactor = 2 });
        async Task<int> WidthAsync() => await window.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth");

        await window.PhotographAsync("start-phone");
        Assert.Equal(360, await WidthAsync());
        await window.AnalyseAsync(clips.Talk(10));
        await Expect(window.Timeline.Locator("svg")).ToBeVisibleAsync();
        await window.Page.GetByText("The same as a table").ClickAsync();
        Assert.Equal(360, await WidthAsync());
        await window.PhotographAsync("answer-phone");
    }

    [Fact]
    public async Task Theme_FollowsTheSystemUntilItIsChosen()
    {
        await using var window = await browser.OpenAsync(
            await FakeSystem.StartAsync(), new() { ColorScheme = ColorScheme.Dark, ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1280, Height = 900 } });
        var root = window.Page.Locator("html");
        await Expect(root).ToHaveAttributeAsync("data-theme", "dark");
        await window.PhotographAsync("start-dark");
        await window.AnalyseAsync(clips.Talk(10));
        await Expect(window.Page.Locator(".face")).ToHaveCountAsync(1);
        await window.PhotographAsync("answer-dark");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Use light colours" }).ClickAsync();
        await window.Page.ReloadAsync();

        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
    }

    [Fact]
    public async Task Start_ForABrowser_ComesWithStrictHeaders()
    {
        await using var system = await FakeSystem.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html");

        using var page = await system.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("default-src 'self';", Assert.Single(page.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(page.Headers.CacheControl?.NoCache);
        Assert.DoesNotMatch("<script>|<style|style=|https?://", html);
        var assets = Regex.Matches(html, "\"(/assets/[^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(2, assets.Count);
        Assert.All(assets, asset => Assert.Matches(@"^/assets/index-[\w-]{8}\.(js|css)$", asset));
        using var script = await system.Http.AskAsync(assets.Single(asset => asset.EndsWith(".js", StringComparison.Ordinal)));
        Assert.Contains("immutable", script.Headers.CacheControl!.ToString());
        Assert.Equal("text/javascript", script.Content.Headers.ContentType?.MediaType);
        using var again = new HttpRequestMessage(HttpMethod.Get, script.RequestMessage!.RequestUri);
        again.Headers.IfNoneMatch.Add(script.Headers.ETag!);
        using var unchanged = await system.Http.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task Start_ForAProgram_SaysWhereThingsAre()
    {
        await using var system = await FakeSystem.StartAsync();

        var places = await system.Http.AskAsync("/").AnswerAsync();

        Assert.Equal(("/v1/analyses", "/openapi/v1.json"), (places.Text("analyses"), places.Text("description")));
        Assert.Equal(HttpStatusCode.NotFound, (await system.Http.AskAsync("/assets/..%2findex.html")).StatusCode);
    }
}
