using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>How a channel calls.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>In bytes; null, the default, for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>In bytes, 4 MB unless set; null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Attempts of one call, whatever its retry policy says; null for no such limit.</summary>
    public int? MaxRetryAttempts { get; set; } = 5;

    /// <summary>Bytes that all calls of the channel together keep for a retry.</summary>
    public long? MaxRetryBufferSize { get; set; } = 16 * 1024 * 1024;

    /// <summary>A larger request is sent once only.</summary>
    public long? MaxRetryBufferPerCallSize { get; set; } = 1024 * 1024;

    /// <summary>gzip unless set.</summary>
    public IList<ICompressionProvider>? CompressionProviders { get; set; }

    /// <summary>Needed where the address does not say it: Insecure or SecureSsl.</summary>
    public ChannelCredentials? Credentials { get; set; }

    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Instead of <see cref="HttpHandler"/>. Its timeout must be longer than any call.</summary>
    public HttpClient? HttpClient { get; set; }

    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Dispose the given client or handler with the channel.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Throw OperationCanceledException rather than RpcException where the caller cancelled or the deadline passed.</summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>Send call credentials in the clear.</summary>
    public bool UnsafeUseInsecureChannelCallCredentials { get; set; }

    /// <summary>Retries and load balancing.</summary>
    public ServiceConfig? ServiceConfig { get; set; }

    /// <summary>Where resolver factories are looked up.</summary>
    public IServiceProvider? ServiceProvider { get; set; }

    /// <summary>First pause after a replica could not be reached; it grows by 1.6 each time.</summary>
    public TimeSpan InitialReconnectBackoff { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan? MaxReconnectBackoff { get; set; } = TimeSpan.FromSeconds(120);
}
