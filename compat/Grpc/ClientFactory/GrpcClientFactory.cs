using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Grpc.Net.ClientFactory;

/// <summary>How clients of one name are made.</summary>
public class GrpcClientFactoryOptions
{
    public Uri? Address { get; set; }

    public IList<Action<GrpcChannelOptions>> ChannelOptionsActions { get; } = [];

    public IList<InterceptorRegistration> InterceptorRegistrations { get; } = [];

    /// <summary>Null: the client's constructor that takes a call invoker.</summary>
    public Func<CallInvoker, object>? Creator { get; set; }
}

public enum InterceptorScope
{
    /// <summary>Made once and shared by all clients of the name.</summary>
    Channel,

    /// <summary>Made for each client, from the services of its scope.</summary>
    Client,
}

public class InterceptorRegistration(InterceptorScope scope, Func<IServiceProvider, Interceptor> creator)
{
    public InterceptorScope Scope { get; } = scope;

    public Func<IServiceProvider, Interceptor> Creator { get; } = creator;
}

/// <summary>Makes clients by name. Clients of one name share a channel.</summary>
public abstract class GrpcClientFactory
{
    public abstract TClient CreateClient<TClient>(string name) where TClient : class;
}
