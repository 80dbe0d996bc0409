using Emotion.Contracts.Training.V1;

namespace Emotion.Training.Runs;

/// <summary>What can be done with runs: <see cref="TrainingRunsDesk"/> does it on a folder, <see cref="RemoteRuns"/> asks a service.</summary>
public interface ITrainingRuns
{
    /// <summary>Puts a run into the queue.</summary>
    Task<Run> StartAsync(StartRequest request, CancellationToken cancellationToken);

    /// <summary>The newest first.</summary>
    Task<IReadOnlyList<Run>> ListAsync(int limit, CancellationToken cancellationToken);

    Task<Run> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>How the run is, and then how it is whenever it has changed, until it has ended.</summary>
    IAsyncEnumerable<Run> WatchAsync(string id, CancellationToken cancellationToken);

    Task<Run> CancelAsync(string id, CancellationToken cancellationToken);

    Task<Run> ResumeAsync(string id, CancellationToken cancellationToken);
}
