using Emotion.Inference.Hosting;

namespace Emotion.Inference.Tests;

public sealed class LoadTurnTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-turns-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Take_SomebodyHasIt_WaitsUntilItIsGivenBack()
    {
        var first = await LoadTurn.TakeAsync(_folder, TimeSpan.FromMinutes(1), Token);
        var second = LoadTurn.TakeAsync(_folder, TimeSpan.FromMinutes(1), Token);
        await Task.Delay(200, Token);
        Assert.NotNull(first);
        Assert.False(second.IsCompleted);

        first.Dispose();

        using var turn = await second;
        Assert.NotNull(turn);
    }

    [Fact]
    public async Task Take_SomebodyHangs_GoesOnWithoutIt()
    {
        using var first = await LoadTurn.TakeAsync(_folder, TimeSpan.FromMinutes(1), Token);

        Assert.Null(await LoadTurn.TakeAsync(_folder, TimeSpan.FromMilliseconds(100), Token));
    }

    [Fact]
    public async Task Take_NoFolderToBeHad_GoesOnWithoutIt()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "", Token);

        Assert.Null(await LoadTurn.TakeAsync(file, TimeSpan.FromMinutes(1), Token));
    }

    [Fact]
    public async Task Take_Cancelled_Stops()
    {
        using var first = await LoadTurn.TakeAsync(_folder, TimeSpan.FromMinutes(1), Token);
        using var stop = new CancellationTokenSource();
        var second = LoadTurn.TakeAsync(_folder, TimeSpan.FromMinutes(1), stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }
}
