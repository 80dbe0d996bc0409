using Microsoft.Playwright;

namespace Emotion.Compat.Aspire.Dashboard.Tests;

/// <summary>The page in Chromium; pictures of it are in <c>screenshots</c> beside the tests.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";
    private const int Patience = 120_000;

    private readonly List<string> _problems = [];
    private TestDashboard _dashboard = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private IPage _page = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.True(File.Exists(Chromium), $"{Chromium} is missing: apt-get install chromium");
        Assertions.SetDefaultExpectTimeout(Patience);
        _dashboard = await TestDashboard.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Timeout = Patience, Args = ["--no-sandbox"] });
        _page = await _browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        _page.SetDefaultTimeout(Patience);
        _page.PageError += (_, error) => _problems.Add(error);
        _page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith(_dashboard.Address.ToString(), StringComparison.Ordinal))
            {
                _problems.Add($"asks {request.Url}");
            }
        };
        await _page.GotoAsync(_dashboard.LoginAddress.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _dashboard.DisposeAsync();
    }

    [Fact]
    public async Task Resources_AreStoppedScaledAndSeenAsTheyChange()
    {
        var gateway = _page.Locator("[data-resource=gateway]");
        await Assertions.Expect(gateway.GetByText("Running")).ToBeVisibleAsync();
        await Assertions.Expect(gateway.GetByRole(AriaRole.Button, new() { Name = "Start gateway", Exact = true })).ToBeDisabledAsync();

        await gateway.GetByRole(AriaRole.Button, new() { Name = "Stop gateway" }).ClickAsync();
        await Assertions.Expect(gateway.GetByText("Stopped")).ToBeVisibleAsync();
        await _page.GetByRole(AriaRole.Button, new() { Name = "more replicas of video" }).ClickAsync();
        await Assertions.Expect(_page.GetByText("2 of 2 replicas")).ToBeVisibleAsync();
        await Assertions.Expect(_page.Locator("[data-resource=video-2]").GetByText("Running")).ToBeVisibleAsync();
        await ShootAsync("resources");
    }

    [Fact]
    public async Task Console_ShowsLinesAsTheyCome()
    {
        _dashboard.Lines.Write("gateway", "info: listening");
        await OpenAsync("console?resource=gateway");
        await Assertions.Expect(_page.GetByText("info: listening")).ToBeVisibleAsync();

        _dashboard.Lines.Write("gateway", "fail: <b>broken</b>");
        await Assertions.Expect(_page.GetByText("fail: <b>broken</b>")).ToBeVisibleAsync(); // As text, whatever is in it.
        await ShootAsync("console");
    }

    [Fact]
    public async Task Trace_IsAWaterfall_WithItsFactsAndItsLogs()
    {
        using var spans = await _dashboard.SendAsync("traces", Telemetry.Trace());
        using var logs = await _dashboard.SendAsync("logs", Telemetry.Log("It was refused", severity: 17));
        await OpenAsync("traces");
        await _page.GetByRole(AriaRole.Link, new() { Name = "POST /v1/analyses" }).ClickAsync();
        await _page.GetByRole(AriaRole.Button, new() { Name = "video-1: video.segment" }).ClickAsync();
        await Assertions.Expect(_page.GetByText("no decoder")).ToBeVisibleAsync();
        await Assertions.Expect(_page.GetByText("emotion.segment")).ToBeVisibleAsync();
        await ShootAsync("trace");

        await _page.GetByRole(AriaRole.Link, new() { Name = "its logs" }).ClickAsync();
        await Assertions.Expect(_page.GetByText("It was refused")).ToBeVisibleAsync();
        await ShootAsync("logs");
    }

    [Fact]
    public async Task Metric_IsACurve()
    {
        for (var i = 0; i < 5; i++)
        {
            using var counted = await _dashboard.SendAsync("metrics", Telemetry.Counter(5 * i, 50 * i * i));
            using var timed = await _dashboard.SendAsync("metrics", Telemetry.Histogram(5 * i, 0, (ulong)(10 * i), (ulong)(5 * i * i), 0));
        }

        await OpenAsync("metrics");
        await _page.GetByRole(AriaRole.Button, new() { Name = "emotion.inference.items" }).ClickAsync();
        await Assertions.Expect(_page.Locator("svg[role=img] polyline").First).ToBeVisibleAsync();
        await _page.GetByRole(AriaRole.Button, new() { Name = "emotion.inference.compute_time" }).ClickAsync();
        await Assertions.Expect(_page.Locator("svg[role=img] polyline")).ToHaveCountAsync(2);
        await Assertions.Expect(_page.GetByText("median, and dashed the 95th percentile")).ToBeVisibleAsync();
        await ShootAsync("metrics");
    }

    private Task OpenAsync(string view) => _page.GotoAsync(new Uri(_dashboard.Address, $"#/{view}").ToString());

    private async Task ShootAsync(string name)
    {
        await _page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{name}.png") });
        Assert.Empty(_problems);
    }
}
