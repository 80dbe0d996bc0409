using System.Diagnostics;
using Emotion.Gateway.Tests;
using Emotion.Inference.Tests;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Tests;
using Emotion.Serving;
using Emotion.Serving.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Emotion.TextService.Tests;

/// <summary>A text service for each test, with nothing to serve yet, of which every line of the log is kept.</summary>
public abstract class ServedText(AzuriteFixture azurite, params (string Key, string Value)[] settings) : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected Packages Packages { get; } = new();

    private protected ServedModel Served { get; private set; } = null!;

    private protected CallLimits Limits { get; private set; } = null!;

    private protected CapturedLog Log { get; } = new();

    public async ValueTask InitializeAsync() => Served = await ServedModel.StartAsync(
        azurite,
        builder =>
        {
            builder.AddModelService<TextModel>();
            builder.AddTextServices();
            builder.Logging.SetMinimumLevel(LogLevel.Trace).ClearProviders().AddProvider(Log);
        },
        app =>
        {
            app.MapTextServices();
            Limits = app.Services.GetRequiredService<CallLimits>();
        },
        settings);

    public async ValueTask DisposeAsync()
    {
        await Served.DisposeAsync();
        Packages.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Every span that ends from now on.</summary>
    protected static ActivityListener Listen(Action<Activity> stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = _ => true, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    protected static string Told(Activity span) =>
        $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Baggage)}";
}
