using Emotion.Gateway.Canary;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Releases;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Emotion.Gateway.Api;

/// <summary>A release of models that an analysis can be given to.</summary>
/// <param name="Name">What to ask for as release.</param>
/// <param name="Default">It is the one that answers who asks for none, but for the share that a canary has.</param>
/// <param name="CanaryShare">Of the requests that name no release, the share that it is tried out on, from 0 to 1.</param>
/// <param name="Words">Whether it tells emotions by words, too.</param>
public sealed record OfferedModels(string Name, bool Default, double CanaryShare, bool Words);

/// <summary>The releases that every service has loaded.</summary>
/// <param name="Items">The default first; none while services load.</param>
public sealed record OfferedModelsList(IReadOnlyList<OfferedModels> Items);

/// <summary>GET /v1/models.</summary>
public static class ReleasesApi
{
    public static void MapReleasesApi(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/models", List)
        .WithTags("Models")
        .WithName("ListModels")
        .RequireScope(KeyScope.Models);

    /// <summary>The releases of models that a request may ask for just now.</summary>
    public static Ok<OfferedModelsList> List(ReleaseOffer offer, Rollout rollout)
    {
        var canary = rollout.Canary;
        return TypedResults.Ok(new OfferedModelsList([.. offer.Offered.Select((release, index) => new OfferedModels(
            release.Name, index == 0, canary?.Release == release.Name ? canary.Share : 0, release.ReadsText))]));
    }
}
