namespace Emotion.ModelRegistry.Tests;

/// <summary>The way to the blob emulator on which somebody else does something, once: just after a request was answered, or just before it is sent.</summary>
internal sealed class Interlude(Func<HttpRequestMessage, bool> at, Func<Task> act, bool before = false) : DelegatingHandler(new SocketsHttpHandler())
{
    private int _isOver;

    public bool IsOver => _isOver == 1;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isNow = at(request) && Interlocked.Exchange(ref _isOver, 1) == 0;
        if (isNow && before)
        {
            await act();
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (isNow && !before)
        {
            await act();
        }

        return response;
    }
}
