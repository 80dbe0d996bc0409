using Emotion.Gateway.Api;

namespace Emotion.Gateway.Tests;

/// <summary>What the gateway takes for its page; the page itself is tested in Page.Tests.</summary>
public sealed class PageFilesTests
{
    [Fact]
    public void Load_PageThatWasNotBuilt_IsEmpty()
    {
        var files = PageFiles.Load(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")));

        Assert.Empty(files.All);
        Assert.Null(files.Start);
    }

    [Fact]
    public void Load_Page_KnowsItsFilesAndLeavesOthersOut()
    {
        var folder = Directory.CreateTempSubdirectory("emotion-page-");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "assets"));
        File.WriteAllText(Path.Combine(folder.FullName, "index.html"), "<!doctype html>");
        File.WriteAllText(Path.Combine(folder.FullName, "assets", "index-12345678.js"), "1");
        File.WriteAllText(Path.Combine(folder.FullName, "notes.txt"), "not for the browser");

        var files = PageFiles.Load(folder.FullName);
        folder.Delete(recursive: true);

        Assert.Equal(["/assets/index-12345678.js", "/index.html"], files.All.Select(file => file.Path).Order());
        Assert.Equal(("text/html; charset=utf-8", false), (files.Start!.ContentType, files.Start.IsHashed));
        Assert.True(files.All.Single(file => file != files.Start).IsHashed);
        Assert.Equal(2, files.All.Select(file => file.ETag).Distinct().Count());
    }
}
