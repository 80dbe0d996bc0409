using Azure.Core.Pipeline;
using Emotion.ModelRegistry;

namespace Emotion.ModelRegistry.Tests;

/// <summary>The way to the blob emulator, which a test can cut or twist. Everything above it is the real client.</summary>
internal sealed class FaultyNetwork : DelegatingHandler
{
    private int _writes;

    public FaultyNetwork() : base(new SocketsHttpHandler())
    {
    }

    /// <summary>Writes (PUT, of blobs alone) that went through.</summary>
    public int Writes => _writes;

    /// <summary>Before the write of this number, from 0, is sent: the process is gone.</summary>
    public int DieBeforeWrite { get; init; } = int.MaxValue;

    /// <summary>The write of this number is carried out, and its answer is lost.</summary>
    public int LoseAnswerOfWrite { get; init; } = int.MaxValue;

    /// <summary>True: every request after the one whose answer was lost fails too, as for a process that is gone.</summary>
    public bool DieWithAnswer { get; init; }

    public static Registry Connect(ModelRegistryOptions options, HttpMessageHandler network, TimeProvider? clock = null) =>
        new(options, clock ?? TimeProvider.System, new HttpClientTransport(network));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // The container itself has one path segment less than a blob (/ACCOUNT/CONTAINER/BLOB).
        var isWrite = request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Count(c => c == '/') > 2;
        var number = isWrite ? _writes : -1;
        if (number >= DieBeforeWrite || (DieWithAnswer && _writes > LoseAnswerOfWrite))
        {
            throw new HttpRequestException("The process is gone.");
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (isWrite)
        {
            _writes++;
        }

        if (number == LoseAnswerOfWrite)
        {
            response.Dispose();
            throw new HttpRequestException("The answer is lost.");
        }

        return response;
    }
}
