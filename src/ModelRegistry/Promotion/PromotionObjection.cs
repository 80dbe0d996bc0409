namespace Emotion.ModelRegistry.Promotion;

/// <summary>Why a release is not promoted.</summary>
public enum ObjectionKind
{
    /// <summary>A headline metric falls by more than the margin.</summary>
    MetricFell,

    /// <summary>There is no telling: measured on other data, or not measured.</summary>
    NotComparable,

    /// <summary>The channel is older than one that was seen here.</summary>
    WentBack,

    /// <summary>The deployment may not use it.</summary>
    License,

    /// <summary>Fusion was trained on other upstream versions. Such a set has no use, so this one cannot be overruled.</summary>
    NotCoherent,
}

/// <param name="Message">One sentence that names model, version and numbers.</param>
public sealed record PromotionObjection(ObjectionKind Kind, string Message)
{
    public bool CanBeOverruled => Kind != ObjectionKind.NotCoherent;
}

/// <summary>The gate stays shut; <see cref="Objections"/> says why.</summary>
public sealed class PromotionRefusedException(string release, string channel, IReadOnlyList<PromotionObjection> objections)
    : Exception($"{release} is not promoted to {channel}: {string.Join(" ", objections.Select(objection => objection.Message))}")
{
    public IReadOnlyList<PromotionObjection> Objections { get; } = objections;
}
