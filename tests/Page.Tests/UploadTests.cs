using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Emotion.Page.Tests;

/// <summary>A large clip goes in pieces, and on where it broke off.</summary>
public sealed class UploadTests(Browser browser, TestClips clips)
{
    private const int Piece = 8 * 1024 * 1024, Padding = 18_000_000;

    [Fact]
    public async Task LargeClip_WhoseConnectionBreaksOff_GoesOnByItselfAndIsAnalysed()
    {
        var system = await FakeSystem.StartAsync();
        await using var window = await browser.OpenAsync(system);
        window.ExpectsNoAnswer = true;
        var offsets = await BreakPiecesAsync(window, piece => piece == 2);

        await window.AnalyseAsync(Large());

        Assert.Equal(["0", $"{Piece}", $"{Piece}", $"{2 * Piece}"], offsets);
        await Expect(window.Headline).ToContainTextAsync("Happy");
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(system.DataFolder, "uploads")));
        Assert.Equal("{}", await window.Page.EvaluateAsync<string>("() => sessionStorage.getItem('emotion.uploads')"));
    }

    [Fact]
    public async Task LargeClip_ChosenAgainAfterAReload_GoesOnWhereItWas()
    {
        var system = await FakeSystem.StartAsync();
        await using var window = await browser.OpenAsync(system);
        window.ExpectsNoAnswer = true;
        var isAway = true;
        var offsets = await BreakPiecesAsync(window, piece => isAway && piece > 1);
        await window.SendAsync(Large());
        await Expect(window.Page.Locator(".waiting")).ToContainTextAsync("what has arrived is not sent again");
        await Expect(window.Page.Locator(".stages .fact")).ToHaveTextAsync(new Regex(@"^4\d %$"));
        await window.PhotographAllAsync("upload-waiting");
        isAway = false;
        await window.Page.ReloadAsync();

        await window.AnalyseAsync(Large());

        Assert.Equal(["0", $"{Piece}"], offsets.Take(2));
        Assert.DoesNotContain("0", offsets.Skip(1));
    }

    [Fact]
    public async Task LargeClip_Cancelled_LeavesNothingAtTheGateway()
    {
        var system = await FakeSystem.StartAsync();
        await using var window = await browser.OpenAsync(system);
        window.ExpectsNoAnswer = true;
        await BreakPiecesAsync(window, piece => piece > 1);
        await window.SendAsync(Large());
        await Expect(window.Page.Locator(".waiting")).ToContainTextAsync("not sent again");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await Expect(window.Page.Locator("#clip")).ToBeAttachedAsync();
        await FakeSystem.WaitUntilAsync(() => !Directory.EnumerateFiles(Path.Combine(system.DataFolder, "uploads")).Any());
    }

    /// <summary>Breaks the connections off that bring those pieces, from 1.</summary>
    /// <returns>Where each piece that was tried begins.</returns>
    private static async Task<ConcurrentQueue<string>> BreakPiecesAsync(PageWindow window, Func<int, bool> isBroken)
    {
        var offsets = new ConcurrentQueue<string>();
        await window.Page.RouteAsync("**/v1/uploads/*", async route =>
        {
            if (route.Request.Method != "PATCH")
            {
                await route.ContinueAsync();
                return;
            }

            offsets.Enqueue(route.Request.Headers["upload-offset"]);
            await (isBroken(offsets.Count) ? route.AbortAsync("connectionreset") : route.ContinueAsync());
        });
        return offsets;
    }

    /// <summary>A clip with a box that players pass over.</summary>
    private string Large() => clips.Once("large.mp4", () =>
    {
        var header = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(header, Padding);
        "free"u8.CopyTo(header.AsSpan(4));
        return [.. File.ReadAllBytes(clips.Talk()), .. header, .. new byte[Padding - header.Length]];
    });
}
