using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Emotion.ServiceDefaults;

/// <summary>The secret that this process shows when it calls and asks for when it is called, where there is one. It is in no log and no message.</summary>
public sealed class ServiceToken
{
    private const string Header = "authorization", Bearer = "Bearer ";

    private readonly string _shown;
    private readonly byte[][] _taken;

    public ServiceToken(IOptions<ServiceTokenOptions> options)
    {
        _shown = options.Value.Value;
        _taken = [.. new[] { _shown, options.Value.Previous }.Where(token => token.Length > 0).Select(HashOf)];
    }

    /// <summary>Of a system that has no token.</summary>
    public static ServiceToken None { get; } = new(Options.Create(new ServiceTokenOptions()));

    /// <summary>For programs without a host, such as commands.</summary>
    /// <exception cref="ValidationException">It is none.</exception>
    public static ServiceToken Of(IConfiguration configuration)
    {
        var options = configuration.GetSection(ServiceTokenOptions.Section).Get<ServiceTokenOptions>() ?? new ServiceTokenOptions();
        options.ReadFile();
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        return new ServiceToken(Options.Create(options));
    }

    /// <summary>Whether callers must show one.</summary>
    public bool IsAskedFor => _shown.Length > 0;

    /// <summary>Calls over a channel, with the token.</summary>
    public CallInvoker Over(GrpcChannel channel) => channel.CreateCallInvoker().Intercept(new ShowTokenInterceptor(this));

    /// <summary>The headers of a call with the token among them; the caller's own stay.</summary>
    internal Metadata? AddTo(Metadata? headers)
    {
        if (!IsAskedFor)
        {
            return headers;
        }

        var with = new Metadata();
        foreach (var header in headers ?? [])
        {
            with.Add(header);
        }

        with.Add(Header, Bearer + _shown);
        return with;
    }

    /// <summary>Whether the headers of a call show it; in a time that does not tell how much of it is right.</summary>
    internal bool IsShownIn(Metadata headers)
    {
        if (!IsAskedFor)
        {
            return true;
        }

        var shown = headers.GetValue(Header) is { } value && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? HashOf(value[Bearer.Length..]) : [];
        return _taken.Aggregate(false, (found, taken) => found | CryptographicOperations.FixedTimeEquals(shown, taken));
    }

    /// <summary>All of one length, whatever is shown.</summary>
    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
