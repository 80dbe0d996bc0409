using Emotion.Features;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Releases;

/// <summary>A release that every ready replica of every service answers for, with its window rule.</summary>
public sealed record OfferedRelease(string Name, ClipWindowSpec ClipWindow)
{
    /// <summary>Whether the text service, which not every release and not every system has, answers for it too.</summary>
    public bool HasText { get; init; }

    /// <summary>Whether it tells emotions by words, and does not only write them down.</summary>
    public bool ReadsText { get; init; }

    /// <summary>The terms of its models, as the services tell them.</summary>
    public ModelLicences Licences { get; init; } = ModelLicences.Unknown;
}

/// <summary>
/// The releases a request may be answered with: an immutable list, exchanged whole by <see cref="ReleasePoller"/>. A request chooses
/// once, so that every model that answers it belongs to one coherent set.
/// </summary>
public sealed class ReleaseOffer
{
    private IReadOnlyList<OfferedRelease> _offered = [];

    /// <summary>The default first.</summary>
    public IReadOnlyList<OfferedRelease> Offered => Volatile.Read(ref _offered);

    public void Exchange(IReadOnlyList<OfferedRelease> offered) => Volatile.Write(ref _offered, offered);

    /// <summary>Null where it is not offered.</summary>
    public OfferedRelease? Find(string name) => Offered.FirstOrDefault(release => release.Name == name);

    /// <param name="name">The release that the caller asks for; null or empty: the default.</param>
    /// <exception cref="RefusedException">It is not offered, or none is.</exception>
    public OfferedRelease Choose(string? name)
    {
        var offered = Offered;
        if (offered.Count == 0)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status503ServiceUnavailable, "no-release", "The services have not loaded a common release yet. Try again shortly.")
            {
                RetryAfter = TimeSpan.FromSeconds(2),
            });
        }

        return string.IsNullOrEmpty(name)
            ? offered[0]
            : offered.FirstOrDefault(release => release.Name == name) ?? throw new RefusedException(new Refusal(
                StatusCodes.Status409Conflict,
                "unknown-release",
                $"No such release is loaded everywhere. Offered: {string.Join(", ", offered.Select(release => release.Name))}."));
    }
}
