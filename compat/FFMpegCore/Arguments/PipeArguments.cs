using System.IO.Pipes;
using FFMpegCore.Pipes;

namespace FFMpegCore.Arguments;

/// <summary>
/// A UNIX domain socket that ffmpeg connects to through its <c>unix:</c> protocol, as in the published package, because a
/// process may have several pipe outputs and standard output is only one.
/// </summary>
internal abstract class PipeArgument(PipeDirection direction) : IPipeArgument
{
    private readonly string _name = $"ff-{Guid.NewGuid():N}"[..15];
    private string _folder = Path.GetTempPath();
    private NamedPipeServerStream? _pipe;

    public abstract string Text { get; }

    protected string PipePath => $"unix:{Path.Combine(_folder, _name)}";

    public void Open(FFOptions options)
    {
        _folder = options.TemporaryFilesFolder;
        _pipe = new NamedPipeServerStream(
            Path.Combine(_folder, _name), direction, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
    }

    public async Task TransferAsync(CancellationToken exited, CancellationToken stop)
    {
        var pipe = _pipe ?? throw new InvalidOperationException("The pipe has not been opened");
        try
        {
            await pipe.WaitForConnectionAsync(exited).ConfigureAwait(false);
            await TransferAsync(pipe, exited, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (exited.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            // The process ended without this pipe, or without the rest of its input; its exit code says why.
        }
        finally
        {
            Close();
        }
    }

    public void Close() => Interlocked.Exchange(ref _pipe, null)?.Dispose();

    protected abstract Task TransferAsync(Stream pipe, CancellationToken exited, CancellationToken stop);
}

internal sealed class InputPipeArgument(IPipeSource source) : PipeArgument(PipeDirection.Out)
{
    public override string Text => $"-y {source.GetStreamArguments()} -i \"{PipePath}\"";

    protected override async Task TransferAsync(Stream pipe, CancellationToken exited, CancellationToken stop)
    {
        var guarded = new BrokenPipeStream(pipe);
        try
        {
            await source.WriteAsync(guarded, exited).ConfigureAwait(false);
        }
        catch (IOException) when (guarded.IsBroken)
        {
            // ffmpeg closed its input: it has read all that it wants, or it fails and its exit code says why.
        }
    }
}

internal sealed class OutputPipeArgument(IPipeSink sink) : PipeArgument(PipeDirection.In)
{
    public override string Text => $"\"{PipePath}\" -y";

    // What a process wrote before it ended is still in the socket, so its end must not cut reading short.
    protected override Task TransferAsync(Stream pipe, CancellationToken exited, CancellationToken stop) => sink.ReadAsync(pipe, stop);
}

/// <summary>Tells an I/O error of the pipe from one of the source that writes into it.</summary>
internal sealed class BrokenPipeStream(Stream inner) : Stream
{
    public bool IsBroken { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            IsBroken = true;
            throw;
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            inner.Write(buffer, offset, count);
        }
        catch (IOException)
        {
            IsBroken = true;
            throw;
        }
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
