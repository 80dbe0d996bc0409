using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using Grpc.Core.Interceptors;
using Grpc.Net.Compression;
using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>How services are served; for one service, what is left unset is taken from the options for all.</summary>
public class GrpcServiceOptions
{
    internal const int DefaultReceiveMaxMessageSize = 4 * 1024 * 1024;

    private int? _maxReceiveMessageSize = DefaultReceiveMaxMessageSize;
    private int? _maxSendMessageSize;

    /// <summary>In bytes, 4 MB unless set; null for no limit.</summary>
    public int? MaxReceiveMessageSize
    {
        get => _maxReceiveMessageSize;
        set => (_maxReceiveMessageSize, MaxReceiveMessageSizeSpecified) = (value, true);
    }

    /// <summary>In bytes; null, the default, for no limit.</summary>
    public int? MaxSendMessageSize
    {
        get => _maxSendMessageSize;
        set => (_maxSendMessageSize, MaxSendMessageSizeSpecified) = (value, true);
    }

    /// <summary>Tell the caller type and message of an exception that a handler did not expect. Off unless set.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary><c>gzip</c>, or null for no compression of responses. Used where the caller accepts it.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>gzip unless set.</summary>
    public IList<ICompressionProvider> CompressionProviders { get; set; } = [];

    /// <summary>The first is the outermost.</summary>
    public InterceptorCollection Interceptors { get; } = [];

    internal bool MaxReceiveMessageSizeSpecified { get; private set; }

    internal bool MaxSendMessageSizeSpecified { get; private set; }
}

public class GrpcServiceOptions<TService> : GrpcServiceOptions where TService : class;

public class InterceptorCollection : Collection<InterceptorRegistration>
{
    /// <summary>Taken from the services of the request where registered there, else made for the call with these arguments.</summary>
    public void Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TInterceptor>(
        params object[] args) where TInterceptor : Interceptor => Add(new InterceptorRegistration(typeof(TInterceptor), args));

    public void Add(Type interceptorType, params object[] args) => Add(new InterceptorRegistration(interceptorType, args));
}

public class InterceptorRegistration
{
    internal InterceptorRegistration(Type type, object[] arguments)
    {
        if (!typeof(Interceptor).IsAssignableFrom(type))
        {
            throw new ArgumentException($"{type} is no {nameof(Interceptor)}.", nameof(type));
        }

        Type = type;
        Arguments = arguments;
    }

    public Type Type { get; }

    public IReadOnlyList<object> Arguments { get; }

    internal Interceptor Get(IServiceProvider services) =>
        Arguments.Count == 0 && services.GetService(Type) is Interceptor registered
            ? registered
            : (Interceptor)ActivatorUtilities.CreateInstance(services, Type, [.. Arguments]);
}

/// <summary>What <c>AddGrpc</c> returns.</summary>
public interface IGrpcServerBuilder
{
    IServiceCollection Services { get; }
}
