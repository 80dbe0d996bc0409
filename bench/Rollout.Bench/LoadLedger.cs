using System.Collections.Concurrent;

namespace Emotion.RolloutBench;

internal enum Phase
{
    /// <summary>Counted, not timed: processes are still young.</summary>
    Warm,

    Steady,

    Swapping,
}

/// <summary>What came of every request. Thread-safe.</summary>
internal sealed class LoadLedger
{
    /// <summary>Answers to the same question by the same release differ in the last bits, by the batch that they were in.</summary>
    private const float Tolerance = 1e-3f;

    private const int ReasonsKept = 20;

    private readonly ConcurrentDictionary<(Phase Phase, string Service), ConcurrentBag<double>> _latencies = new();
    private readonly ConcurrentDictionary<(string Release, string Question), (float[] Numbers, string Words)> _answers = new();
    private readonly ConcurrentDictionary<string, int> _brokenTries = new();
    private readonly ConcurrentQueue<string> _reasons = new();
    private int _phase;
    private int _requests;
    private int _failed;
    private int _incoherent;

    public Phase Phase
    {
        get => (Phase)Volatile.Read(ref _phase);
        set => Volatile.Write(ref _phase, (int)value);
    }

    public int Requests => Volatile.Read(ref _requests);

    public int Failed => Volatile.Read(ref _failed);

    public int Incoherent => Volatile.Read(ref _incoherent);

    /// <summary>Tries that failed, by service and status: the gateway, too, tries again, on another replica where there is one.</summary>
    public SortedDictionary<string, int> BrokenTries => new(_brokenTries, StringComparer.Ordinal);

    public IReadOnlyCollection<string> Reasons => _reasons;

    public SortedDictionary<string, int> ByService => new(
        _latencies.GroupBy(one => one.Key.Service).ToDictionary(service => service.Key, service => service.Sum(one => one.Value.Count)), StringComparer.Ordinal);

    public void Answered(Phase phase, string service, TimeSpan took)
    {
        Interlocked.Increment(ref _requests);
        _latencies.GetOrAdd((phase, service), _ => []).Add(took.TotalMilliseconds);
    }

    public void Fail(string service, string release, string reason)
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _failed);
        Say($"{service}, {release}: {reason}");
    }

    public void BreakTry(string service, string status) => _brokenTries.AddOrUpdate($"{service} {status}", 1, (_, known) => known + 1);

    /// <summary>The answer must name what was asked for, and be what that release has answered to this question before.</summary>
    /// <param name="asked">Release and version.</param>
    /// <param name="said">Release and version.</param>
    public void Check(
        string service, string question, (string Release, string Version) asked, (string Release, string? Version) said, IEnumerable<float> numbers, string words)
    {
        float[] values = [.. numbers];
        var known = _answers.GetOrAdd((asked.Release, $"{service} {question}"), (values, words));
        if (said != asked)
        {
            Incohere($"{service}: {said} answered for {asked}");
        }
        else if (known.Words != words || known.Numbers.Length != values.Length || known.Numbers.Zip(values).Any(pair => !(Math.Abs(pair.First - pair.Second) <= Tolerance)))
        {
            Incohere($"{service}: {asked.Release} answers {question} with {string.Join(' ', values)} {words}, before with {string.Join(' ', known.Numbers)} {known.Words}");
        }
    }

    /// <summary>Questions that two releases have answered alike, as where both hear or see nobody: with none, no mix-up could hide.</summary>
    public IEnumerable<string> Alike(string one, string other) => _answers.Where(answer => answer.Key.Release == one
        && _answers.TryGetValue((other, answer.Key.Question), out var second) && second.Words == answer.Value.Words
        && answer.Value.Numbers.Length == second.Numbers.Length && answer.Value.Numbers.Zip(second.Numbers).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance)).Select(answer => answer.Key.Question);

    public int Samples(Phase phase, string? service = null) => Latencies(phase, service).Count;

    /// <param name="service">Null: all of them.</param>
    /// <returns>Milliseconds; null where there was no such request.</returns>
    public double? Percentile(double share, Phase phase, string? service = null)
    {
        var sorted = Latencies(phase, service);
        sorted.Sort();
        return sorted.Count == 0 ? null : Math.Round(sorted[(int)Math.Ceiling(share * sorted.Count) - 1], 2);
    }

    private List<double> Latencies(Phase phase, string? service) =>
        [.. _latencies.Where(one => one.Key.Phase == phase && (service is null || one.Key.Service == service)).SelectMany(one => one.Value)];

    private void Incohere(string reason)
    {
        Interlocked.Increment(ref _incoherent);
        Say(reason);
    }

    private void Say(string reason)
    {
        if (_reasons.Count < ReasonsKept)
        {
            _reasons.Enqueue(reason);
        }
    }
}
