using System.Runtime.InteropServices;
using Emotion.Contracts.Text.V1;
using Emotion.Inference;
using Emotion.ServiceDefaults;
using Emotion.Serving;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Emotion.TextService.Tests;

public sealed class PcmSpoolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Spool_SoundInOddPieces_IsReadBackFromAnywhere()
    {
        short[] sound = [.. Enumerable.Range(0, 50_000).Select(sample => (short)(sample * 7))];
        using var spool = PcmSpool.Create("", 16_000, maximumSeconds: 60);
        foreach (var piece in MemoryMarshal.AsBytes(sound.AsSpan()).ToArray().Chunk(4001))
        {
            await spool.AppendAsync(piece, Token);
        }

        var recording = spool.Finish();

        Assert.Equal(sound.Length, recording.Samples);
        foreach (var (first, count) in new[] { (0, sound.Length), (1, 1), (4001, 12_000), (sound.Length - 3, 3) })
        {
            var read = new short[count];
            recording.Read(first, read);
            Assert.Equal(sound[first..(first + count)], read);
        }

        Assert.Throws<EndOfStreamException>(() => recording.Read(sound.Length - 3, new short[4]));
    }

    [Fact]
    public async Task Spool_MoreThanItsSeconds_IsRefusedBeforeItIsWritten()
    {
        using var spool = PcmSpool.Create("", 16_000, maximumSeconds: 1);
        await spool.AppendAsync(new byte[32_000], Token);

        await Assert.ThrowsAsync<LimitExceededException>(() => spool.AppendAsync(new byte[1], Token).AsTask());

        Assert.Equal(16_000, spool.Finish().Samples);
    }

    /// <summary>The kernel's <c>/dev/full</c> answers as a disk without room.</summary>
    [Fact]
    public async Task Append_DiskIsFull_IsResourceExhaustedHereAndSentElsewhere()
    {
        using var spool = new PcmSpool(new FileStream("/dev/full", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0), 16_000, 60);

        var full = await Assert.ThrowsAsync<RpcException>(() => new ErrorInterceptor().ClientStreamingServerHandler<TranscribeRequest, TranscribeResponse>(
            null!, null!, async (_, _) =>
            {
                await spool.AppendAsync(new byte[32_000], Token);
                return new TranscribeResponse();
            }));

        Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
        Assert.True(RetryHint.IsGiven(full));
        Assert.DoesNotContain("/dev", full.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_FolderThatIsNotThere_AreRefused()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["TextService:WorkFolder"] = Path.Combine(AppContext.BaseDirectory, "nowhere");
        builder.AddTextServices();
        using var host = builder.Build();

        var refused = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IOptions<TextServiceOptions>>().Value);

        Assert.Contains("WorkFolder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_FolderThatIsGone_IsNoFullDisk()
    {
        var failure = await Assert.ThrowsAsync<DirectoryNotFoundException>(() =>
            new ErrorInterceptor().UnaryServerHandler<TranscribeRequest, TranscribeResponse>(null!, null!, (_, _) =>
            {
                using var spool = PcmSpool.Create(Path.Combine(AppContext.BaseDirectory, "nowhere"), 16_000, 60);
                return Task.FromResult(new TranscribeResponse());
            }));

        Assert.Contains("nowhere", failure.Message, StringComparison.Ordinal);
    }
}
