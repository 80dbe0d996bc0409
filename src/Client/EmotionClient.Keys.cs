using System.Net.Http.Json;
using System.Runtime.CompilerServices;

namespace Emotion.Client;

/// <summary>Keys, for who has one with the scope admin.</summary>
public sealed partial class EmotionClient
{
    /// <summary>Makes a key; its secret is in this answer and in no other.</summary>
    /// <exception cref="AnalysisRefusedException">There can be no such key, or its use is prohibited.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<MadeKey> CreateKeyAsync(NewKey key, CancellationToken cancellationToken)
    {
        // Once: what broke off may have made one, whose secret nobody has heard.
        using var request = Request(HttpMethod.Post, new Uri("v1/keys", UriKind.Relative));
        request.Content = JsonContent.Create(key, options: Json);
        using var response = await http.SendAsync(request, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        return Parse<MadeKey>(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>The keys, the newest first, asked for page by page as they are read.</summary>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async IAsyncEnumerable<KeySummary> ListKeysAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var from = after is null ? "" : $"&after={Uri.EscapeDataString(after)}";
            using var response = await GetAsync(new Uri($"v1/keys?limit=100{from}", UriKind.Relative), cancellationToken);
            var page = Parse<KeyPage>(await response.Content.ReadAsStringAsync(cancellationToken));
            foreach (var one in page.Items)
            {
                yield return one;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>Gives a key another secret; the one that it has is good for a while yet.</summary>
    /// <param name="id">Of the key.</param>
    /// <param name="grace">How long; null: as the gateway is set.</param>
    /// <exception cref="AnalysisRefusedException">There is no such key that is good.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<MadeKey> RotateKeyAsync(string id, TimeSpan? grace, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Post, AddressOfKey(id, "/rotate"));
        request.Content = JsonContent.Create(new { graceSeconds = (int?)grace?.TotalSeconds }, options: Json);
        using var response = await http.SendAsync(request, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        return Parse<MadeKey>(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Ends a key at once and for good.</summary>
    /// <exception cref="AnalysisRefusedException">There is no such key.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task RevokeKeyAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Delete, AddressOfKey(id), token), () => true, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
    }

    private static Uri AddressOfKey(string id, string rest = "") => new($"v1/keys/{Uri.EscapeDataString(id)}{rest}", UriKind.Relative);
}
