using System.Diagnostics;

namespace Emotion.Inference.Hosting;

/// <summary>
/// Replicas that share a cache of packages, as those that AppHost starts on one machine do, build one after another: a release that all of them take up at
/// once would have every core build, and none answer. It is a locked file, so a process that dies gives its turn back.
/// </summary>
internal static class LoadTurn
{
    public const string FileName = ".loading";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <param name="patience">Afterwards there is no waiting any more: who holds it may hang.</param>
    /// <returns>To be disposed when the load is over; null where there is no turn to be had: patience ended, or the folder takes no file.</returns>
    public static async Task<IDisposable?> TakeAsync(string directory, TimeSpan patience, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(directory);
                return new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                if (refused is not IOException { HResult: var code } || !IsTaken(code) || Stopwatch.GetElapsedTime(since) >= patience)
                {
                    return null;
                }
            }

            await Task.Delay(Look, cancellationToken);
        }
    }

    // EWOULDBLOCK of flock, as .NET tells it; a sharing violation on Windows.
    private static bool IsTaken(int code) => (code & 0xFFFF) is 11 or 32 or 35;
}
