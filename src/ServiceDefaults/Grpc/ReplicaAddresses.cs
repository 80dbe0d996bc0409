using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Where the replicas of a service are, as AppHost tells: <c>services__video-1__http__0=http://127.0.0.1:21034</c>,
/// <c>services__video-2__http__0=...</c>, or <c>services__audio__http__0=...</c> for a service that has one only, or a name for all of them:
/// see <see cref="ReplicaWatch" />.
/// </summary>
public static class ReplicaAddresses
{
    /// <summary>Whether the service runs here at all: some are not needed by everybody.</summary>
    public static bool Any(IConfiguration configuration, string service) =>
        configuration.GetSection("services").GetChildren().Any(section => NumberOf(section.Key, service) is not null);

    /// <summary>The addresses in the order of the replicas' numbers.</summary>
    /// <exception cref="InvalidOperationException">There is none, or one is no address.</exception>
    public static IReadOnlyList<Uri> Of(IConfiguration configuration, string service)
    {
        var addresses = configuration.GetSection("services").GetChildren()
            .Select(section => (Number: NumberOf(section.Key, service), Addresses: section.GetSection("http").GetChildren()))
            .Where(replica => replica.Number is not null)
            .OrderBy(replica => replica.Number)
            .SelectMany(replica => replica.Addresses)
            .Select(address => Uri.TryCreate(address.Value, UriKind.Absolute, out var uri)
                ? uri
                : throw new InvalidOperationException($"{address.Path} is '{address.Value}', which is no address such as http://127.0.0.1:5101."))
            .ToArray();
        return addresses.Length > 0
            ? addresses
            : throw new InvalidOperationException(
                $"No replica of '{service}' is configured: set services__{service}__http__0, or services__{service}-1__http__0 and so on.");
    }

    /// <summary>0 for the service itself, N for <c>service-N</c>, null for another service.</summary>
    private static int? NumberOf(string name, string service) =>
        string.Equals(name, service, StringComparison.OrdinalIgnoreCase) ? 0
        : name.StartsWith($"{service}-", StringComparison.OrdinalIgnoreCase)
            && int.TryParse(name.AsSpan(service.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;
}
