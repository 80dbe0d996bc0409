using Emotion.Gateway.Clips;

namespace Emotion.Gateway.Tests;

/// <summary>A store of clips that does what a test wants before it gives one out.</summary>
public sealed class FaultyClips(ClipStore inner) : ClipStore
{
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    public override bool IsShared => inner.IsShared;

    public override IncomingClip Receive(string id) => inner.Receive(id);

    public override async Task<string?> FetchAsync(string id, string folder, CancellationToken cancellationToken)
    {
        await Before(cancellationToken);
        return await inner.FetchAsync(id, folder, cancellationToken);
    }

    public override Task<Stream?> OpenAsync(string id, CancellationToken cancellationToken) => inner.OpenAsync(id, cancellationToken);

    public override Task DeleteAsync(string id, CancellationToken cancellationToken) => inner.DeleteAsync(id, cancellationToken);

    public override IAsyncEnumerable<(string Id, DateTimeOffset Written)> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);
}
