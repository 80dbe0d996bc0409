using System.IO.Compression;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>Several clips at once, and what becomes of each.</summary>
public sealed class BatchTests(Browser browser, TestClips clips)
{
    [Fact]
    public async Task Clips_ChosenTogether_HaveAnAnswerOrAReasonEach()
    {
        var system = await FakeSystem.StartAsync();
        await using var window = await browser.OpenAsync(system);
        window.Expected.Add(415);
        await ChooseAsync(window, clips.SoundOnly(), clips.Write("letter.mp4", "This is no clip."), clips.Talk(6));
        await Expect(window.Page.Locator(".chosen")).ToContainTextAsync("3 clips");
        await window.PhotographAllAsync("batch-chosen");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse 3 clips" }).ClickAsync();

        var items = window.Page.Locator(".clips li");
        await Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "3 of 3 clips ended, 1 without an answer" })).ToBeVisibleAsync();
        await Expect(items.Locator("a")).ToHaveTextAsync(["sound.wav", "letter.mp4", "talk6.mp4"]);
        await Expect(items.Locator(".what")).ToHaveTextAsync([" Angry · 0:02", "unsupported container", " Happy (uncertain) · 0:06"], new() { UseInnerText = true });
        await Expect(items.Nth(1).Locator(".detail")).ToContainTextAsync("Send one of: mp4, mov, mkv");
        await window.PhotographAllAsync("batch-done");
        await window.Page.GetByLabel("Which clips are listed").SelectOptionAsync("failed");
        await Expect(items.Locator("a:visible")).ToHaveTextAsync(["letter.mp4"]);
        await window.Page.GetByLabel("Which clips are listed").SelectOptionAsync("all");

        await items.GetByRole(AriaRole.Link, new() { Name = "talk6.mp4" }).ClickAsync();
        await Expect(window.Headline).ToContainTextAsync("Happy");
        await Expect(window.Page.Locator("h1")).ToHaveTextAsync("talk6.mp4");
        await window.LoadedAsync(); // The clip is at hand.
        await window.Page.ReloadAsync();
        await Expect(window.Page.Locator("h1")).ToHaveTextAsync("talk6.mp4");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Batch: 3 clips" }).ClickAsync();
        await items.GetByRole(AriaRole.Link, new() { Name = "letter.mp4" }).ClickAsync();
        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToHaveAttributeAsync("data-reason", "unsupported-container");
    }

    [Fact]
    public async Task Zip_IsUnpackedListedAndDeleted()
    {
        var system = await FakeSystem.StartAsync();
        await using var window = await browser.OpenAsync(system);
        await ChooseAsync(window, Zip("clips.zip", clips.SoundOnly("one.wav"), clips.SoundOnly("two.wav")));
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clips of the zip" }).ClickAsync();
        await Expect(window.Page.Locator("#batch-title")).ToHaveTextAsync("2 of 2 clips ended");

        var download = await window.Page.RunAndWaitForDownloadAsync(() => window.Page.GetByRole(AriaRole.Button, new() { Name = "Table (CSV)" }).ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Equal("name,status,prediction,certainty,seconds,reason,detail,id", lines[0]);
        Assert.StartsWith("one.wav,done,angry,certain,2,,,", lines[1], StringComparison.Ordinal);
        await window.HomeAsync();
        var entry = window.Page.Locator(".history li");
        await Expect(entry).ToContainTextAsync("clips.zip");
        await Expect(entry).ToContainTextAsync("2 of 2 clips answered");
        await entry.GetByRole(AriaRole.Link).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Delete clips.zip" }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Delete clips.zip all for good?" }).ClickAsync();

        await Expect(entry).ToHaveTextAsync(["Nothing yet. What you have analysed in this tab is listed here."]);
        Assert.Empty((await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task Batch_UnderWay_ShowsHowFarItIsAndCanBeCancelled()
    {
        var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "1"));
        var calls = 0;
        system.Audio.Before = context => Interlocked.Increment(ref calls) == 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, context.CancellationToken);
        await using var window = await browser.OpenAsync(system);
        await ChooseAsync(window, clips.SoundOnly("one.wav"), clips.SoundOnly("two.wav"), clips.SoundOnly("three.wav"));
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse 3 clips" }).ClickAsync();
        await Expect(window.Page.Locator("#batch-title")).ToHaveTextAsync("1 of 3 clips ended");
        await Expect(window.Page.Locator(".clips .what")).ToHaveTextAsync(
            [new Regex("^ ?Angry · 0:02$"), new Regex("waits|is being analysed"), new Regex("waits|is being analysed")]);
        await window.PhotographAllAsync("batch-running");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel what has not ended" }).ClickAsync();

        await Expect(window.Page.Locator("#batch-title")).ToHaveTextAsync("3 of 3 clips ended, 2 without an answer");
        await Expect(window.Page.Locator(".clips .what")).ToHaveTextAsync([" Angry · 0:02", "cancelled", "cancelled"], new() { UseInnerText = true });
        await Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" })).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Clip_ThatServicesFailedOn_IsTriedAgain()
    {
        var system = await FakeSystem.StartAsync(("Gateway:Jobs:Attempts", "1"));
        system.Audio.Before = _ => throw new Grpc.Core.RpcException(new(Grpc.Core.StatusCode.Internal, "broken"));
        await using var window = await browser.OpenAsync(system);
        await ChooseAsync(window, clips.SoundOnly("one.wav"), clips.SoundOnly("two.wav"));
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse 2 clips" }).ClickAsync();
        await Expect(window.Page.Locator("#batch-title")).ToHaveTextAsync("2 of 2 clips ended, 2 without an answer");

        system.Audio.Before = null;
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Try two.wav again" }).ClickAsync();

        await Expect(window.Page.Locator("#batch-title")).ToHaveTextAsync("2 of 2 clips ended, 1 without an answer");
        await Expect(window.Page.Locator(".clips .what")).ToHaveTextAsync(["services failed", " Angry · 0:02"], new() { UseInnerText = true });
    }

    [Fact]
    public async Task Batch_NobodyKnows_SaysSo()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        window.Expected.Add(404);

        await window.Page.GotoAsync("/#/batches/" + new string('0', 32));

        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToHaveAttributeAsync("data-reason", "unknown-batch");
    }

    private static async Task ChooseAsync(PageWindow window, params string[] files) => await window.Page.Locator("#clip").SetInputFilesAsync(files);

    private string Zip(string name, params string[] files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files)
            {
                zip.CreateEntryFromFile(file, Path.GetFileName(file));
            }
        }

        return clips.Write(name, bytes.ToArray());
    }
}
