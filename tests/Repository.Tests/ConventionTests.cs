using System.Text.RegularExpressions;

namespace Emotion.Repository.Tests;

public sealed partial class ConventionTests
{
    [GeneratedRegex(@"^package\s+([a-z0-9_.]+);", RegexOptions.Multiline)]
    private static partial Regex ProtoPackage();

    [GeneratedRegex(@"\b(class|record|struct|interface|namespace)\s+[A-Za-z.]*(Utils?|Helpers?|Manager|Common|Processor)\b")]
    private static partial Regex DumpingGround();

    [Fact]
    public void Proto_FolderIsPackage()
    {
        var protos = RepositoryFiles.Under("src", ".proto").ToList();

        Assert.NotEmpty(protos);
        Assert.All(protos, path =>
        {
            var package = ProtoPackage().Match(RepositoryFiles.Read(path)).Groups[1].Value;
            Assert.Equal("src/Contracts/Protos/" + package.Replace('.', '/'), Path.GetDirectoryName(path)!.Replace('\\', '/'));
        });
    }

    [Fact]
    public void Source_Files_StayShort()
    {
        string[] pages = [.. RepositoryFiles.Under("src", ".ts"), .. RepositoryFiles.Under("src", ".css")];
        Assert.NotEmpty(pages);
        var tooLong = RepositoryFiles.Under("src", ".cs").Concat(RepositoryFiles.Under("compat", ".cs")).Concat(pages)
            .Select(path => (path, lines: RepositoryFiles.Read(path).Count(c => c == '\n')))
            .Where(file => file.lines > 400);

        Assert.Empty(tooLong);
    }

    [Fact]
    public void Source_Types_HaveNoDumpingGroundNames()
    {
        // The contracts' folder "common" is the brief's own, and holds what every modality speaks of.
        var named = RepositoryFiles.Under("src", ".cs").Where(path => DumpingGround().IsMatch(RepositoryFiles.Read(path)));

        Assert.Empty(named);
    }

    [Fact]
    public void Tests_NoneIsSkipped()
    {
        var skipped = RepositoryFiles.Under("tests", ".cs").Where(path => Regex.IsMatch(RepositoryFiles.Read(path), @"\[(Fact|Theory)\([^)]*Skip"));

        Assert.Empty(skipped);
    }

    [Fact]
    public void Program_IsATableOfContents()
    {
        var programs = RepositoryFiles.Under("src", "/Program.cs").Where(path => path.Contains("Service/", StringComparison.Ordinal) || path.Contains("Gateway/", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(programs);
        Assert.All(programs, path => Assert.InRange(RepositoryFiles.Read(path).Count(c => c == '\n'), 5, 40));
    }

    [Fact]
    public void Tree_HoldsNoCorpusFileAndNoMedia()
    {
        var media = RepositoryFiles.All.Where(path => Regex.IsMatch(path, @"\.(wav|flac|ogg|mp3|mp4|flv|mov|mkv|webm|avi|jpg|jpeg|png|pkl|pt|pth)$", RegexOptions.IgnoreCase));

        Assert.Empty(media);
    }

    [Fact]
    public void Lockfiles_NameNoRegistry()
    {
        var locks = RepositoryFiles.All.Where(path => Path.GetFileName(path) == "package-lock.json").ToList();

        Assert.NotEmpty(locks);
        Assert.All(locks, path => Assert.DoesNotContain("\"resolved\"", RepositoryFiles.Read(path)));
    }
}
