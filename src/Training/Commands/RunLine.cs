using System.Globalization;
using Emotion.Contracts.Training.V1;

namespace Emotion.Training.Commands;

/// <summary>A run as lines: in a terminal one that is written over while the run goes, in a file or pipe a line for each state and each epoch.</summary>
internal sealed class RunLine(TextWriter output, bool isTerminal)
{
    private const int BarWidth = 20;
    private const string Over = "\r\u001b[2K";
    private (RunState State, int Epochs) _shown = (RunState.Unspecified, -1);
    private int _epochs;
    private bool _open;

    public void Show(Run run)
    {
        foreach (var epoch in run.Epochs.Skip(_epochs))
        {
            Write(Of(epoch, run.Progress.Epochs), stays: true);
        }

        _epochs = run.Epochs.Count;
        var goes = run.State is RunState.Queued or RunState.Running;
        var shown = (run.State, _epochs);
        if (isTerminal && goes)
        {
            Write(Of(run), stays: false);
        }
        else if (shown.State != _shown.State)
        {
            Write(Of(run), stays: true);
        }

        if (!goes && run.Error.Length > 0)
        {
            Write(run.Error, stays: true);
        }

        _shown = shown;
    }

    public void Leave(string line) => Write(line, stays: true);

    /// <summary><c>20261129-140501-0a1b2c3d running audio (audio-own) epoch 3/20 [####      ] 14 % loss 1.21, 52 examples/s, 3 min left</c></summary>
    public static string Of(Run run)
    {
        var progress = run.Progress;
        var line = $"{run.Id} {run.State.ToString().ToLowerInvariant()} {run.Network} ({run.Recipe}) epoch {progress.Epoch}/{progress.Epochs}";
        return progress.Stage == "training"
            ? line + string.Create(CultureInfo.InvariantCulture,
                $" [{Bar(progress.Fraction)}] {100 * progress.Fraction:F0} % loss {progress.Loss:F3}, {progress.ExamplesPerSecond:F0} examples/s, {Left(progress.SecondsLeft)}")
            : progress.Stage == "preparing" ? line + " preparing" : line;
    }

    /// <summary><c>epoch 3/20: loss 1.2100, uar 0.5000, wa 0.5100 in 12 s</c></summary>
    private static string Of(Epoch epoch, int epochs) => string.Create(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch_}/{epochs}: loss {epoch.Loss:F4}")
        + string.Concat(new[] { "uar", "wa", "nll" }.Where(epoch.Selection.ContainsKey)
            .Select(name => string.Create(CultureInfo.InvariantCulture, $", {name} {epoch.Selection[name]:F4}")))
        + string.Create(CultureInfo.InvariantCulture, $" in {epoch.Seconds:F0} s");

    private static string Bar(double fraction) => new string('#', (int)(BarWidth * Math.Clamp(fraction, 0, 1))).PadRight(BarWidth);

    private static string Left(double seconds) => seconds < 90 ? $"{seconds:F0} s left" : $"{seconds / 60:F0} min left";

    private void Write(string line, bool stays)
    {
        output.Write(_open ? Over + line : line);
        _open = !stays;
        if (stays)
        {
            output.WriteLine();
        }

        output.Flush();
    }
}
