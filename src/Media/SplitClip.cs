using System.Globalization;
using System.Threading.Channels;

namespace Emotion.Media;

/// <summary>A clip that is being split, or has been. Disposal ends the process and deletes all files.</summary>
public sealed class SplitClip : IAsyncDisposable
{
    /// <summary>Sound that begins so much earlier is the encoder's lead-in, which the first picture may stand for.</summary>
    private const double SoundAlone = 0.1;

    private readonly double _firstPictureSeconds;
    private readonly WorkFolder _folder;
    private readonly MediaOptions _options;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<ClipSegment> _segments;
    private MediaRefusedException? _refusal;
    private ClipSegment? _last;
    private int _published;

    internal SplitClip(
        WorkFolder folder, MediaOptions options, SegmentWrapper wrapper, double firstPictureSeconds, CancellationToken cancellationToken)
    {
        _firstPictureSeconds = firstPictureSeconds;
        _folder = folder;
        _options = options;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Time stamps that jump about can make a segment out of every key frame; there is no honest clip with so many.
        _segments = Channel.CreateBounded<ClipSegment>(
            16 + options.MaximumPieces + (4 * (int)(options.MaximumSeconds / Math.Min(options.SegmentSeconds, options.MaximumSegmentSeconds))));
        Wrapper = wrapper;
        Sound = new SoundFile(folder.PathOf("sound.s16le"));
    }

    /// <summary>Ends when all is split, with the exception that reading gets too.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    internal SoundFile Sound { get; }

    internal SegmentWrapper Wrapper { get; }

    internal string SegmentPathPattern => _folder.PathOf("%05d." + Wrapper.Muxer);

    /// <summary>Segments as they are complete, in order, each once. None where the clip has no picture.</summary>
    /// <exception cref="MediaRefusedException">The clip turned out to be damaged or beyond a limit.</exception>
    public IAsyncEnumerable<ClipSegment> ReadSegmentsAsync(CancellationToken cancellationToken) =>
        _segments.Reader.ReadAllAsync(cancellationToken);

    /// <summary>
    /// PCM as it comes, from clip time zero: 16 kHz mono s16le, in pieces of an even number of bytes. None where the clip has no
    /// sound. May be read more than once, and need not be read. A piece is valid until the next is asked for.
    /// </summary>
    /// <exception cref="MediaRefusedException">The clip turned out to be damaged or beyond a limit.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadSoundAsync(CancellationToken cancellationToken) =>
        Sound.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        await Sound.DisposeAsync().ConfigureAwait(false);
        _folder.Dispose();
    }

    internal void Run(Func<CancellationToken, Task> split) => Completion = RunAsync(split);

    /// <summary>A line of ffmpeg's segment list; a segment is published when the next one tells where it ends.</summary>
    internal void OnSegmentLine(string line)
    {
        var parts = line.Split(',');
        var name = Path.GetFileName(parts[0]);
        var start = double.Parse(parts[1], CultureInfo.InvariantCulture);
        var end = double.Parse(parts[2], CultureInfo.InvariantCulture);
        // ffmpeg lets the first segment begin at 0, also where there is sound alone for a while; no picture stands for that.
        var keyFrame = _last is null && _firstPictureSeconds > SoundAlone ? Math.Max(start, _firstPictureSeconds) : start;
        // Time stamps may jump back; clip time does not, or pictures would be told twice. What was told to lie there keeps its place.
        start = Math.Max(keyFrame, _last?.StartSeconds ?? keyFrame);
        if (_last is { } complete)
        {
            Publish(complete with { EndSeconds = start });
        }

        var path = _folder.PathOf(name);
        _last = new ClipSegment(0, path, Wrapper.Demuxer, keyFrame, start, Math.Max(end, start), new FileInfo(path).Length);
    }

    private async Task RunAsync(Func<CancellationToken, Task> split)
    {
        Exception? failure = null;
        try
        {
            // Off the caller's thread at once, so that Completion is set before anything is published.
            await Task.Yield();
            await split(_stop.Token).ConfigureAwait(false);
            if (_last is { } last)
            {
                Publish(last);
            }

            // A header may have said less than there is; what there is was cut off a second beyond the limit.
            if (Math.Max(Sound.Seconds, _last?.EndSeconds ?? 0) > _options.MaximumSeconds + 0.5)
            {
                throw MediaProbe.TooLong(_options);
            }
        }
        catch (Exception exception)
        {
            failure = _refusal ?? exception;
        }

        // Readers get what there is, then the exception.
        _segments.Writer.Complete(failure);
        Sound.Complete(failure);
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void Publish(ClipSegment segment)
    {
        var seconds = segment.EndSeconds - segment.StartSeconds;
        var pieces = (int)Math.Clamp(Math.Ceiling(seconds / _options.MaximumSegmentSeconds), 1, _options.MaximumPieces);
        for (var piece = 0; piece < pieces; piece++)
        {
            // Each has a name of its own, since whoever has read a segment may delete its file.
            var path = pieces == 1 ? segment.Path : $"{segment.Path}.{piece}";
            if (pieces > 1)
            {
                File.CreateSymbolicLink(path, segment.Path);
            }

            Write(segment with
            {
                Index = _published++,
                Path = path,
                StartSeconds = segment.StartSeconds + (seconds * piece / pieces),
                EndSeconds = piece == pieces - 1 ? segment.EndSeconds : segment.StartSeconds + (seconds * (piece + 1) / pieces),
            });
        }
    }

    private void Write(ClipSegment segment)
    {
        if (!_segments.Writer.TryWrite(segment))
        {
            _refusal ??= MediaInstruments.Refuse(MediaRefusal.TooCostly, "The clip's time stamps jump about: it falls into too many pieces.");
            _stop.Cancel();
        }
    }
}
