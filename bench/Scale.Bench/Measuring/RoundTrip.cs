using System.Diagnostics;
using Emotion.Contracts.Common.V1;

namespace Emotion.ScaleBench.Measuring;

internal static class RoundTrip
{
    private const int Trips = 201, WarmUps = 20;

    /// <summary>Seconds there and back with next to no work.</summary>
    public static async Task<double> MedianAsync(Uri address, CancellationToken cancellationToken)
    {
        using var status = new GatewayCalls<ModelStatus.ModelStatusClient>("status", address);
        var trips = new List<double>();
        for (var trip = 0; trip < WarmUps + Trips; trip++)
        {
            var asked = Stopwatch.GetTimestamp();
            await status.OnceAsync(Questions.StatusAsync, cancellationToken);
            trips.Add(Stopwatch.GetElapsedTime(asked).TotalSeconds);
        }

        return Percentiles.Of([.. trips.Skip(WarmUps).Order()], 0.5);
    }
}
