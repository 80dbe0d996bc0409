using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>What the page keeps when something around it fails, comes late, or goes another way.</summary>
public sealed class SteadinessTests(Browser browser, TestClips clips)
{
    [Fact]
    public async Task Delete_ThatFails_SaysSoAndKeepsTheEntry()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        window.Expected.Add(503);
        await window.AnalyseAsync(clips.SoundOnly());
        await window.HomeAsync();
        await window.Page.RouteAsync("**/v1/analyses/*", route => route.Request.Method == "DELETE"
            ? route.FulfillAsync(new() { Status = 503, ContentType = "application/problem+json", Body = """{"reason":"stopping","detail":"Not now."}""" })
            : route.ContinueAsync());
        var items = window.Page.Locator(".history li");
        await Expect(items).ToContainTextAsync("Angry");

        await items.GetByRole(AriaRole.Button).ClickAsync();
        await items.GetByRole(AriaRole.Button).ClickAsync();

        await Expect(items.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Not deleted: Not now.");
        await Expect(items.GetByRole(AriaRole.Link)).ToHaveTextAsync("sound.wav");
        await Expect(items.GetByRole(AriaRole.Button, new() { Name = "Delete sound.wav", Exact = true })).ToBeEnabledAsync();
    }

    [Fact]
    public async Task Session_ReadAgain_KeepsTheFocusAndGoesOnAfterAFailure()
    {
        var system = await FakeSystem.StartAsync();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        await using var window = await browser.OpenAsync(system);
        window.Expected.Add(503);
        await window.SendAsync(clips.SoundOnly());
        await Expect(window.Page.Locator(".stages")).ToContainTextAsync("Listening to the voice");
        await window.HomeAsync();
        var item = window.Page.Locator(".history li");
        await Expect(item).ToContainTextAsync("is being analysed");
        await item.GetByRole(AriaRole.Link).FocusAsync();

        await window.Page.RouteAsync("**/v1/analyses?*", route => route.FulfillAsync(
            new() { Status = 503, ContentType = "application/problem+json", Body = """{"reason":"stopping","detail":"Not now."}""" }));
        await Expect(window.Page.Locator(".history > [role=status]")).ToHaveTextAsync("Not now.");
        await window.Page.UnrouteAsync("**/v1/analyses?*");
        hold.SetResult();

        await Expect(item).ToContainTextAsync("Angry");
        await Expect(window.Page.Locator(".history > [role=status]")).ToBeEmptyAsync();
        await Expect(item.GetByRole(AriaRole.Link)).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Storage_Blocked_ThePageWorksWithout()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.Page.AddInitScriptAsync(
            "for (const name of ['localStorage', 'sessionStorage'])"
            + " Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError'); } });");
        await window.Page.ReloadAsync();

        await window.AnalyseAsync(clips.SoundOnly());
        await window.HomeAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Use dark colours" }).ClickAsync();

        await Expect(window.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Expect(window.Page.Locator(".history li")).ToContainTextAsync("sound.wav");
    }

    [Fact]
    public async Task Answer_ThatWasNotReached_IsAskedForAgainAndTheClipNotSentAgain()
    {
        var system = await FakeSystem.StartAsync();
        await using var window = await browser.OpenAsync(system);
        window.ExpectsNoAnswer = true;
        await window.AnalyseAsync(clips.SoundOnly());
        await window.HomeAsync();
        await window.Page.RouteAsync("**/v1/analyses/*", route => route.AbortAsync());
        await window.Page.Locator(".history a").ClickAsync();
        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToHaveAttributeAsync("data-reason", "unreachable");
        await window.Page.UnrouteAsync("**/v1/analyses/*");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();

        await Expect(window.Headline).ToContainTextAsync("Angry");
        Assert.Single((await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task Analysis_OpenedTwiceBeforeItIsFound_IsFollowedOnce()
    {
        var system = await FakeSystem.StartAsync();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        await using var window = await browser.OpenAsync(system);
        await window.SendAsync(clips.SoundOnly());
        await Expect(window.Page.Locator(".stages")).ToContainTextAsync("Listening to the voice");
        await window.HomeAsync();
        var (found, asked, followed) = (new TaskCompletionSource(), 0, 0);
        await window.Page.RouteAsync("**/v1/analyses/*", async route =>
        {
            Interlocked.Increment(ref asked);
            await found.Task;
            await route.ContinueAsync();
        });
        window.Page.Request += (_, request) => followed += request.Url.EndsWith("/events", StringComparison.Ordinal) ? 1 : 0;

        await window.Page.Locator(".history a").ClickAsync();
        await window.HomeAsync();
        await window.Page.Locator(".history a").ClickAsync();
        await FakeSystem.WaitUntilAsync(() => asked == 2);
        found.SetResult();
        await Expect(window.Page.Locator(".stages")).ToContainTextAsync("Listening to the voice");
        hold.SetResult();

        await Expect(window.Headline).ToContainTextAsync("Angry");
        Assert.Equal(1, followed);
    }

    [Fact]
    public async Task Clip_DroppedBesideItsPlace_DoesNotReplaceThePage()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());

        var left = await window.Page.EvaluateAsync<bool[]>(
            "() => ['dragover', 'drop'].map(name => { const data = new DataTransfer(); data.items.add(new File(['RIFF'], 'dropped.wav'));"
            + " return document.body.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true })); })");

        Assert.Equal([false, false], left);
    }

    [Fact]
    public async Task Start_OpenedInAnotherTab_KeepsWhatWasChosenInThisOne()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.Page.Locator(".brand").ClickAsync();
        await window.ChooseAsync(clips.SoundOnly());
        await Expect(window.Page.Locator(".chosen")).ToContainTextAsync("sound.wav");

        await window.Page.Locator(".brand").ClickAsync(new() { Modifiers = [KeyboardModifier.Control] });

        await Expect(window.Page.Locator(".chosen")).ToContainTextAsync("sound.wav");
    }
}
