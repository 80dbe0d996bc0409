namespace Emotion.Features;

/// <summary>How a clip is cut into windows; stored in the release, so that sound and picture are cut alike.</summary>
public sealed record ClipWindowSpec
{
    public required double LengthSeconds { get; init; }

    /// <summary>A rest at least this long is a window of its own; a shorter one lengthens the last window.</summary>
    public required double MinimumTailSeconds { get; init; }

    /// <exception cref="ArgumentException">The numbers make no rule.</exception>
    public ClipWindowSpec Validated()
    {
        if (!(LengthSeconds > 0) || !double.IsFinite(LengthSeconds) || !(MinimumTailSeconds > 0) || MinimumTailSeconds > LengthSeconds)
        {
            throw new ArgumentException(
                $"A clip window needs 0 < minimumTailSeconds <= lengthSeconds, not {MinimumTailSeconds} and {LengthSeconds}.");
        }

        return this;
    }
}

/// <summary>The stretch [<see cref="StartSeconds"/>, <see cref="EndSeconds"/>) of a clip that gets one fused answer.</summary>
public readonly record struct ClipWindow(int Index, double StartSeconds, double EndSeconds)
{
    public double LengthSeconds => EndSeconds - StartSeconds;

    /// <summary>Where the window lies in sound of <paramref name="sampleRate"/>, at most <paramref name="available"/> samples.</summary>
    public Range Samples(int sampleRate, int available) =>
        Math.Min(available, (int)Math.Round(StartSeconds * sampleRate))..Math.Min(available, (int)Math.Round(EndSeconds * sampleRate));
}

/// <summary>
/// The one rule that cuts sound and picture: [0, L), [L, 2L), ...; a rest of at least the minimum tail is a window of its own, a
/// shorter one belongs to the window before it. With L = 4 and a tail of 1.5, all up to 5.5 s is one window.
/// </summary>
public static class ClipWindows
{
    /// <returns>Windows without gap or overlap that cover [0, <paramref name="durationSeconds"/>); none for an empty clip.</returns>
    public static IReadOnlyList<ClipWindow> Cut(double durationSeconds, ClipWindowSpec spec)
    {
        var cutter = new ClipWindowCutter(spec);
        return [.. cutter.Advance(durationSeconds), .. cutter.Complete(durationSeconds)];
    }
}

/// <summary>
/// The rule for a clip that is still arriving: a window is given out as soon as no later second can change it, which is one
/// minimum tail after its end. Not thread-safe.
/// </summary>
public sealed class ClipWindowCutter(ClipWindowSpec spec)
{
    private readonly ClipWindowSpec _spec = spec.Validated();
    private double _availableSeconds;
    private int _next;
    private bool _completed;

    /// <summary>The windows that became final now that <paramref name="availableSeconds"/> of the clip are there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Time went back, or is no number.</exception>
    public IEnumerable<ClipWindow> Advance(double availableSeconds)
    {
        Accept(availableSeconds);
        var final = new List<ClipWindow>();
        while (availableSeconds - Boundary(_next + 1) >= _spec.MinimumTailSeconds)
        {
            final.Add(new ClipWindow(_next, Boundary(_next), Boundary(_next + 1)));
            _next++;
        }

        return final;
    }

    /// <summary>The rest, now that the clip is known to end at <paramref name="durationSeconds"/>.</summary>
    public IEnumerable<ClipWindow> Complete(double durationSeconds)
    {
        var rest = (List<ClipWindow>)Advance(durationSeconds);
        _completed = true;
        if (durationSeconds > Boundary(_next))
        {
            rest.Add(new ClipWindow(_next, Boundary(_next), durationSeconds));
        }

        return rest;
    }

    // A product and not a running sum, so that the k-th boundary is the same number however the clip arrives.
    private double Boundary(int index) => index * _spec.LengthSeconds;

    private void Accept(double seconds)
    {
        if (_completed)
        {
            throw new InvalidOperationException("The clip is complete; cut the next one with a cutter of its own.");
        }

        if (!double.IsFinite(seconds) || seconds < _availableSeconds)
        {
            throw new ArgumentOutOfRangeException(
                nameof(seconds), seconds, $"The clip already reached {_availableSeconds} s; its length is finite and only grows.");
        }

        _availableSeconds = seconds;
    }
}
