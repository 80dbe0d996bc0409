using System.Text.Json;

namespace Emotion.Repository.Tests;

/// <summary>
/// With <c>-p:StackPackages=published</c> every StackReference is an ordinary package, at a version that
/// Directory.Packages.props names, and no project of compat/ is left. Evaluated by MSBuild without restoring anything.
/// </summary>
public sealed class StackPackagesTests
{
    public static TheoryData<string> Projects =>
        [.. RepositoryFiles.Under("src", ".csproj").Where(path => RepositoryFiles.Read(path).Contains("<StackReference", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Published_StackReferences_AreOrdinaryPackages(string path)
    {
        var (exitCode, output) = RepositoryFiles.Run(
            "dotnet", "msbuild", path, "-p:StackPackages=published", "-getItem:PackageReference", "-getItem:ProjectReference", "-getItem:PackageVersion", "-getItem:StackReference");
        Assert.True(exitCode == 0, output);

        var items = JsonDocument.Parse(output).RootElement.GetProperty("Items");
        var packages = Identities(items, "PackageReference");
        var versions = Identities(items, "PackageVersion");
        var stack = Identities(items, "StackReference");

        Assert.NotEmpty(stack);
        Assert.Subset(packages, stack);
        Assert.Subset(versions, stack);
        Assert.DoesNotContain(Identities(items, "ProjectReference"), reference => reference.Contains("compat/", StringComparison.Ordinal));
    }

    private static HashSet<string> Identities(JsonElement items, string type) =>
        items.TryGetProperty(type, out var list) ? [.. list.EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!)] : [];
}
