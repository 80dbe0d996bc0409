using Emotion.Gateway.Tests.Callbacks;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>What can be asked of an answer beside the clip, and what comes with it.</summary>
public sealed class AskedTests(Browser browser, TestClips clips)
{
    [Fact]
    public async Task Options_Chosen_AreHeld()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.ChooseAsync(clips.Talk());
        await window.OpenOptionsAsync();
        await window.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Face" }).UncheckAsync();
        await window.Page.GetByLabel("Over time").UncheckAsync();
        await window.Page.GetByLabel("Faces at most").FillAsync("2");
        await window.Page.GetByLabel("Release of models").SelectOptionAsync(FakeAnswers.Release);
        await window.PhotographAllAsync("options");
        var request = await window.Page.RunAndWaitForRequestAsync(
            () => window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync(),
            request => request.Method == "POST" && request.Url.EndsWith("/v1/analyses", StringComparison.Ordinal));

        await Expect(window.Headline).ToContainTextAsync("Angry");
        await Expect(window.Page.Locator("[data-modality=video] .chip")).ToHaveTextAsync("Not asked for");
        await Expect(window.Page.Locator("[data-modality=audio] .prediction")).ToContainTextAsync("Angry65 %");
        await Expect(window.Timeline).ToHaveCountAsync(0);
        await Expect(window.Page.Locator(".downloads button")).ToHaveTextAsync(["JSON"]);
        await window.PhotographAsync("not-over-time");
        Assert.Equal(32, (await request.HeaderValueAsync("Idempotency-Key"))!.Length);
    }

    [Fact]
    public async Task Options_WithNothingToLookAt_AreNotSentAndShown()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.ChooseAsync(clips.SoundOnly());
        await window.OpenOptionsAsync();
        foreach (var name in (string[])["Voice", "Face", "Words"])
        {
            await window.Page.GetByRole(AriaRole.Checkbox, new() { Name = name, Exact = true }).UncheckAsync();
        }

        await window.OpenOptionsAsync(); // That is, closed.
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();

        var box = window.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Voice", Exact = true });
        await Expect(box).ToBeVisibleAsync();
        Assert.Contains("at least one", await box.EvaluateAsync<string>("box => box.validationMessage"), StringComparison.Ordinal);
        await box.CheckAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();
        await Expect(window.Headline).ToContainTextAsync("Angry");
    }

    [Fact]
    public async Task Overlay_AskedFor_IsOfferedAndPlayedWhereTheClipIsNotAtHand()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.ChooseAsync(clips.Talk(10));
        await window.Page.GetByLabel("Draw the answer on the clip").CheckAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();
        await window.LoadedAsync();
        await Expect(window.Page.Locator(".face")).ToHaveCountAsync(1); // The clip itself, with the page's own boxes.

        var download = await window.Page.RunAndWaitForDownloadAsync(() => window.Page.GetByRole(AriaRole.Link, new() { Name = "Clip with the answer (mp4)" }).ClickAsync());
        await window.Page.ReloadAsync();
        await window.LoadedAsync();
        await window.Timeline.FocusAsync();
        await window.Page.Keyboard.PressAsync("ArrowRight");

        Assert.Equal("talk10.emotion.mp4", download.SuggestedFilename);
        Assert.Equal("ftyp", System.Text.Encoding.ASCII.GetString((await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken))[4..8]));
        Assert.EndsWith("/overlay.mp4", await window.Page.Locator("video").GetAttributeAsync("src"), StringComparison.Ordinal);
        await window.Page.WaitForFunctionAsync("() => Math.abs(document.querySelector('video').currentTime - 4) < 0.1");
        await Expect(window.Timeline).ToHaveAttributeAsync("aria-valuenow", "4.0");
        await Expect(window.Page.Locator(".face")).ToHaveCountAsync(0); // They are in the picture.
        await Expect(window.Page.Locator(".player")).ToContainTextAsync("which the gateway keeps as long as the answer");
        await window.PhotographAllAsync("overlay");
    }

    [Fact]
    public async Task Overlay_ThatCannotBeMade_SaysWhyBesideTheAnswer()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.ChooseAsync(clips.SoundOnly());
        await window.Page.GetByLabel("Draw the answer on the clip").CheckAsync();

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();

        await Expect(window.Headline).ToContainTextAsync("Angry");
        await Expect(window.Page.Locator(".downloads")).ToContainTextAsync("The answer could not be drawn on the clip.");
        await Expect(window.Page.GetByRole(AriaRole.Link, new() { Name = "Clip with the answer" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Terms_OfTheModelsAndTheNotice_StandWithTheAnswer()
    {
        await using var window = await browser.OpenAsync(await FakeSystem.StartAsync());
        await window.AnalyseAsync(clips.SoundOnly());

        var terms = window.Page.GetByRole(AriaRole.Region, new() { Name = "What may be done with it" });
        await Expect(terms.Locator("dt")).ToHaveTextAsync(["Voice", "Fusion"]);
        await Expect(terms.Locator("dd")).ToHaveTextAsync(["terms of audio Not for commercial use", "terms of fusion Not for commercial use"]);
        await Expect(terms.Locator("p").First).ToContainTextAsync("not what a person feels");
    }

    [Fact]
    public async Task Callback_ThatIsNotHeard_IsToldAndSentAgain()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        receiver.Answer = (context, before) =>
        {
            context.Response.StatusCode = before == 0 ? 410 : 204;
            return Task.CompletedTask;
        };
        var system = await FakeSystem.StartAsync(("Gateway:Callbacks:Secret", CallbackReceiver.Secret), ("Gateway:Callbacks:AllowPrivate", "true"));
        await using var window = await browser.OpenAsync(system);
        await window.ChooseAsync(clips.SoundOnly());
        await window.OpenOptionsAsync();
        await window.Page.GetByLabel("Address that is told the outcome").FillAsync(receiver.Address);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();

        var callback = window.Page.GetByRole(AriaRole.Region, new() { Name = "Callback" });
        await Expect(callback.Locator(".chip")).ToHaveTextAsync("Given up");
        await Expect(callback).ToContainTextAsync("1 try, the last one failed: refused (410)");
        await Expect(callback.Locator("code")).ToHaveTextAsync($"http://127.0.0.1:{receiver.Port}"); // And not the rest, which may be secret.
        await window.PhotographAllAsync("callback");
        await callback.GetByRole(AriaRole.Button, new() { Name = "Tell" }).ClickAsync();

        await Expect(callback.Locator(".chip")).ToHaveTextAsync("Told");
        Assert.Equal(2, receiver.Calls.Count);
    }
}
