using Emotion.Contracts.Common.V1;
using Emotion.Inference;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Tests;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;

namespace Emotion.Serving.Tests;

public sealed class PriorityTests(AzuriteFixture azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>One connection, on which calls with and without the header alternate: none leaves its priority to the next one.</summary>
    [Fact]
    public async Task Call_SaysThatItIsOfABatch_IsComputedAsSuch()
    {
        await using var served = await ServedModel.StartAsync(
            azurite, builder => builder.AddModelService<AudioModel>(), app => app.MapGrpcService<PriorityTeller>());
        var client = new ModelStatus.ModelStatusClient(served.Channel);

        foreach (var (said, isOfBatch) in ((string?, bool)[])[("batch", true), (null, false), ("batch", true), ("unheard of", false)])
        {
            Metadata headers = said is null ? [] : new() { { "emotion-priority", said } };
            var answer = await client.GetAsync(new GetModelStatusRequest(), headers, cancellationToken: Token);

            Assert.Equal(isOfBatch.ToString(), answer.DefaultRelease);
        }
    }

    private sealed class PriorityTeller : ModelStatus.ModelStatusBase
    {
        public override async Task<GetModelStatusResponse> Get(GetModelStatusRequest request, ServerCallContext context)
        {
            await Task.Yield();
            return new GetModelStatusResponse { DefaultRelease = WorkPriority.IsOfBatch.ToString() };
        }
    }
}
