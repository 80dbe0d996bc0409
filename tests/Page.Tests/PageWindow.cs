using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Emotion.Page.Tests;

/// <summary>
/// The page as somebody uses it. Whatever a test looks at, no script may fail, nothing may be asked of another host, and no refusal may come
/// that the test does not name.
/// </summary>
public sealed class PageWindow : IAsyncDisposable
{
    private readonly FakeSystem _system;
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    public PageWindow(FakeSystem system, IBrowserContext context, IPage page)
    {
        (_system, _context, Page) = (system, context, page);
        page.PageError += (_, error) => _complaints.Enqueue("error: " + error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !(ExpectsNoAnswer && message.Text.Contains("net::ERR_", StringComparison.Ordinal)) && !Expected.Any(status => message.Text.Contains($"status of {status}", StringComparison.Ordinal)))
            {
                _complaints.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
            }
        };
        context.Request += (_, request) =>
        {
            var address = new Uri(request.Url);
            if (address.Scheme != "blob" && address.Authority != system.Http.BaseAddress!.Authority)
            {
                _complaints.Enqueue("asked elsewhere: " + request.Url);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Refusals that the test is about: the browser writes them to its console.</summary>
    public List<int> Expected { get; } = [];

    /// <summary>The test is about a gateway that does not answer.</summary>
    public bool ExpectsNoAnswer { get; set; }

    public ILocator Headline => Page.Locator(".answer .headline");

    public ILocator Timeline => Page.GetByRole(AriaRole.Slider, new() { Name = "Timeline of emotions" });

    public async Task ChooseAsync(string clip) => await Page.Locator("#clip").SetInputFilesAsync(clip);

    public async Task OpenOptionsAsync() => await Page.Locator(".options summary").ClickAsync();

    public async Task SignInAsync(string secret)
    {
        await Page.GetByLabel("Key", new() { Exact = true }).FillAsync(secret);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    public async Task HomeAsync()
    {
        await Page.GetByRole(AriaRole.Link, new() { Name = "New analysis" }).ClickAsync();
        await Page.Locator("#clip").WaitForAsync(new() { State = WaitForSelectorState.Attached });
    }

    /// <summary>In light, dark and at a phone's width.</summary>
    public async Task PhotographAllAsync(string name)
    {
        var before = Page.ViewportSize!;
        await PhotographAsync(name + "-light");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Use dark colours" }).ClickAsync();
        await PhotographAsync(name + "-dark");
        await Page.SetViewportSizeAsync(360, 740);
        await PhotographAsync(name + "-phone");
        Assert.Equal(360, await Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"));
        await Page.SetViewportSizeAsync(before.Width, before.Height);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Use light colours" }).ClickAsync();
    }

    public async Task SendAsync(string clip)
    {
        await ChooseAsync(clip);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Analyse the clip" }).ClickAsync();
    }

    /// <summary>Sends a clip and waits for its answer.</summary>
    public async Task AnalyseAsync(string clip)
    {
        await SendAsync(clip);
        await Headline.WaitForAsync();
    }

    /// <summary>Somebody who looks at tests sees them in .emotion/page/.</summary>
    public async Task PhotographAsync(string name)
    {
        var folder = Path.GetFullPath("../../../../../.emotion/page", AppContext.BaseDirectory);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });
    }

    /// <summary>Until the browser knows the clip, so that it can go to a moment of it.</summary>
    public async Task LoadedAsync() => await Page.WaitForFunctionAsync("() => document.querySelector('video')?.readyState > 0");

    public async Task<double> PlayedAsync() => await Page.Locator("video").EvaluateAsync<double>("video => video.currentTime");

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        await _system.DisposeAsync();
        Assert.True(_complaints.IsEmpty, string.Join('\n', [.. _complaints, .. _system.Log.Lines.Where(line => line.Contains("Exception", StringComparison.Ordinal))]));
    }
}
