namespace Emotion.Training.Runs;

/// <summary>Why something is not done with a run.</summary>
public enum RunRefusal
{
    /// <summary>What is asked for makes no sense.</summary>
    Invalid,

    /// <summary>There is no such run.</summary>
    NotFound,

    /// <summary>The run is not in a state for that.</summary>
    WrongState,

    /// <summary>The queue, or the folder of runs, is full.</summary>
    Full,
}

/// <summary>It is not done. <see cref="Exception.Message"/> is for whoever asked.</summary>
public sealed class RunRefusedException(RunRefusal reason, string message) : Exception(message)
{
    public RunRefusal Reason { get; } = reason;
}
