using Emotion.Features;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Hosting;

/// <summary>What a service holds now: the answer to <c>ModelStatus.Get</c>.</summary>
/// <param name="DefaultRelease">Empty while nothing is loaded.</param>
/// <param name="LastFailure">Why something is not loaded that should be; empty when all is well.</param>
public sealed record ModelHostSnapshot(IReadOnlyList<LoadedModel> Loaded, string DefaultRelease, string LastFailure)
{
    /// <summary>The releases that channels point at, as far as they are loaded.</summary>
    public IReadOnlySet<string> Listed { get; init; } = new HashSet<string>();

    /// <summary>The releases have no such model, and may have none: there is nothing to serve, and nothing is wrong.</summary>
    public bool IsIdle { get; init; }
}

/// <summary>A release that is answered for, with the version of the model behind it.</summary>
/// <param name="CoveredLabels">What the model can tell; none where it tells no emotion at all.</param>
/// <param name="License">Of the model's weights.</param>
public sealed record LoadedModel(
    string Release, string ModelName, string Version, ClipWindowSpec ClipWindow, IReadOnlyList<string> CoveredLabels, LicenseManifest License);
