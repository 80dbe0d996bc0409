using System.Runtime.CompilerServices;

namespace Emotion.Media;

/// <summary>
/// PCM on disk, written once and read by any number of readers while it grows. Disk rather than a queue: whoever reads only the
/// pictures must not stall the process that makes both.
/// </summary>
internal sealed class SoundFile(string path) : IAsyncDisposable
{
    private const int PieceBytes = 32_000;
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _length;
    private bool _complete;
    private Exception? _failure;

    public double Seconds => Interlocked.Read(ref _length) / (double)(AudioDecoder.SampleRate * sizeof(short));

    public async Task FillAsync(Stream pcm, CancellationToken cancellationToken)
    {
        var buffer = new byte[PieceBytes];
        int read;
        while ((read = await pcm.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await _file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            Change(() => _length += read);
        }
    }

    public void Complete(Exception? failure) => Change(() => (_complete, _failure) = (true, failure));

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
        var buffer = new byte[PieceBytes];
        while (true)
        {
            var (available, changed) = Look(reader.Position);
            if (available > 0)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(available, PieceBytes));
                await reader.ReadExactlyAsync(piece, cancellationToken).ConfigureAwait(false);
                yield return piece;
            }
            else if (changed is null)
            {
                yield break;
            }
            else
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    /// <summary>How many bytes of whole samples wait behind a position, and what to wait for where there are none.</summary>
    private (long Available, Task? Changed) Look(long position)
    {
        lock (_lock)
        {
            var available = (_length - position) & ~1L;
            if (available == 0 && _complete)
            {
                if (_failure is not null)
                {
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
                }

                return (0, null);
            }

            return (available, _changed.Task);
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
