namespace Emotion.Repository.Tests;

public sealed class ProjectReferenceTests
{
    /// <summary>What each project of src/ may reference. AppHost names services as resources only.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["AppHost"] = ["AudioService", "VideoService", "TextService", "FusionService", "Gateway", "Training", "Cli"],
        ["Gateway"] = ["Contracts", "ServiceDefaults", "Media", "Features", "ModelRegistry"],
        ["Client"] = [],
        ["Cli"] = ["Client", "Inference", "ModelRegistry"],
        ["AudioService"] = ["Contracts", "ServiceDefaults", "Inference", "Serving"],
        ["VideoService"] = ["Contracts", "ServiceDefaults", "Inference", "Serving"],
        ["TextService"] = ["Contracts", "ServiceDefaults", "Inference", "Serving"],
        ["FusionService"] = ["Contracts", "ServiceDefaults", "Inference", "Serving"],
        ["Serving"] = ["Contracts", "ServiceDefaults", "Inference"],
        ["Inference"] = ["Features", "Media", "ModelRegistry"],
        ["Training"] = ["Contracts", "ServiceDefaults", "Inference", "Features", "Media", "ModelRegistry"],
        ["Contracts"] = [],
        ["Features"] = [],
        ["ModelRegistry"] = [],
        ["ServiceDefaults"] = [],
        ["Media"] = [],
    };

    public static TheoryData<string> Projects => [.. RepositoryFiles.Under("src", ".csproj")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_OnlyWhatTheTableAllows(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        Assert.True(Allowed.ContainsKey(name), $"{name} is not in the table of allowed references: add it there and in the design.");
        var referenced = RepositoryFiles.Project(path).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Empty(referenced.Except(Allowed[name]));
    }

    [Fact]
    public void Table_AllProjectsOfSrc_AreRealFolders()
    {
        var found = RepositoryFiles.Under("src", ".csproj").Select(path => path.Split('/')[1]).ToHashSet();

        Assert.Equal(Allowed.Keys.Order(), found.Order());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_TorchSharp_OnlyInTraining(string path)
    {
        var usesTorch = RepositoryFiles.Read(path).Contains("TorchSharp", StringComparison.Ordinal);

        Assert.Equal(Path.GetFileNameWithoutExtension(path) == "Training", usesTorch);
    }

    [Fact]
    public void Compat_IsReachedOnlyThroughStackReference()
    {
        var direct = RepositoryFiles.All.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && !path.StartsWith("compat/", StringComparison.Ordinal)
            && !path.StartsWith("tests/Compat.", StringComparison.Ordinal))
            .Where(path => RepositoryFiles.Project(path).Descendants("ProjectReference")
                .Any(reference => reference.Attribute("Include")!.Value.Contains("compat/", StringComparison.Ordinal)));

        Assert.Empty(direct);
    }

    [Fact]
    public void Solution_HoldsEveryProject()
    {
        var solution = RepositoryFiles.Read("Emotion.sln").Replace('\\', '/');
        var missing = RepositoryFiles.All.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal))
            .Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal));

        Assert.Empty(missing);
    }
}
