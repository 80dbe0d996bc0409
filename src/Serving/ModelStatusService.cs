using Emotion.Contracts.Common.V1;
using Emotion.Inference.Hosting;
using Grpc.Core;

namespace Emotion.Serving;

/// <summary>Tells which releases this replica answers for.</summary>
public sealed class ModelStatusService<TModel>(ModelHost<TModel> host) : ModelStatus.ModelStatusBase
    where TModel : class, IServableModel<TModel>
{
    public override Task<GetModelStatusResponse> Get(GetModelStatusRequest request, ServerCallContext context)
    {
        host.Hold(request.HeldReleases);
        var snapshot = host.Snapshot;
        return Task.FromResult(new GetModelStatusResponse
        {
            DefaultRelease = snapshot.DefaultRelease,
            LastFailure = snapshot.LastFailure,
            Loaded =
            {
                snapshot.Loaded.Select(loaded => new GetModelStatusResponse.Types.Loaded
                {
                    Release = loaded.Release,
                    Model = new ModelVersion { Name = loaded.ModelName, Version = loaded.Version },
                    ClipWindow = new ClipWindowSpec
                    {
                        LengthSeconds = loaded.ClipWindow.LengthSeconds,
                        MinimumTailSeconds = loaded.ClipWindow.MinimumTailSeconds,
                    },
                    CoveredLabels = { loaded.CoveredLabels },
                    Unlisted = !snapshot.Listed.Contains(loaded.Release),
                    Licence = loaded.License.Id,
                    AllowsCommercialUse = loaded.License.AllowsCommercialUse,
                }),
            },
        });
    }
}
