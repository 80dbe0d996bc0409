namespace Emotion.Gateway.Canary;

/// <summary>
/// One canary from its first request to its end. It is looked at after every so many of its answers, each time at the latest of them and
/// at all of them. Look k may err with 1/(k(k+1)) of the allowed rate, which adds up to the whole of it however long the canary lives.
/// Not thread-safe.
/// </summary>
/// <param name="before">What stable answered before this canary came, in order.</param>
public sealed class CanaryWatch(CanaryOptions options, IReadOnlyCollection<CanaryOutcome> before)
{
    private const int Views = 2;

    private readonly Queue<CanaryOutcome> _latest = new();
    private readonly Queue<CanaryOutcome> _stable = new();
    private readonly HashSet<ulong> _clients = [];
    private readonly Tally _all = new();
    private readonly Tally _allOfStable = new();
    private int _sinceLook;
    private int _looks;

    public int Looks => _looks;

    public void AddStable(CanaryOutcome outcome)
    {
        _stable.Enqueue(outcome);
        if (_stable.Count > options.StableKept)
        {
            _stable.Dequeue();
        }

        if (_all.Count < options.Life)
        {
            _allOfStable.Add(outcome, IsSample(outcome));
        }
    }

    /// <returns>What was seen, where it was time to look.</returns>
    public CanaryLook? Add(CanaryOutcome outcome)
    {
        if (_all.Count < options.Life)
        {
            _all.Add(outcome, IsSample(outcome));
        }

        _latest.Enqueue(outcome);
        if (_latest.Count > options.Window)
        {
            _latest.Dequeue();
        }

        if (++_sinceLook < options.LookEvery)
        {
            return null;
        }

        _sinceLook = 0;
        return Look();
    }

    private CanaryLook Look()
    {
        _looks++;
        var probability = options.FalseRollbackRate / ((double)_looks * (_looks + 1)) / Views;
        var latest = CanaryJudge.Look(Tally.Of(_latest), StableMeanwhile(), probability, 2 * _looks, options);
        if (latest.Verdict is not null || _all.Count <= _latest.Count)
        {
            return latest;
        }

        var all = CanaryJudge.Look(_all, _allOfStable, probability, 2 * _looks + 1, options);
        return latest with { Verdict = all.Verdict };
    }

    /// <summary>What stable answered since the oldest of the latest; more of what was before where that is too little to compare with.</summary>
    private Tally StableMeanwhile()
    {
        var oldest = _latest.Peek().Number;
        var meanwhile = _stable.Count(outcome => outcome.Number > oldest);
        return Tally.Of(before.Concat(_stable).TakeLast(Math.Max(meanwhile, options.MinimumStable)));
    }

    /// <summary>Answers of one client are alike: only its first says something of the release.</summary>
    private bool IsSample(CanaryOutcome outcome) => outcome.Client is not { } client
        || (!outcome.Failed && _clients.Count < options.ClientsRemembered && _clients.Add(client));
}
