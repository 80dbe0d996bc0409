using System.Net;
using System.Net.Sockets;

namespace Emotion.Gateway.Callbacks;

/// <summary>
/// Which IP addresses anybody may reach: of IPv6 the global unicast ones, of IPv4 all but those of IANA's registry of special purposes (RFC 6890 and
/// its successors). Neither has loopback, private, link-local, shared (RFC 6598), unique-local or multicast addresses.
/// </summary>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] SpecialInFour =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Protocols and tunnels (Teredo, 6to4: an IPv4 address inside), documentation.</summary>
    private static readonly IPNetwork[] SpecialInSix =
        [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20" }.Select(IPNetwork.Parse)];

    public static bool Contain(IPAddress address) => address.AddressFamily switch
    {
        _ when address.IsIPv4MappedToIPv6 => false, // IPNetwork takes it for one or the other.
        AddressFamily.InterNetwork => !SpecialInFour.Any(network => network.Contains(address)),
        AddressFamily.InterNetworkV6 => address.ScopeId == 0 && GlobalUnicast.Contains(address) && !SpecialInSix.Any(network => network.Contains(address)),
        _ => false,
    };
}
