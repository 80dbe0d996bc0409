namespace Emotion.Cli.Gateway;

/// <summary>Unlike <see cref="Progress{T}"/> it reports in order.</summary>
internal sealed class SynchronousProgress(Action<long> report) : IProgress<long>
{
    public void Report(long value) => report(value);
}
