using System.Net;
using Emotion.Gateway.Keys;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>Keys on the page, for who may make them.</summary>
public sealed class KeysTests(Browser browser)
{
    [Fact]
    public async Task Key_IsMadeShownOnceRotatedAndRevoked()
    {
        var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var admin = await system.MakeKeyAsync(KeyScope.Admin, KeyScope.Read);
        await using var window = await browser.OpenAsync(system);
        await window.SignInAsync(admin.Secret);
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Keys" }).ClickAsync();
        await Expect(window.Page.Locator(".keys li")).ToHaveCountAsync(1);
        await window.PhotographAllAsync("keys");

        await window.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("lab");
        await window.Page.GetByLabel("Use", new() { Exact = true }).FillAsync("A study\nof talks.");
        await window.Page.GetByLabel("models:").CheckAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Make the key" }).ClickAsync();

        var told = window.Page.Locator(".told");
        await Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "The secret of lab" })).ToBeVisibleAsync();
        await window.PhotographAllAsync("key-made");
        var secret = await told.InnerTextAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(system, secret, "/v1/models"));
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "It is in a safe place" }).ClickAsync();
        await Expect(told).ToHaveCountAsync(0);
        var row = window.Page.Locator(".keys li").Filter(new() { HasText = "A study of talks." });
        await Expect(row.Locator(".chip")).ToHaveTextAsync(["active", "analyse", "read", "models"]);

        await row.GetByRole(AriaRole.Button, new() { Name = "Rotate lab" }).ClickAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Rotate lab, and make another secret?" }).ClickAsync();
        await Expect(window.Page.Locator(".secret")).ToContainTextAsync("The one before is good until");
        Assert.NotEqual(secret, await told.InnerTextAsync());
        await row.GetByRole(AriaRole.Button, new() { Name = "Revoke lab" }).ClickAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Revoke lab for good?" }).ClickAsync();

        await Expect(row).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(system, secret, "/v1/models"));
        await window.Page.GetByLabel("Also those that have ended").CheckAsync();
        await Expect(row.Locator(".chip").First).ToHaveTextAsync("revoked");
        await Expect(row.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Key_ForAProhibitedUse_NeedsAGround()
    {
        var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var admin = await system.MakeKeyAsync(KeyScope.Admin, KeyScope.Read);
        await using var window = await browser.OpenAsync(system);
        await window.SignInAsync(admin.Secret);
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Keys" }).ClickAsync();
        await window.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("cabin");
        await window.Page.GetByLabel("Use", new() { Exact = true }).FillAsync("Pilots who fall asleep.");
        await window.Page.GetByLabel("Area").SelectOptionAsync("workplace");
        await window.PhotographAllAsync("key-ground");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Make the key" }).ClickAsync();
        Assert.True(await window.Page.GetByLabel("Reason").EvaluateAsync<bool>("input => input.validity.valueMissing"));
        await window.Page.GetByLabel("Kind").SelectOptionAsync("safety");
        await window.Page.GetByLabel("Reason").FillAsync("To wake them.");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Make the key" }).ClickAsync();

        await Expect(window.Page.Locator(".keys li").Filter(new() { HasText = "cabin" })).ToContainTextAsync("safety ground: To wake them.");
    }

    [Fact]
    public async Task Keys_AreNoneOfTheBusinessOfOthers()
    {
        var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var key = await system.MakeKeyAsync(KeyScope.Analyse, KeyScope.Read);
        await using var window = await browser.OpenAsync(system);
        await window.SignInAsync(key.Secret);
        await window.Page.Locator("#clip").WaitForAsync(new() { State = WaitForSelectorState.Attached });

        await Expect(window.Page.Locator("#keys")).ToBeHiddenAsync();
        await window.OpenOptionsAsync();
        await Expect(window.Page.GetByLabel("Release of models")).ToBeHiddenAsync(); // It lacks the scope to know them.
        await window.Page.GotoAsync("/#/keys");
        await Expect(window.Page.Locator("#clip")).ToBeAttachedAsync();
    }

    private static async Task<HttpStatusCode> StatusAsync(FakeSystem system, string secret, string address)
    {
        using var http = system.As(secret);
        using var answer = await http.AskAsync(address);
        return answer.StatusCode;
    }
}
