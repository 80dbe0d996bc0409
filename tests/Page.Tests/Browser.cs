using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Emotion.Page.Tests.Browser))]

namespace Emotion.Page.Tests;

/// <summary>One Chromium for all tests of the page; each of them gets a window of its own, with a profile of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    /// <summary>Milliseconds. A busy machine is no failure of the page.</summary>
    private const int Patience = 120_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assert.True(File.Exists(Chromium), $"{Chromium} is missing: apt-get install chromium");
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Timeout = Patience,
            Args = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"],
        });
    }

    /// <summary>A window on the page of a running system, which is ended with it.</summary>
    public async Task<PageWindow> OpenAsync(FakeSystem system, BrowserNewContextOptions? options = null)
    {
        options ??= new() { ViewportSize = new() { Width = 1280, Height = 900 } };
        options.BaseURL = system.Http.BaseAddress!.ToString();
        var context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        var window = new PageWindow(system, context, await context.NewPageAsync());
        await window.Page.GotoAsync("/");
        await window.Page.Locator("main > *").First.WaitForAsync(); // It asks first who is there.
        return window;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
