namespace Emotion.Client;

/// <summary>What became of callbacks.</summary>
public sealed partial class EmotionClient
{
    /// <summary>How far it is with telling the callback of an analysis, the newest first; empty until it has ended, and where it has none.</summary>
    /// <exception cref="AnalysisRefusedException">There is no such analysis any more.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<IReadOnlyList<Delivery>> ListDeliveriesAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await GetAsync(AddressOf(id, "/deliveries"), cancellationToken);
        return Parse<DeliveryList>(await response.Content.ReadAsStringAsync(cancellationToken)).Items;
    }

    /// <summary>Sends a delivery again, under the same id.</summary>
    /// <param name="id">Of the analysis.</param>
    /// <param name="delivery">As listed.</param>
    /// <exception cref="AnalysisRefusedException">There is no such delivery, or the gateway sends none.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<Delivery> RedeliverAsync(string id, string delivery, CancellationToken cancellationToken)
    {
        var address = AddressOf(id, $"/deliveries/{Uri.EscapeDataString(delivery)}/redeliver");
        using var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Post, address, token), () => true, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        return Parse<Delivery>(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    private sealed record DeliveryList(IReadOnlyList<Delivery> Items);
}
