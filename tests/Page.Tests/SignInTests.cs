using System.Text.RegularExpressions;
using Emotion.Gateway.Keys;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>Who the page lets in, and how it is told.</summary>
public sealed class SignInTests(Browser browser, TestClips clips)
{
    [Fact]
    public async Task Key_IsAskedForOnceAndNotKept()
    {
        var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var key = await system.MakeKeyAsync(KeyScope.Analyse, KeyScope.Read);
        await using var window = await browser.OpenAsync(system);
        window.Expected.Add(401);
        var field = window.Page.GetByLabel("Key", new() { Exact = true });
        await Expect(field).ToBeFocusedAsync();
        await window.PhotographAsync("sign-in-light");

        await field.FillAsync("emo_" + new string('0', 16) + "_" + new string('0', 64));
        await field.PressAsync("Enter");
        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("no key of this gateway");
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await field.FillAsync(key.Secret);
        await field.PressAsync("Enter");

        await window.AnalyseAsync(clips.SoundOnly());
        await Expect(window.Headline).ToContainTextAsync("Angry");
        await window.Page.ReloadAsync();
        await Expect(window.Headline).ToContainTextAsync("Angry"); // Still signed in, at the address of the answer.
        var kept = await window.Page.EvaluateAsync<string>("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])");
        Assert.DoesNotContain(key.Secret.Split('_')[2], kept, StringComparison.Ordinal);
        Assert.EndsWith(",\"\"]", kept, StringComparison.Ordinal); // No cookie that a script sees.
    }

    [Fact]
    public async Task SignOut_LeavesNothingOfWhoWasThere()
    {
        var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var key = await system.MakeKeyAsync(KeyScope.Analyse, KeyScope.Read);
        await using var window = await browser.OpenAsync(system, new() { ColorScheme = ColorScheme.Dark, ViewportSize = new() { Width = 390, Height = 800 } });
        await window.PhotographAsync("sign-in-phone-dark");
        await window.SignInAsync(key.Secret);
        await window.AnalyseAsync(clips.SoundOnly());
        await window.PhotographAsync("signed-in-phone-dark");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out test" }).ClickAsync();

        await Expect(window.Page.GetByLabel("Key", new() { Exact = true })).ToBeFocusedAsync();
        await Expect(window.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("Sign out") })).ToBeHiddenAsync();
        Assert.Equal("[]", await window.Page.EvaluateAsync<string>("() => sessionStorage.getItem('emotion.session')"));
        await window.Page.ReloadAsync();
        await Expect(window.Page.GetByLabel("Key", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Key_ThatIsRevokedMeanwhile_IsAskedForAgain()
    {
        var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var key = await system.MakeKeyAsync(KeyScope.Analyse, KeyScope.Read);
        await using var window = await browser.OpenAsync(system);
        window.Expected.Add(401);
        await window.SignInAsync(key.Secret);
        await Expect(window.Page.Locator("#clip")).ToBeAttachedAsync();
        using var admin = await system.AsAsync(KeyScope.Admin);
        await admin.DeleteAsync($"/v1/keys/{key.Key.Id}", TestContext.Current.CancellationToken);

        await window.SendAsync(clips.SoundOnly());

        await Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }
}
