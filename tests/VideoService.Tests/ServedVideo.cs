using Emotion.Contracts.Video.V1;
using Emotion.Inference.Tests;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry.Tests;
using Emotion.Serving;
using Emotion.Serving.Tests;
using Grpc.Core;

namespace Emotion.VideoService.Tests;

/// <summary>A video service for each test that serves the small package.</summary>
public abstract class ServedVideo(AzuriteFixture azurite, params (string Key, string Value)[] settings) : IAsyncLifetime
{
    private readonly Packages _packages = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected ServedModel Served { get; private set; } = null!;

    private protected CallLimits Limits { get; private set; } = null!;

    /// <summary>Of the package that is served.</summary>
    protected string Version { get; private set; } = "";

    protected VideoClassifier.VideoClassifierClient Client => new(Served.Channel);

    public virtual async ValueTask InitializeAsync()
    {
        Served = await ServedModel.StartAsync(
            azurite,
            builder =>
            {
                builder.AddModelService<VideoModel>();
                builder.Services.AddMedia();
                builder.Services.AddSingleton<SegmentAnalyzer>();
                builder.AddCallLimits<CallLimits>();
                builder.Services.AddOptions<SegmentOptions>().BindConfiguration(SegmentOptions.SectionName);
                builder.Services.AddOptions<VideoServiceOptions>().BindConfiguration(VideoServiceOptions.Section);
            },
            app =>
            {
                app.MapModelService<VideoModel, VideoClassifierService>();
                Limits = app.Services.GetRequiredService<CallLimits>();
            },
            settings);
        var package = await _packages.VideoAsync();
        Version = package.Version;
        await Served.PromoteAsync(package);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Served.DisposeAsync();
        _packages.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static async Task SendAsync<T>(IClientStreamWriter<T> stream, IEnumerable<T> requests)
    {
        try
        {
            foreach (var request in requests)
            {
                await stream.WriteAsync(request, Token);
            }

            await stream.CompleteAsync();
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            TestContext.Current.SendDiagnosticMessage("The service ended the call before it had all: {0}", ended.Message);
        }
    }

    private protected static AnalyzeSegmentRequest Start(double from, double to) => new()
    {
        Start = new() { ClipId = "clip", StartSeconds = from, EndSeconds = to, Container = "matroska" },
    };
}
