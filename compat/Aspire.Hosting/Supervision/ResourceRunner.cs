using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Supervision;

/// <summary>The life of one resource: wait, start, watch, start again, stop.</summary>
internal sealed class ResourceRunner(
    IResource resource, bool runsOnce, SupervisorTools tools, DistributedApplicationExecutionContext executionContext)
{
    /// <summary>EX_CONFIG of sysexits.h: it cannot run as this machine is set up, and says why; the next try would end the same.</summary>
    private const int NotSetUp = 78;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RunSwitch _switch = new(!resource.Annotations.OfType<ExplicitStartupAnnotation>().Any());
    private ResourceStatus _status = new(resource.Name, ResourceState.Waiting);

    public IResource Resource => resource;

    public RunSwitch Switch => _switch;

    /// <summary>Completes when the resource has no process and will have none.</summary>
    public Task Ended => _ended.Task;

    private LaunchAnnotation Launch => resource.Annotations.OfType<LaunchAnnotation>().Last();

    /// <param name="stopping">No process is started any more.</param>
    /// <param name="mayStop">Every resource that needs this one has ended.</param>
    /// <param name="killNow">Time is up.</param>
    public async Task RunAsync(CancellationToken stopping, Task mayStop, CancellationToken killNow)
    {
        using var log = new ResourceLog(tools.Paths.LogOf(resource.Name), tools.Options, tools.Time);
        void Say(string line)
        {
            log.Write(line);
            tools.Console.Write(resource.Name, line);
            tools.Lines.Write(resource.Name, line);
        }

        try
        {
            Publish(_switch.IsOn ? _status : _status with { State = ResourceState.Stopped, Reason = "to be started by hand" });
            while (true)
            {
                var wanted = await _switch.WaitUntilOnAsync(stopping);
                await RunWhileWantedAsync(Say, wanted, stopping, mayStop, killNow);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Publish(_status with { State = ResourceState.Exited, ProcessId = null });
        }
        finally
        {
            _ended.SetResult();
            _switch.Dispose();
        }
    }

    /// <summary>One run, over all of its restarts, until it is over, cannot go on or is not wanted any more.</summary>
    /// <exception cref="OperationCanceledException">The application stops.</exception>
    private async Task RunWhileWantedAsync(Action<string> say, CancellationToken wanted, CancellationToken stopping, Task mayStop, CancellationToken killNow)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(wanted, stopping);
        try
        {
            Publish(_status with { State = ResourceState.Waiting, Reason = null });
            await WaitForOthersAsync(both.Token);
            var delay = tools.Options.FirstRestartDelay;
            while (true)
            {
                var started = tools.Time.GetTimestamp();
                var exitCode = await RunProcessAsync(say, both.Token, stopping, mayStop, killNow);
                if (IsOver(exitCode))
                {
                    _switch.Ended();
                    return;
                }

                if (tools.Time.GetElapsedTime(started) >= tools.Options.SteadyAfter)
                    delay = tools.Options.FirstRestartDelay;
                say(string.Create(CultureInfo.InvariantCulture, $"[died with exit code {exitCode}; starting again in {delay.TotalSeconds:0.##} s]"));
                await Task.Delay(delay, tools.Time, both.Token);
                delay = delay * 2 < tools.Options.LongestRestartDelay ? delay * 2 : tools.Options.LongestRestartDelay;
                Publish(_status with { Restarts = _status.Restarts + 1 });
            }
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            stopping.ThrowIfCancellationRequested();
            say("[stopped by hand]");
            Publish(_status with { State = ResourceState.Stopped, ProcessId = null, Reason = "stopped by hand" });
        }
        catch (Exception exception)
        {
            // Whatever a plan or a callback throws: it is this resource that cannot run, and the others go on.
            _switch.Ended();
            say($"[cannot run: {exception.Message}]");
            Publish(_status with { State = ResourceState.Failed, ProcessId = null, Reason = exception.Message });
        }
    }

    private async Task WaitForOthersAsync(CancellationToken stopping)
    {
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
        {
            // Blobs are ready when their storage is; a parameter always is.
            var other = WaitGraph.Root(wait.Resource);
            if (!other.Annotations.OfType<LaunchAnnotation>().Any())
                continue;

            var status = await tools.Board.WaitAsync(other.Name, status => IsDecided(wait.WaitType, status), stopping);
            if (status.State == ResourceState.Failed || (wait.WaitType == WaitType.WaitForCompletion && status.ExitCode != wait.ExitCode))
                throw new DistributedApplicationException($"'{resource.Name}' waits for '{other.Name}', which failed: {status.Reason}");
        }
    }

    private static bool IsDecided(WaitType type, ResourceStatus status) => status.State is ResourceState.Failed or ResourceState.Finished || type switch
    {
        WaitType.WaitUntilHealthy => status.State == ResourceState.Running,
        WaitType.WaitUntilStarted => status.ProcessId is not null,
        _ => false,
    };

    /// <summary>Runs the process until it ends or is stopped; the exit code.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    private async Task<int> RunProcessAsync(Action<string> say, CancellationToken ending, CancellationToken stopping, Task mayStop, CancellationToken killNow)
    {
        ending.ThrowIfCancellationRequested();
        var environment = await EnvironmentAsync(ending);
        using var child = await tools.Launcher.StartAsync(Launch.Plan(), await ArgumentsAsync(ending), environment, say);
        Publish(_status with { State = ResourceState.Starting, ProcessId = child.Id, ExitCode = null, Reason = null });
        try
        {
            await WatchAsync(child, ending);
        }
        finally
        {
            if (!child.Exited.IsCompleted)
            {
                // Who stops one resource means it; when all stop, those that need it go first.
                if (stopping.IsCancellationRequested)
                    await Task.WhenAny(mayStop, child.Exited, Task.Delay(Timeout.Infinite, killNow));
                await child.StopAsync(tools.Options.StopTimeout, tools.Time, killNow);
            }

            await child.EndGroupAsync();
        }

        ending.ThrowIfCancellationRequested();
        return await child.Exited;
    }

    /// <summary>Keeps the status true until the process ends.</summary>
    private async Task WatchAsync(ChildProcess child, CancellationToken stopping)
    {
        var probe = resource.Annotations.OfType<HealthProbeAnnotation>().LastOrDefault();
        if (probe is null)
        {
            Publish(_status with { State = ResourceState.Running });
            await child.Exited.WaitAsync(stopping);
            return;
        }

        var failures = 0;
        while (!child.Exited.IsCompleted)
        {
            var problem = await tools.Probe.CheckAsync(resource, probe, stopping);
            failures = problem is null ? 0 : failures + 1;
            if (child.Exited.IsCompleted)
                return;

            if (problem is null && _status.State != ResourceState.Running)
                Publish(_status with { State = ResourceState.Running, Reason = null });
            else if (problem is not null && _status.State == ResourceState.Running && failures >= tools.Options.ProbeFailures)
                Publish(_status with { State = ResourceState.Unhealthy, Reason = problem });
            else if (problem is not null && _status.State == ResourceState.Starting && problem != _status.Reason)
                Publish(_status with { Reason = problem });

            var pause = _status.State == ResourceState.Running ? tools.Options.ProbePeriod : tools.Options.StartupProbePeriod;
            await Task.WhenAny(child.Exited, Task.Delay(pause, tools.Time, stopping));
            stopping.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Whether that end was the last one; publishes what it means.</summary>
    private bool IsOver(int exitCode)
    {
        // Whoever listens is a service, and a service has no good end.
        var isService = resource.Annotations.OfType<EndpointAnnotation>().Any();
        var state = exitCode == 0 && (runsOnce || !isService) ? ResourceState.Finished
            : runsOnce || exitCode == NotSetUp ? ResourceState.Failed
            : ResourceState.Exited;
        Publish(_status with { State = state, ProcessId = null, ExitCode = exitCode, Reason = exitCode switch
        {
            0 => null,
            NotSetUp => $"exit code {exitCode}: it cannot run as this machine is set up; its log says why",
            _ => $"exit code {exitCode}",
        } });
        return state != ResourceState.Exited;
    }

    private async Task<Dictionary<string, string>> EnvironmentAsync(CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, [], cancellationToken);
        context.EnvironmentVariables["OTEL_SERVICE_NAME"] = resource.Name;
        if (resource is ProjectResource && tools.Dashboard?.Telemetry is { } telemetry)
        {
            foreach (var (name, value) in telemetry)
                context.EnvironmentVariables[name] = value;
        }

        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            if (endpoint.PortVariable is { } variable)
                context.EnvironmentVariables[variable] = endpoint.AllocatedPort.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);

        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
            environment[name] = await ResolveAsync(value, cancellationToken);
        return environment;
    }

    private async Task<List<string>> ArgumentsAsync(CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await annotation.Callback(context);

        var arguments = new List<string>();
        foreach (var value in context.Args)
            arguments.Add(await ResolveAsync(value, cancellationToken));
        return arguments;
    }

    private static async ValueTask<string> ResolveAsync(object value, CancellationToken cancellationToken) => value switch
    {
        IValueProvider provider => await provider.GetValueAsync(cancellationToken) ?? "",
        IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(cancellationToken) ?? "",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private void Publish(ResourceStatus status)
    {
        _status = status;
        tools.Board.Publish(status);
    }
}
