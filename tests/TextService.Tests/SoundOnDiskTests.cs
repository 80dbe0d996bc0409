using System.Runtime.Versioning;
using Emotion.Contracts.Text.V1;
using Emotion.ModelRegistry.Tests;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.TextService.Tests;

/// <summary>Somebody's voice, while a call lasts and behind it. What is open is told by the kernel, of a file whether it has a name or not.</summary>
[SupportedOSPlatform("linux")]
public sealed class SoundOnDiskTests(AzuriteFixture azurite)
    : ServedText(azurite, ("TextService:WorkFolder", Folder), ("TextService:MaximumSeconds", "2"))
{
    private const int Bytes = 48_000;

    private static readonly string Folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "sound")).FullName;

    [Fact]
    public async Task Transcribe_WhileItLasts_SoundIsInItsOwnersFileThatNobodyElseCanOpen()
    {
        await Served.PromoteAsync(await Packages.TextAsync());
        using var call = await BeginAsync(Token);

        var link = await SoundAsync();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
        Assert.EndsWith(" (deleted)", File.ResolveLinkTarget(link, returnFinalTarget: false)!.Name, StringComparison.Ordinal);
        using (var file = File.OpenHandle(link, share: FileShare.ReadWrite | FileShare.Delete))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync;
        Assert.Empty(Open());
    }

    [Theory]
    [InlineData("half a sample")]
    [InlineData("too long")]
    [InlineData("two starts")]
    [InlineData("cancelled")]
    public async Task Transcribe_ThatComesToNothing_LeavesNoSound(string end)
    {
        await Served.PromoteAsync(await Packages.TextAsync());
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var call = await BeginAsync(cancelled.Token);
        await SoundAsync();

        switch (end)
        {
            case "half a sample":
                await call.RequestStream.WriteAsync(Pcm(1), Token);
                await call.RequestStream.CompleteAsync();
                break;
            case "too long":
                await call.RequestStream.WriteAsync(Pcm(Bytes), Token);
                break;
            case "two starts":
                await call.RequestStream.WriteAsync(Start(), Token);
                break;
            default:
                await cancelled.CancelAsync();
                break;
        }

        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (Open().Count > 0)
        {
            await Task.Delay(20, limit.Token);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
    }

    /// <summary>A call that has sent sound, and does not say that this was all.</summary>
    private async Task<AsyncClientStreamingCall<TranscribeRequest, TranscribeResponse>> BeginAsync(CancellationToken cancellationToken)
    {
        var call = new Transcriber.TranscriberClient(Served.Channel).Transcribe(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(Start(), Token);
        await call.RequestStream.WriteAsync(Pcm(Bytes), Token);
        return call;
    }

    /// <summary>The open file of the one call, as soon as its sound is there.</summary>
    private static async Task<string> SoundAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (Open() is [var link])
            {
                using var file = File.OpenHandle(link, share: FileShare.ReadWrite | FileShare.Delete);
                if (RandomAccess.GetLength(file) == Bytes)
                {
                    return link;
                }
            }

            await Task.Delay(20, limit.Token);
        }
    }

    // /proc/self/fd/211 -> .../sound/emotion-text-ab12cd34.efg (deleted)
    private static List<string> Open() => [.. Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Where(link => new FileInfo(link).LinkTarget?.StartsWith(Folder + "/", StringComparison.Ordinal) == true)];

    private static TranscribeRequest Start() => new() { Start = new() { ClipId = "clip" } };

    private static TranscribeRequest Pcm(int bytes) => new() { Pcm = UnsafeByteOperations.UnsafeWrap(new byte[bytes]) };
}
