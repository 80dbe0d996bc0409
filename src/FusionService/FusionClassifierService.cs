using Emotion.Contracts.Fusion.V1;
using Emotion.Inference;
using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Hosting;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.Serving;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Contribution = Emotion.Contracts.Fusion.V1.Contribution;
using ModalityEvidence = Emotion.Inference.Fusion.ModalityEvidence;

namespace Emotion.FusionService;

/// <summary>The wire of <see cref="FusionModel"/>: see fusion.proto.</summary>
public sealed partial class FusionClassifierService(
    ModelHost<FusionModel> models, CallLimits limits, IOptions<FusionServiceOptions> options, ILogger<FusionClassifierService> logger)
    : FusionClassifier.FusionClassifierBase
{
    /// <summary>Modalities that there are; a release's fusion knows some of them.</summary>
    private static readonly string[] Modalities = [AudioModel.ModelName, VideoModel.ModelName, TextModel.ModelName];

    public override async Task<FuseResponse> Fuse(FuseRequest request, ServerCallContext context)
    {
        ModelWire.ToPlan([.. request.Windows.Select(window => window.ClipWindow ?? new())], options.Value.MaximumWindows);
        await using var lease = models.Acquire(request.Release);
        // A release is a coherent set: one whose fusion was not trained on text answers by the others.
        string[] unknown = [.. Modalities.Except(lease.Model.Modalities)];
        using var place = await limits.Fuse.EnterAsync(context.CancellationToken);
        var (fused, fallbackReason) = Fuse(lease.Model, request, [.. request.Windows.Select(window => Evidence(window, unknown))], context.CancellationToken);

        // Fusion can tell what any of its modalities can.
        var covered = lease.Model.Package.Manifest.CoveredLabels;
        var sources = Sources(request);
        var response = new FuseResponse
        {
            Uncertain = fused.Uncertain,
            ModalitiesDisagree = fused.ModalitiesDisagree,
            Model = fallbackReason is null ? lease.VersionOnWire() : null,
            Release = lease.Release,
            Fallback = fallbackReason is not null,
            FallbackReason = fallbackReason ?? "",
            DecidedBy = fused.DecidedBy is { } deciding ? ToWire(deciding, covered) : null,
            LeftOut = { unknown.Where(sources.ContainsKey) },
            Contributions = { fused.Contributions.Select(contribution => ToWire(contribution, sources)) },
            Windows = { fused.Windows.Select(window => ToWire(window, covered)) },
        };
        if (fused.Abstention is { } abstention)
        {
            response.Abstention = abstention.ToWire();
        }
        else
        {
            response.Posterior = ModelWire.ToPosterior(fused.Posterior, covered);
        }

        return response;
    }

    /// <summary>By the network; by the product where that cannot be, if who asks takes it.</summary>
    /// <returns>With why it is the product; null where it is not.</returns>
    private (FusedClip Fused, string? FallbackReason) Fuse(
        FusionModel model, FuseRequest request, IReadOnlyList<WindowEvidence> windows, CancellationToken cancellationToken)
    {
        try
        {
            return (model.Fuse(windows, cancellationToken), null);
        }
        catch (IncompatibleVersionException mismatch) when (request.AcceptFallback)
        {
            var fused = model.FuseByProduct(windows, cancellationToken);
            LogFallback(request.ClipId, mismatch.Message);
            return (fused, mismatch.Message);
        }
    }

    private static WindowEvidence Evidence(FuseRequest.Types.Window window, string[] unknown) => new(
        (int)window.ClipWindow.Index,
        [
            .. window.Evidence.Where(evidence => !unknown.Contains(evidence.Modality)).Select(evidence => new ModalityEvidence(
                evidence.Modality,
                evidence.FeatureMap?.Producer?.Name ?? "",
                evidence.FeatureMap?.Producer?.Version ?? "",
                evidence.Posterior?.Probabilities.ToArray() ?? [],
                ModelWire.FromFeatureMap(evidence.FeatureMap),
                evidence.Quality)
            {
                CoveredLabels = [.. evidence.Posterior?.CoveredLabels ?? []],
            }),
        ]);

    /// <summary>What each modality's model covers, as its own posteriors say.</summary>
    private static Dictionary<string, IReadOnlyList<string>> Sources(FuseRequest request) => request.Windows
        .SelectMany(window => window.Evidence)
        .GroupBy(evidence => evidence.Modality)
        .ToDictionary(modality => modality.Key, modality => (IReadOnlyList<string>)(modality.First().Posterior?.CoveredLabels ?? []));

    private static Contracts.Fusion.V1.FusedWindow ToWire(Inference.Fusion.FusedWindow window, IReadOnlyList<string> covered)
    {
        var fused = new Contracts.Fusion.V1.FusedWindow
        {
            WindowIndex = (uint)window.WindowIndex,
            Uncertain = window.Uncertain,
            ModalitiesDisagree = window.ModalitiesDisagree,
            Contributions = { window.Contributions.Select(one => new Contribution { Modality = one.Modality, Change = one.Change }) },
        };
        if (window.Abstention is { } abstention)
        {
            fused.Abstention = abstention.ToWire();
        }
        else
        {
            fused.Posterior = ModelWire.ToPosterior(window.Posterior, covered);
        }

        if (window.Change is { } change)
        {
            fused.Change = change;
        }

        return fused;
    }

    private static Contracts.Fusion.V1.DecidingWindows ToWire(Inference.Fusion.DecidingWindows deciding, IReadOnlyList<string> covered) => new()
    {
        WindowIndex = { deciding.WindowIndices.Select(index => (uint)index) },
        Change = deciding.Change,
        PosteriorWithout = deciding.PosteriorWithout.Length > 0 ? ModelWire.ToPosterior(deciding.PosteriorWithout, covered) : null,
    };

    private static Contribution ToWire(Inference.Fusion.Contribution contribution, Dictionary<string, IReadOnlyList<string>> sources) => new()
    {
        Modality = contribution.Modality,
        Change = contribution.Change,
        Posterior = ModelWire.ToPosterior(contribution.Posterior, sources[contribution.Modality]),
    };

    [LoggerMessage(LogLevel.Warning, "Clip {Clip} is answered by the product of its posteriors, and not by fusion's network. {Reason}")]
    private partial void LogFallback(string clip, string reason);
}
