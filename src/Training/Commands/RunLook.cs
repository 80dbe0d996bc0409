using Emotion.Contracts.Training.V1;
using Emotion.ServiceDefaults;
using Emotion.Training.Runs;
using Microsoft.Extensions.Configuration;

namespace Emotion.Training.Commands;

/// <summary>
/// Looks at runs, of a service or of this machine. There a command is the keeper itself while it looks; a run goes on without one, but nobody starts the next.
/// </summary>
internal sealed class RunLook : IDisposable
{
    private const int FailedStatus = 1;
    private readonly RunKeeper? _keeper;
    private readonly TrainingRunsOptions _options;
    private readonly RemoteRuns? _remote;
    private readonly bool _detach;
    private readonly TextWriter _output;
    private readonly bool _isTerminal;

    public RunLook(string? service, string? folder, bool detach, TextWriter output, bool isTerminal, CancellationToken token)
    {
        (_detach, _output, _isTerminal, _options, Token) = (detach, output, isTerminal, OptionsOf(Environment(), folder), token);
        if (service is not null)
        {
            _remote = Uri.TryCreate(service, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? new RemoteRuns(address, ServiceToken.Of(Environment()), TimeProvider.System)
                : throw new ArgumentException($"'{service}' is no address of a service: say one such as http://127.0.0.1:5190.");
            Runs = _remote;
            return;
        }

        var store = new RunStore(_options);
        _keeper = new RunKeeper(store, _options, TimeProvider.System);
        Runs = new TrainingRunsDesk(store, _options, TimeProvider.System);
    }

    public ITrainingRuns Runs { get; }

    public CancellationToken Token { get; }

    /// <summary>One look of the keeper, where this command is one.</summary>
    public Task KeepAsync() => _keeper?.LookAsync(Token) ?? Task.CompletedTask;

    /// <summary>Watches a run that has just been put into the queue; not if asked to leave it alone.</summary>
    public async Task<int> FollowAsync(ITrainingRuns runs, string id)
    {
        if (!_detach)
        {
            return await WatchAsync(runs, id);
        }

        await KeepAsync();
        if (_keeper is not null && (await runs.GetAsync(id, Token)).State == RunState.Queued)
        {
            _output.WriteLine("It waits until another run has ended, and the next look at the runs (list, watch) starts it.");
        }

        return 0;
    }

    /// <returns>0 if it succeeded.</returns>
    public async Task<int> WatchAsync(ITrainingRuns runs, string id)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var keeping = KeepOnAsync(ended.Token);
        var line = new RunLine(_output, _isTerminal);
        var state = RunState.Unspecified;
        try
        {
            await foreach (var run in runs.WatchAsync(id, Token))
            {
                line.Show(run);
                state = run.State;
            }
        }
        catch (OperationCanceledException) when (Token.IsCancellationRequested)
        {
            line.Leave($"The run goes on: `runs watch {id}` shows it again, `runs cancel {id}` stops it.");
            return FailedStatus;
        }
        finally
        {
            await ended.CancelAsync();
            await keeping;
        }

        return state == RunState.Succeeded ? 0 : FailedStatus;
    }

    public void Dispose() => _remote?.Dispose();

    // As those of the service: TrainingRuns__MemoryMegabytes=4096.
    private static IConfiguration Environment() => new ConfigurationBuilder().AddEnvironmentVariables().Build();

    /// <exception cref="ArgumentException">One is out of its range: all of them, by name.</exception>
    internal static TrainingRunsOptions OptionsOf(IConfiguration configuration, string? folder)
    {
        var options = configuration.GetSection(TrainingRunsOptions.Section).Get<TrainingRunsOptions>() ?? new TrainingRunsOptions();
        options.Folder = folder ?? options.Folder;
        var checkedOptions = new TrainingRunsOptionsValidator().Validate(null, options);
        return checkedOptions.Failed ? throw new ArgumentException($"{TrainingRunsOptions.Section}: {string.Join(' ', checkedOptions.Failures)}") : options;
    }

    private async Task KeepOnAsync(CancellationToken cancellationToken)
    {
        if (_keeper is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(_options.Interval);
        try
        {
            do
            {
                await _keeper.LookAsync(cancellationToken);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
    }
}
