using System.Text.Json.Nodes;

namespace Emotion.SystemBench.Gateway;

/// <summary>The record of the kills, which tests/Gateway.Tests/KillTests.cs tries on each database.</summary>
internal static class GatewayKills
{
    private const int Databases = 2;

    public static async Task<int> WriteAsync(DirectoryInfo parts, FileInfo output, string command, CancellationToken cancellationToken)
    {
        var databases = parts.GetFiles("*.json").OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => JsonNode.Parse(File.ReadAllText(file.FullName))!.AsObject()).ToList();
        int Sum(string name) => databases.Sum(database => database[name]!.GetValue<int>());
        var (lost, duplicated) = (Sum("lost"), Sum("duplicated"));
        var passed = databases.Count == Databases && lost == 0 && duplicated == 0;
        await RunRecord.WriteAsync(
            output, command, new { passed, n = Sum("accepted"), kills = Sum("kills"), lost, duplicated, databases }, cancellationToken);
        return passed ? 0 : 1;
    }
}
