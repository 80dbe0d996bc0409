namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a callback of <c>WithEnvironment</c> fills.</summary>
public class EnvironmentCallbackContext(
    DistributedApplicationExecutionContext executionContext, Dictionary<string, object>? environmentVariables = null,
    CancellationToken cancellationToken = default)
{
    /// <summary>Values are strings or <see cref="IValueProvider" />s.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = environmentVariables ?? [];

    /// <summary>Ends when the application does.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Running or publishing.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;
}

/// <summary>What a callback of <c>WithArgs</c> fills.</summary>
public sealed class CommandLineArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    /// <summary>Values are strings or <see cref="IValueProvider" />s.</summary>
    public IList<object> Args { get; } = args;

    /// <summary>Ends when the application does.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Adds environment variables when the process starts.</summary>
public class EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) : IResourceAnnotation
{
    /// <summary>Called at each start of the process.</summary>
    public Func<EnvironmentCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>Adds arguments when the process starts.</summary>
public class CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> callback) : IResourceAnnotation
{
    /// <summary>Called at each start of the process.</summary>
    public Func<CommandLineArgsCallbackContext, Task> Callback { get; } = callback;
}
