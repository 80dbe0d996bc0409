using System.CommandLine;
using Emotion.Training.Datasets;
using Emotion.Training.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;
using TorchSharp;

namespace Emotion.Training.Commands;

/// <summary>The training service.</summary>
internal static class ServeCommand
{
    private const string DefaultAddress = "http://127.0.0.1:5190";

    /// <summary>EX_CONFIG of sysexits.h: whoever supervises it need not try again.</summary>
    private const int NotSetUp = 78;

    public static Command Create()
    {
        var urls = new Option<string?>("--urls")
        {
            Description = $"Where it listens, gRPC over HTTP/2 without TLS; by default ASPNETCORE_URLS, or {DefaultAddress}. It knows no users: keep it to yourself.",
        };
        var command = new Command("serve", "Runs the training service in the foreground; its options are in section TrainingRuns of the configuration.") { urls };
        command.SetAction(async (result, token) =>
        {
            if (Missing() is { } missing)
            {
                await Console.Error.WriteLineAsync($"Trainings cannot run here: {missing} `./emotion training --help` installs and builds what they need.");
                return NotSetUp;
            }

            await using var app = Build(result.GetValue(urls));
            await app.RunAsync(token);
            return 0;
        });
        return command;
    }

    // Said once when the service starts, and not in the log of each run.
    private static string? Missing()
    {
        try
        {
            return torch.__version__.Length > 0 ? null : "libtorch does not say its version.";
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            return absent.Message.ReplaceLineEndings(" ").Trim();
        }
    }

    /// <param name="urls">Where it listens; null for what the configuration says.</param>
    /// <param name="settings">Of the configuration, before all others: <c>--TrainingRuns:AtOnce=2</c>.</param>
    internal static WebApplication Build(string? urls, params string[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = settings });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        if ((urls ?? (builder.Configuration["urls"] is null && builder.Configuration["HTTP_PORTS"] is null ? DefaultAddress : null)) is { } address)
        {
            builder.WebHost.UseUrls(address);
        }

        // Whoever reaches the service names corpora by their path in a folder, and reads nothing else of this machine.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = [new($"{TrainingRunsOptions.Section}:{nameof(TrainingRunsOptions.CorporaFolder)}", Path.Combine(DataRoot.RepositoryRoot(), ".emotion", "corpora"))],
        });
        builder.AddTrainingRuns();
        var app = builder.Build();
        app.MapTrainingRuns();
        return app;
    }
}
