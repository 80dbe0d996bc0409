namespace Grpc.Core;

/// <summary>How the channel is protected, and whether credentials go with each call.</summary>
public abstract class ChannelCredentials
{
    public static ChannelCredentials Insecure { get; } = new PlainCredentials();

    /// <summary>TLS with the trust of the machine.</summary>
    public static ChannelCredentials SecureSsl { get; } = new SslCredentials();

    internal abstract bool IsSecure { get; }

    internal virtual CallCredentials? Call => null;

    public static ChannelCredentials Create(ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
        new WithCallCredentials(channelCredentials, callCredentials);

    private sealed class PlainCredentials : ChannelCredentials
    {
        internal override bool IsSecure => false;
    }

    private sealed class WithCallCredentials(ChannelCredentials channel, CallCredentials call) : ChannelCredentials
    {
        internal override bool IsSecure => channel.IsSecure;

        internal override CallCredentials? Call => call;
    }
}

public sealed class SslCredentials : ChannelCredentials
{
    internal override bool IsSecure => true;
}

public class AuthInterceptorContext(string serviceUrl, string methodName, CancellationToken cancellationToken)
{
    public string ServiceUrl { get; } = serviceUrl;

    public string MethodName { get; } = methodName;

    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Adds what authenticates the caller to the headers of one call.</summary>
public delegate Task AsyncAuthInterceptor(AuthInterceptorContext context, Metadata metadata);

/// <summary>Credentials of the caller. Sent only over a secure channel, unless the channel's options allow otherwise.</summary>
public abstract class CallCredentials
{
    internal abstract IEnumerable<AsyncAuthInterceptor> Interceptors { get; }

    public static CallCredentials Compose(params CallCredentials[] credentials) => new Composed([.. credentials]);

    public static CallCredentials FromInterceptor(AsyncAuthInterceptor interceptor) => new Single(interceptor);

    private sealed class Single(AsyncAuthInterceptor interceptor) : CallCredentials
    {
        internal override IEnumerable<AsyncAuthInterceptor> Interceptors => [interceptor];
    }

    private sealed class Composed(IReadOnlyList<CallCredentials> parts) : CallCredentials
    {
        internal override IEnumerable<AsyncAuthInterceptor> Interceptors => parts.SelectMany(part => part.Interceptors);
    }
}
