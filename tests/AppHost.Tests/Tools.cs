using System.Diagnostics;
using System.Reflection;

namespace Emotion.AppHost.Tests;

/// <summary>Programs that the tests run, in the repository's root.</summary>
internal static class Tools
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string AppHost { get; } = Metadata("AppHost");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static async Task<(int ExitCode, string Output)> RunAsync(string program, string? input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await errors);
    }

    /// <summary>Standard output of a program that must succeed.</summary>
    public static async Task<string> OutputAsync(string program, string? input, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(program, input, arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }

    private static string Metadata(string key) => typeof(Tools).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
