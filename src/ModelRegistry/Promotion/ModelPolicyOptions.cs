using System.ComponentModel.DataAnnotations;

namespace Emotion.ModelRegistry.Promotion;

/// <summary>Section <c>Models</c>: what a deployment asks of a release before it is promoted.</summary>
public sealed class ModelPolicyOptions
{
    public const string SectionName = "Models";

    /// <summary>Refuse releases with a model whose licence does not allow commercial use.</summary>
    public bool RequireCommercialUse { get; set; }

    /// <summary>How far a headline metric may fall below that of the release a channel points to; 0.01 is one point.</summary>
    [Range(0.0, 1.0)]
    public double MaximumDrop { get; set; } = 0.01;
}
