namespace Emotion.Client.Tests;

/// <summary>What is large goes on where it broke off, there and back.</summary>
public sealed class UploadTests : IDisposable
{
    private static readonly EmotionClientOptions InPieces = new()
    {
        InPiecesFrom = 1000, PieceBytes = 40_000, MaximumRetries = 2, FirstPause = TimeSpan.FromMilliseconds(1),
    };

    private readonly byte[] _clip = [.. Enumerable.Range(0, 100_000).Select(number => (byte)(number * 7 % 251))];
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-client-tests-").FullName;
    private readonly PieceGateway _gateway = new();
    private readonly HttpClient _http;

    public UploadTests() => _http = new HttpClient { BaseAddress = _gateway.Address };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Note => Path.Combine(_folder, "notes", "clip");

    public void Dispose()
    {
        _http.Dispose();
        _gateway.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task LargeClip_ComesInPiecesAndIsThenAnalysed()
    {
        var reports = new List<long>();

        var accepted = await SubmitAsync(new SubmitOptions { Release = "r 1", IdempotencyKey = "k1" }, new Reports(reports.Add));

        Assert.Equal("a1", accepted.Analysis.Id);
        Assert.Equal(_clip, _gateway.Arrived);
        Assert.Equal(
            ["POST /v1/uploads", "PATCH /v1/uploads/u1 at 0", "PATCH /v1/uploads/u1 at 40000", "PATCH /v1/uploads/u1 at 80000", "POST /v1/analyses?upload=u1&release=r%201"],
            _gateway.Asked);
        Assert.Equal("k1", _gateway.Key);
        Assert.Equal(reports.Order(), reports);
        Assert.Equal((0, _clip.Length), (reports[0], reports[^1]));
    }

    [Fact]
    public async Task ConnectionThatBreaksOff_GoesOnFromWhatHasArrived()
    {
        _gateway.BreakAfter.Enqueue(int.MaxValue);
        _gateway.BreakAfter.Enqueue(10_000);
        _gateway.BreakAfter.Enqueue(5_000);

        await SubmitAsync(new SubmitOptions());

        Assert.Equal(_clip, _gateway.Arrived);
        string[] offsets = ["0", "40000", "50000", "55000", "95000"];
        Assert.Equal(offsets.Select(offset => "PATCH /v1/uploads/u1 at " + offset), _gateway.Asked.Where(asked => asked.StartsWith("PATCH", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(423)]
    [InlineData(503)]
    public async Task Piece_RefusedForNow_IsSentAgain(int status)
    {
        _gateway.Refuse.Enqueue(status);

        await SubmitAsync(new SubmitOptions());

        Assert.Equal(_clip, _gateway.Arrived);
    }

    [Fact]
    public async Task Piece_RefusedForGood_IsNot()
    {
        _gateway.Refuse.Enqueue(413);

        await Assert.ThrowsAsync<AnalysisRefusedException>(() => SubmitAsync(new SubmitOptions()));

        Assert.Equal(2, _gateway.Asked.Count);
    }

    [Fact]
    public async Task ConnectionThatAlwaysBreaksOff_SaysHowFarItCame()
    {
        _gateway.BreakAfter.Enqueue(3_000);
        for (var i = 0; i < 3; i++)
        {
            _gateway.BreakAfter.Enqueue(0);
        }

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => SubmitAsync(new SubmitOptions()));

        Assert.Contains($"{3_000:N0} of {100_000:N0} bytes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_WithANote_AnotherProcessGoesOn()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => SubmitAsync(new SubmitOptions { UploadNote = Note }, new Reports(bytes => { if (bytes >= 60_000) { stop.Cancel(); } }), stop.Token));
        Assert.Equal("u1", await File.ReadAllTextAsync(Note, Cancelled));
        var before = _gateway.Asked.Count;
        var reports = new List<long>();

        await SubmitAsync(new SubmitOptions { UploadNote = Note }, new Reports(reports.Add));

        Assert.Equal(_clip, _gateway.Arrived);
        Assert.True(reports[0] >= 40_000, $"It began at {reports[0]}.");
        // What was under way when it was stopped may be heard of later.
        Assert.Contains(_gateway.Asked.Skip(before), asked => asked.StartsWith("HEAD", StringComparison.Ordinal));
        Assert.Single(_gateway.Asked, "POST /v1/uploads");
        Assert.False(File.Exists(Note));
    }

    [Fact]
    public async Task Stopped_WithoutANote_IsDeletedAtTheGateway()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => SubmitAsync(new SubmitOptions(), new Reports(bytes => { if (bytes >= 60_000) { stop.Cancel(); } }), stop.Token));

        // Who is stopped does not wait long for an answer: a busy gateway hears of it, as of what was under way, later.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        string Last() => _gateway.Asked.FindLast(asked => !asked.StartsWith("PATCH", StringComparison.Ordinal))!;
        while (Last() != "DELETE /v1/uploads/u1")
        {
            Assert.Equal("POST /v1/uploads", Last());
            await Task.Delay(20, patience.Token);
        }
    }

    [Fact]
    public async Task Note_OfAnUploadThatIsGone_BeginsAnew()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Note)!);
        await File.WriteAllTextAsync(Note, "u0", Cancelled);
        _gateway.IsForgotten = true;

        await SubmitAsync(new SubmitOptions { UploadNote = Note });

        Assert.Equal(["HEAD /v1/uploads/u0", "POST /v1/uploads"], _gateway.Asked[..2]);
        Assert.Equal(_clip, _gateway.Arrived);
        Assert.False(File.Exists(Note));
    }

    [Fact]
    public async Task Note_ThatCannotBeWritten_KeepsNothingFromBeingSent()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "notes"), "a file where a folder should be", Cancelled);

        await SubmitAsync(new SubmitOptions { UploadNote = Note });

        Assert.Equal(_clip, _gateway.Arrived);
    }

    [Fact]
    public async Task Overlay_ThatBreaksOff_IsWrittenOnce()
    {
        _gateway.Overlay = _clip;
        _gateway.BreakAfter.Enqueue(30_000);
        using var written = new MemoryStream();

        await new EmotionClient(_http, InPieces).WriteAsync("a1", AnalysisForm.Overlay, written, Cancelled);

        Assert.Equal(_clip, written.ToArray());
        Assert.Equal("GET /v1/analyses/a1/overlay.mp4", _gateway.Asked[0]);
        Assert.StartsWith("GET /v1/analyses/a1/overlay.mp4 of bytes=", _gateway.Asked[1], StringComparison.Ordinal);
    }

    private async Task<AnalysisResponse> SubmitAsync(SubmitOptions options, IProgress<long>? uploaded = null, CancellationToken? cancellationToken = null)
    {
        using var clip = new MemoryStream([.. "skipped"u8, .. _clip]) { Position = 7 };
        return await new EmotionClient(_http, InPieces).SubmitAsync(clip, uploaded, cancellationToken ?? Cancelled, options);
    }

    private sealed class Reports(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
